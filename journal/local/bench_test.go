package local_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/journaltest"
	"github.com/deadheat-io/deadheat/journal/local"
)

// bench110 are n records of 110 bytes each, key and value.
func bench110(n int) []journal.Record {
	records := make([]journal.Record, n)
	for i := range records {
		records[i] = journaltest.Sized(110)
		records[i].Seq = int64(i % 100)
	}
	return records
}

func benchOpen(b *testing.B, place string) *local.Journal {
	b.Helper()
	j, err := local.Open(place, local.Options{})
	must(b, err)
	must(b, j.Create(context.Background(), p0.Topic, 1))
	b.Cleanup(func() { must(b, j.Close()) })
	return j
}

// BenchmarkAppend appends 110-byte records on disk, n for each fsync, one
// append after the other; BenchmarkPlainFile is what the disk does at best.
func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprintf("%d-per-fsync", n), func(b *testing.B) {
			j := benchOpen(b, b.TempDir())
			records := bench110(n)
			b.SetBytes(int64(n) * 110)
			b.ResetTimer()
			for range b.N {
				_, err := journal.AppendWait(context.Background(), j, p0, records...)
				must(b, err)
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkPipeline appends 1000 records at a time without waiting for each.
func BenchmarkPipeline(b *testing.B) {
	j := benchOpen(b, b.TempDir())
	const n = 1000
	records := bench110(n)
	b.SetBytes(n * 110)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		must(b, j.Append(context.Background(), p0, records, func(_ int64, err error) {
			if err != nil {
				b.Error(err)
			}
		}))
	}
	_, err := journal.AppendWait(context.Background(), j, p0)
	must(b, err)
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkPlainFile(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprintf("%d-per-fsync", n), func(b *testing.B) {
			f, err := vfs.Default.Create(vfs.Default.PathJoin(b.TempDir(), "plain"), vfs.WriteCategoryUnspecified)
			must(b, err)
			defer f.Close()
			buf := make([]byte, n*110)
			b.SetBytes(int64(len(buf)))
			b.ResetTimer()
			for range b.N {
				_, err := f.Write(buf)
				must(b, err)
				must(b, f.Sync())
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkRead reads 200,000 records of 110 bytes over and over, beside
// decoding alone; an operation is one record.
func BenchmarkRead(b *testing.B) {
	for _, per := range []int{1, 1000} {
		b.Run(fmt.Sprintf("batches-of-%d", per), func(b *testing.B) {
			const n = 200_000
			mem := vfs.FS(vfs.Default)
			place := b.TempDir()
			if per == 1 {
				mem, place = vfs.NewMem(), dir // nobody waits for 200,000 fsyncs
			}
			j, err := local.Open(place, local.Options{FS: mem})
			must(b, err)
			b.Cleanup(func() { must(b, j.Close()) })
			ctx := context.Background()
			must(b, j.Create(ctx, p0.Topic, 1))
			records := bench110(per)
			for i := 0; i < n; i += per {
				_, err := journal.AppendWait(ctx, j, p0, records...)
				must(b, err)
			}
			b.SetBytes(110)
			b.ReportAllocs()
			b.ResetTimer()
			for left := int64(b.N); left > 0; left -= n {
				must(b, journal.ReadRange(ctx, j, p0, 0, min(left, n), func(*journal.Record) error { return nil }))
			}
		})
	}
	b.Run("decode-only", func(b *testing.B) {
		rec := journaltest.Sized(110)
		value := codec.AppendRecord(nil, &rec)
		b.SetBytes(110)
		var r journal.Record
		for range b.N {
			if err := codec.DecodeRecord(value, &r); err != nil {
				b.Fatal(err)
			}
		}
	})
}
