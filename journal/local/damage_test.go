package local_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/journaltest"
	"github.com/deadheat-io/deadheat/journal/local"
)

const (
	partitionDir = dir + "/topics/feed.demo/0/"
	firstSegment = partitionDir + "00000000000000000000.seg"
)

// segments are the partition's segment files in order.
func (fs files) segments() []string {
	var names []string
	for _, name := range fs.names() {
		if strings.HasSuffix(name, ".seg") {
			names = append(names, name)
		}
	}
	return names
}

// TestTornTail cuts the last batch at every length. Opening cuts it off, a
// reader beside takes it for the end, and the journal goes on.
func TestTornTail(t *testing.T) {
	records := journaltest.Records(12)
	before := build(t, 0, records[:5], records[5:9])
	all := build(t, 0, records[:5], records[5:9], records[9:])
	for n := len(before[firstSegment]); n <= len(all[firstSegment]); n++ {
		want := 9
		if n == len(all[firstSegment]) {
			want = 12
		}
		// Both journals have ids of their own; take the longer one's files only.
		tail := len(all[firstSegment]) - (len(all[firstSegment]) - n)
		fs := all.place(t, firstSegment, func(b []byte) []byte { return b[:tail] })
		ro, err := local.Open(dir, local.Options{FS: fs, ReadOnly: true})
		must(t, err)
		if got, err := prefix(t, ro, records); got != want || err != nil {
			t.Fatalf("cut to %d bytes, read only: %d records, %v", n, got, err)
		}
		must(t, ro.Close())
		logged := 0
		j, err := local.Open(dir, local.Options{FS: fs, Logf: func(string, ...any) { logged++ }})
		must(t, err)
		torn := want == 9 && n > len(before[firstSegment])
		if got, err := prefix(t, j, records); got != want || err != nil || torn != (logged == 1) {
			t.Fatalf("cut to %d bytes: %d records, %d lines logged, %v", n, got, logged, err)
		}
		_, err = journal.AppendWait(context.Background(), j, p0, records[want:]...)
		must(t, err)
		if got, err := prefix(t, j, records); got != 12 || err != nil {
			t.Fatalf("cut to %d bytes and appended: %d records, %v", n, got, err)
		}
		must(t, j.Close())
	}
}

// TestFlips flips every bit of every segment file. Nothing wrong is ever
// returned, and nothing is cut: the reader or opening refuses it.
func TestFlips(t *testing.T) {
	records := journaltest.Records(9)
	all := build(t, 400, records[:3], records[3:4], records[4:6], records[6:8], records[8:])
	segments := all.segments()
	if len(segments) < 3 {
		t.Fatalf("%d segments, want several", len(segments))
	}
	for s, path := range segments {
		last := s == len(segments)-1
		for i := range all[path] {
			for bit := range 8 {
				if bit != i%8 && testing.Short() {
					continue
				}
				fs := all.place(t, path, func(b []byte) []byte { b[i] ^= 1 << bit; return b })
				j, err := local.Open(dir, local.Options{FS: fs})
				if last && (err == nil || !journal.IsCorrupt(err)) {
					t.Fatalf("bit %d of byte %d of the last segment: opened, %v", bit, i, err)
				}
				if err == nil {
					n, err := prefix(t, j, records)
					if !journal.IsCorrupt(err) {
						t.Fatalf("bit %d of byte %d of %s: read %d, %v", bit, i, path, n, err)
					}
					must(t, j.Close())
				}
			}
		}
	}
}

// TestFlipsReadOnly does the same for a journal that is read only. It takes a
// second look at damage, after some time; the bubble's clock does not wait.
func TestFlipsReadOnly(t *testing.T) {
	records := journaltest.Records(6)
	all := build(t, 400, records[:3], records[3:5], records[5:])
	for _, path := range all.segments() {
		for i := range all[path] {
			fs := all.place(t, path, func(b []byte) []byte { b[i] ^= 1 << (i % 8); return b })
			synctest.Test(t, func(t *testing.T) {
				j, err := local.Open(dir, local.Options{FS: fs, ReadOnly: true})
				must(t, err)
				defer j.Close()
				n, err := prefix(t, j, records)
				if !journal.IsCorrupt(err) {
					t.Fatalf("byte %d of %s: read %d, %v", i, path, n, err)
				}
			})
		}
	}
}

// TestFlipsMeta flips the bits of the JSON files: an error, or the same records.
func TestFlipsMeta(t *testing.T) {
	records := journaltest.Records(6)
	all := build(t, 400, records[:3], records[3:5], records[5:])
	for _, path := range []string{dir + "/journal.json", dir + "/topics/feed.demo/topic.json"} {
		for i := range all[path] {
			for bit := range 8 {
				fs := all.place(t, path, func(b []byte) []byte { b[i] ^= 1 << bit; return b })
				j, err := local.Open(dir, local.Options{FS: fs})
				if err != nil {
					continue
				}
				if n, err := prefix(t, j, records); n != 6 || err != nil {
					t.Fatalf("bit %d of byte %d of %s: read %d, %v", bit, i, path, n, err)
				}
				must(t, j.Close())
			}
		}
	}
}

// TestDamage is about what is wrong with files as a whole.
func TestDamage(t *testing.T) {
	records := journaltest.Records(12)
	all := build(t, 300, records[:3], records[3:6], records[6:9], records[9:])
	seg := all.segments()
	if len(seg) != 4 {
		t.Fatalf("%d segments, want 4", len(seg))
	}
	gone := func([]byte) []byte { return nil }
	cases := []struct {
		name, path string
		change     func([]byte) []byte
		says       string
		read       int // records before it
		opens      bool
	}{
		{"the first segment is missing", seg[0], gone, "records 0 to 2 are missing", 0, false},
		{"a segment in the middle is missing", seg[1], gone, "records 3 to 5 are missing", 3, true},
		{"a segment in the middle is cut at a batch", seg[1], func(b []byte) []byte { return b[:77] }, "records 3 to 5 are missing", 3, true},
		{"a segment in the middle is cut in a batch", seg[1], func(b []byte) []byte { return b[:len(b)-1] }, "the file ends inside a batch", 3, true},
		{"a segment in the middle is empty", seg[2], func(b []byte) []byte { return []byte{} }, "no header", 6, true},
		{"a segment in the middle goes on", seg[2], func(b []byte) []byte { return append(b, make([]byte, 600)...) }, "no batch begins here", 9, true},
		{"a segment is in another's place", seg[2], func([]byte) []byte { return all[seg[1]] }, "should hold feed.demo/0:6", 6, true},
		{"the last segment holds text", seg[3], func(b []byte) []byte { return append(b, strings.Repeat("text", 99)...) }, "no batch begins here", 12, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fs := all.place(t, c.path, c.change)
			before := dump(t, fs, dir)
			j, err := local.Open(dir, local.Options{FS: fs})
			if err == nil != c.opens {
				t.Fatalf("open: %v", err)
			}
			if err == nil {
				defer j.Close()
				var n int
				if n, err = prefix(t, j, records); n != c.read {
					t.Fatalf("read %d records, want %d: %v", n, c.read, err)
				}
			} else if !journal.IsCorrupt(err) {
				t.Fatalf("not known as corrupt: %v", err)
			}
			if !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "feed.demo/0:") {
				t.Fatalf("got %v, want it to say %q", err, c.says)
			}
			after := dump(t, fs, dir)
			for _, name := range before.names() {
				if !bytes.Equal(before[name], after[name]) {
					t.Fatalf("%s was changed", name)
				}
			}
			synctest.Test(t, func(t *testing.T) {
				ro, err := local.Open(dir, local.Options{FS: fs, ReadOnly: true})
				must(t, err)
				defer ro.Close()
				n, err := prefix(t, ro, records)
				if err == nil || !strings.Contains(err.Error(), c.says) || n != c.read {
					t.Fatalf("read only: %d records, %v, want %d", n, err, c.read)
				}
			})
		})
	}
}

// TestTornRoll finds a last segment without a header.
func TestTornRoll(t *testing.T) {
	records := journaltest.Records(6)
	all := build(t, 0, records[:3], records[3:])
	next := partitionDir + "00000000000000000006.seg"
	for name, b := range map[string][]byte{"empty": {}, "short": []byte("deadheat\x00"), "zeros": make([]byte, 4096)} {
		t.Run(name, func(t *testing.T) {
			fs := all.place(t, "", nil)
			write(t, fs, next, b)
			ro, err := local.Open(dir, local.Options{FS: fs, ReadOnly: true})
			must(t, err)
			if n, err := prefix(t, ro, records); n != 6 || err != nil {
				t.Fatalf("read only: %d records, %v", n, err)
			}
			must(t, ro.Close())
			for range 2 {
				j, err := local.Open(dir, local.Options{FS: fs})
				must(t, err)
				if n, err := prefix(t, j, records); n != 6 || err != nil {
					t.Fatalf("%d records, %v", n, err)
				}
				must(t, j.Close())
			}
			write(t, fs, partitionDir+"00000000000000000009.seg", b) // not where the records end
			if _, err := local.Open(dir, local.Options{FS: fs}); !journal.IsCorrupt(err) || !strings.Contains(err.Error(), "records 6 to 8 are missing") {
				t.Fatalf("got %v", err)
			}
		})
	}
}

// TestWrongPlace refuses directories that are no journals.
func TestWrongPlace(t *testing.T) {
	fs := vfs.NewMem()
	write(t, fs, "other/MANIFEST", []byte("x"))
	_, err := local.Open("other", local.Options{FS: fs})
	if !errors.Is(err, journal.ErrNoJournal) || !strings.Contains(err.Error(), "MANIFEST") {
		t.Fatalf("got %v", err)
	}
	if got := dump(t, fs, "other"); len(got) != 1 {
		t.Fatalf("files were made: %v", got.names())
	}
	all := build(t, 0, journaltest.Records(1))
	lost := all.place(t, dir+"/journal.json", func([]byte) []byte { return nil })
	if _, err := local.Open(dir, local.Options{FS: lost}); !errors.Is(err, journal.ErrNoJournal) {
		t.Fatalf("without journal.json: %v", err)
	}
	newer := all.place(t, dir+"/journal.json", func(b []byte) []byte {
		return bytes.Replace(b, []byte(`"format":1`), []byte(`"format":2`), 1)
	})
	if _, err := local.Open(dir, local.Options{FS: newer}); err == nil || !strings.Contains(err.Error(), "newer build") {
		t.Fatalf("newer format: %v", err)
	}
}
