package local_test

import (
	"bytes"
	"context"
	"io"
	"sort"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/journaltest"
	"github.com/deadheat-io/deadheat/journal/local"
)

var p0 = journal.Partition{Topic: "feed.demo"}

// files is the content of a journal's directory.
type files map[string][]byte

// dump reads all files below a directory.
func dump(t testing.TB, fs vfs.FS, dir string) files {
	t.Helper()
	all := files{}
	names, err := fs.List(dir)
	must(t, err)
	for _, name := range names {
		path := fs.PathJoin(dir, name)
		info, err := fs.Stat(path)
		must(t, err)
		if info.IsDir() {
			for k, v := range dump(t, fs, path) {
				all[k] = v
			}
			continue
		}
		f, err := fs.Open(path)
		must(t, err)
		b, err := io.ReadAll(f)
		must(t, err)
		must(t, f.Close())
		all[path] = b
	}
	return all
}

// names are the paths in order.
func (fs files) names() []string {
	var names []string
	for name := range fs {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// place makes a file system of the files, with one of them changed, or left
// out when the change returns nil.
func (fs files) place(t testing.TB, path string, change func([]byte) []byte) *vfs.MemFS {
	t.Helper()
	mem := vfs.NewMem()
	for name, b := range fs {
		if name == path {
			if b = change(append([]byte(nil), b...)); b == nil {
				continue
			}
		}
		write(t, mem, name, b)
	}
	return mem
}

func write(t testing.TB, fs vfs.FS, path string, b []byte) {
	t.Helper()
	must(t, fs.MkdirAll(fs.PathDir(path), 0o755))
	f, err := fs.Create(path, vfs.WriteCategoryUnspecified)
	must(t, err)
	_, err = f.Write(bytes.Clone(b)) // a File may change what it is given, and in memory it does
	must(t, err)
	must(t, f.Close())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// build makes a journal with one append per batch and returns its files.
func build(t testing.TB, segmentBytes int64, batches ...[]journal.Record) files {
	t.Helper()
	fs := vfs.NewMem()
	j, err := local.Open(dir, local.Options{FS: fs, SegmentBytes: segmentBytes})
	must(t, err)
	must(t, j.Create(context.Background(), p0.Topic, 1))
	for _, b := range batches {
		_, err := journal.AppendWait(context.Background(), j, p0, b...)
		must(t, err)
	}
	must(t, j.Close())
	return dump(t, fs, dir)
}

// readAll reads what there is up to the first error.
func readAll(j journal.Journal, p journal.Partition, f func(*journal.Record)) error {
	_, end, err := j.Bounds(context.Background(), p)
	if err != nil { // damage at the end: what stands before it can be read
		end = 1 << 62
	}
	return journal.ReadRange(context.Background(), j, p, 0, end, func(r *journal.Record) error {
		f(r)
		return nil
	})
}

// prefix reads a journal and demands that it returns the records, up to some
// point, and returns how many, and the error that it stopped with.
func prefix(t *testing.T, j journal.Journal, want []journal.Record) (int, error) {
	t.Helper()
	n := 0
	err := readAll(j, p0, func(r *journal.Record) {
		if n >= len(want) {
			t.Fatalf("offset %d: the journal has only %d records", r.Offset, len(want))
		}
		if diff := journaltest.Diff(r, &want[n]); r.Offset != int64(n) || diff != "" {
			t.Fatalf("offset %d where %d comes next: %s", r.Offset, n, diff)
		}
		n++
	})
	return n, err
}
