package journaltest

import (
	"bytes"
	"fmt"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// startTime is the time of the first record that Records makes: a whole second.
const startTime = 1_700_000_000_000_000_000

// Record makes a record with a text as its body. Journals do not look into
// bodies, so any msgpack does.
func Record(seq int64, text string) journal.Record {
	return journal.Record{
		Kind: schema.KindFeedUp, Lane: "feed", Epoch: 1, Seq: seq, Time: startTime + seq*1e6,
		Key: fmt.Appendf(nil, "key-%d", seq%7), Body: Body([]byte(text)),
	}
}

// Records makes n records that differ from each other.
func Records(n int) []journal.Record {
	records := make([]journal.Record, n)
	for i := range records {
		records[i] = Record(int64(i), fmt.Sprintf("record %d", i))
	}
	return records
}

// Body is the msgpack of bytes.
func Body(b []byte) []byte {
	w := codec.NewWriter()
	w.Bin(b)
	return w.Bytes()
}

// Sized makes a record of which key and value together have exactly size bytes.
func Sized(size int) journal.Record {
	r := Record(1, "")
	for fill := size; fill >= 0; fill-- {
		r.Body = Body(make([]byte, fill))
		if n := len(r.Key) + len(codec.AppendRecord(nil, &r)); n == size {
			return r
		} else if n > size+16 {
			fill -= n - size - 16 // far off: the header's length varies by a few bytes only
		}
	}
	panic(fmt.Sprintf("no record has exactly %d bytes", size))
}

// Diff says how a record that was read differs from the one that was appended,
// or nothing. Offsets are not compared.
func Diff(got, want *journal.Record) string {
	switch {
	case got.Kind != want.Kind, got.Lane != want.Lane, got.Epoch != want.Epoch, got.Seq != want.Seq, got.Time != want.Time:
		return fmt.Sprintf("got %s %q %d.%d at %d, want %s %q %d.%d at %d",
			got.Kind, got.Lane, got.Epoch, got.Seq, got.Time, want.Kind, want.Lane, want.Epoch, want.Seq, want.Time)
	case !bytes.Equal(got.Key, want.Key):
		return fmt.Sprintf("got key %q, want %q", got.Key, want.Key)
	case !bytes.Equal(got.Body, want.Body):
		return fmt.Sprintf("got a body of %d bytes, want one of %d bytes, or they differ", len(got.Body), len(want.Body))
	case !bytes.Equal(got.Value, codec.AppendRecord(nil, want)):
		return "the value is not the canonical form of the record"
	}
	return ""
}

// same fails the test unless got are the wanted records, at offsets from first on.
func (s *suite) same(got, want []journal.Record, first int64) {
	s.Helper()
	if len(got) != len(want) {
		s.Fatalf("got %d records, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i].Offset != first+int64(i) {
			s.Fatalf("record %d has offset %d, want %d", i, got[i].Offset, first+int64(i))
		}
		if diff := Diff(&got[i], &want[i]); diff != "" {
			s.Fatalf("offset %d: %s", got[i].Offset, diff)
		}
	}
}

// append appends and waits.
func (s *suite) append(p journal.Partition, records ...journal.Record) int64 {
	s.Helper()
	first, err := journal.AppendWait(s.ctx, s.j, p, records...)
	s.ok(err)
	return first
}

// read returns the records of [from, to).
func (s *suite) read(p journal.Partition, from, to int64) []journal.Record {
	s.Helper()
	var got []journal.Record
	s.ok(journal.ReadRange(s.ctx, s.j, p, from, to, func(r *journal.Record) error {
		got = append(got, *r)
		return nil
	}))
	return got
}

// reader begins to read, and is closed with the test.
func (s *suite) reader(p journal.Partition, from int64) journal.Reader {
	s.Helper()
	r, err := s.j.Read(s.ctx, p, from)
	s.ok(err)
	return r
}

// take returns the next n records of a reader; it may have returned more only
// at the end.
func (s *suite) take(r journal.Reader, n int) []journal.Record {
	s.Helper()
	var got []journal.Record
	for len(got) < n {
		records, err := r.Next(s.ctx)
		s.ok(err)
		if len(records) == 0 {
			s.Fatal("Next returned neither records nor an error")
		}
		got = append(got, records...)
	}
	return got
}

// bounds checks both bounds.
func (s *suite) bounds(p journal.Partition, start, end int64) {
	s.Helper()
	a, b, err := s.j.Bounds(s.ctx, p)
	s.ok(err)
	if a != start || b != end {
		s.Fatalf("bounds of %s are %d to %d, want %d to %d", p, a, b, start, end)
	}
}
