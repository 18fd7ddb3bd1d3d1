package local_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"go.uber.org/goleak"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/journaltest"
	"github.com/deadheat-io/deadheat/journal/local"
)

// TestBesideWriter reads in other journals while a writer appends, rolls
// segments, ends, leaves a torn tail and starts again: as another process does.
func TestBesideWriter(t *testing.T) {
	for _, where := range []string{"disk", "memory"} {
		t.Run(where, func(t *testing.T) {
			defer goleak.VerifyNone(t)
			opts, place := local.Options{SegmentBytes: 3000, Logf: t.Logf}, t.TempDir()
			if where == "memory" {
				opts.FS, place = vfs.NewMem(), dir
			}
			besideWriter(t, place, opts)
		})
	}
}

func besideWriter(t *testing.T, place string, opts local.Options) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	const rounds, each = 8, 150
	records := journaltest.Records(rounds * each)
	j, err := local.Open(place, opts)
	must(t, err)
	must(t, j.Create(ctx, p0.Topic, 1))
	var wg sync.WaitGroup
	for i := range 3 {
		ro, err := local.Open(place, local.Options{FS: opts.FS, ReadOnly: true, Poll: time.Duration(i+1) * time.Millisecond})
		must(t, err)
		wg.Go(func() {
			defer ro.Close()
			follow(ctx, t, ro, records)
		})
	}
	rng := rand.New(rand.NewPCG(5, 5))
	for round := range rounds {
		if round > 0 {
			tear(t, opts.FS, place, rng)
			time.Sleep(10 * time.Millisecond) // the readers see the torn tail
			j, err = local.Open(place, opts)
			must(t, err)
		}
		for i := round * each; i < (round+1)*each; {
			n := min(1+rng.IntN(10), (round+1)*each-i)
			_, err := journal.AppendWait(ctx, j, p0, records[i:i+n]...)
			must(t, err)
			i += n
		}
		must(t, j.Close())
	}
	wg.Wait()
}

// follow reads all records, one reader after the other.
func follow(ctx context.Context, t *testing.T, j journal.Journal, want []journal.Record) {
	r, err := j.Read(ctx, p0, 0)
	if err != nil {
		t.Errorf("read: %v", err)
		return
	}
	defer r.Close()
	for next := 0; next < len(want); {
		got, err := r.Next(ctx)
		if err != nil {
			t.Errorf("at %d: %v", next, err)
			return
		}
		for i := range got {
			if diff := journaltest.Diff(&got[i], &want[next]); got[i].Offset != int64(next) || diff != "" {
				t.Errorf("offset %d where %d comes next: %s", got[i].Offset, next, diff)
				return
			}
			next++
		}
	}
}

// tear appends a part of a batch to the last segment, as a crash leaves it.
func tear(t *testing.T, fsys vfs.FS, place string, rng *rand.Rand) {
	t.Helper()
	if fsys == nil {
		fsys = vfs.Default
	}
	part := fsys.PathJoin(place, "topics", p0.Topic, "0")
	names, err := fsys.List(part)
	must(t, err)
	last := ""
	for _, name := range names {
		if strings.HasSuffix(name, ".seg") && name > last {
			last = name
		}
	}
	path := fsys.PathJoin(part, last)
	info, err := fsys.Stat(path)
	must(t, err)
	f, err := fsys.OpenReadWrite(path, vfs.WriteCategoryUnspecified)
	must(t, err)
	defer f.Close()
	torn := make([]byte, 1+rng.IntN(39))
	if rng.IntN(2) == 0 {
		torn = make([]byte, 1000) // blocks that were never written
	} else {
		copy(torn, "\xde\xad\xbe\xa7")
	}
	_, err = f.WriteAt(torn, info.Size())
	must(t, err)
}

// TestReadOnlyWritesNothing does everything that a read-only journal can do,
// and looks at the directory before and after.
func TestReadOnlyWritesNothing(t *testing.T) {
	ctx, place := context.Background(), t.TempDir()
	records := journaltest.Records(50)
	j, err := local.Open(place, local.Options{SegmentBytes: 500})
	must(t, err)
	must(t, j.Create(ctx, p0.Topic, 1))
	for i := range records {
		_, err := journal.AppendWait(ctx, j, p0, records[i])
		must(t, err)
	}
	must(t, j.Close())
	tear(t, nil, place, rand.New(rand.NewPCG(1, 1)))
	before := listing(t, place)
	none := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			t.Errorf("operation %d writes to %s", op.Kind, op.Path)
		}
		return nil
	})
	ro, err := local.Open(place, local.Options{FS: errorfs.Wrap(vfs.Default, none), ReadOnly: true, Poll: time.Millisecond})
	must(t, err)
	if n, err := prefix(t, ro, records); n != 50 || err != nil {
		t.Fatalf("%d records, %v", n, err)
	}
	_, err = ro.OffsetAt(ctx, p0, records[20].Time)
	must(t, err)
	_, err = ro.Topics(ctx)
	must(t, err)
	stat, err := ro.Stat(ctx, p0)
	must(t, err)
	if stat.End != 50 || stat.Segments < 5 || stat.Bytes < 50*60 {
		t.Fatalf("stat: %+v", stat)
	}
	r, err := ro.Read(ctx, p0, 50)
	must(t, err)
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if _, err := r.Next(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("at the torn tail: %v", err)
	}
	if err := ro.Create(ctx, "more", 1); !errors.Is(err, journal.ErrReadOnly) {
		t.Fatalf("create: %v", err)
	}
	if err := ro.Append(ctx, p0, records, nil); !errors.Is(err, journal.ErrReadOnly) {
		t.Fatalf("append: %v", err)
	}
	must(t, ro.Close())
	if after := listing(t, place); after != before {
		t.Fatalf("the directory was\n%s\nand is\n%s", before, after)
	}
	missing := filepath.Join(place, "missing")
	if _, err := local.Open(missing, local.Options{ReadOnly: true}); !errors.Is(err, journal.ErrNoJournal) {
		t.Fatalf("open of nothing: %v", err)
	}
	if _, err := os.Stat(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("a directory was made: %v", err)
	}
}

// listing is every name with its size, mode, time and content.
func listing(t *testing.T, place string) string {
	t.Helper()
	var b bytes.Buffer
	must(t, filepath.Walk(place, func(path string, info fs.FileInfo, err error) error {
		if err != nil {
			return err
		}
		b.WriteString(path + " " + info.Mode().String() + " " + info.ModTime().String() + " ")
		if !info.IsDir() {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			b.Write(content)
		}
		b.WriteByte('\n')
		return nil
	}))
	return b.String()
}

func TestLock(t *testing.T) {
	for _, fsys := range []vfs.FS{vfs.NewMem(), vfs.Default} {
		place := filepath.Join(t.TempDir(), "a", "b")
		j, err := local.Open(place, local.Options{FS: fsys})
		must(t, err)
		_, err = local.Open(place, local.Options{FS: fsys})
		if !errors.Is(err, journal.ErrLocked) || !strings.Contains(err.Error(), place) || !strings.Contains(err.Error(), "another deadheat process is writing") {
			t.Fatalf("got %v", err)
		}
		must(t, j.Close())
		j, err = local.Open(place, local.Options{FS: fsys})
		must(t, err)
		must(t, j.Close())
	}
	refuse := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpLock {
			return &fs.PathError{Op: "open", Path: op.Path, Err: fs.ErrPermission}
		}
		return nil
	})
	if _, err := local.Open(dir, local.Options{FS: errorfs.Wrap(vfs.NewMem(), refuse)}); err == nil || errors.Is(err, journal.ErrLocked) {
		t.Fatalf("a lock that cannot be taken: %v", err)
	}
}

// TestNewTopicBeside finds topics that the writer makes later.
func TestNewTopicBeside(t *testing.T) {
	ctx, mem := context.Background(), vfs.NewMem()
	j, err := local.Open(dir, local.Options{FS: mem})
	must(t, err)
	defer j.Close()
	ro, err := local.Open(dir, local.Options{FS: mem, ReadOnly: true})
	must(t, err)
	defer ro.Close()
	if _, _, err := ro.Bounds(ctx, p0); !errors.Is(err, journal.ErrNoTopic) {
		t.Fatalf("got %v", err)
	}
	must(t, j.Create(ctx, p0.Topic, 1))
	_, err = journal.AppendWait(ctx, j, p0, journaltest.Records(2)...)
	must(t, err)
	if _, end, err := ro.Bounds(ctx, p0); end != 2 || err != nil {
		t.Fatalf("end %d, %v", end, err)
	}
	mine, err := j.Topics(ctx)
	must(t, err)
	theirs, err := ro.Topics(ctx)
	must(t, err)
	if len(theirs) != 1 || theirs[0] != mine[0] {
		t.Fatalf("topics %v, want %v", theirs, mine)
	}
}

// TestUnknownRecord stops at a record that this build cannot decode, and names
// the position; what stands before it is returned.
func TestUnknownRecord(t *testing.T) {
	records := journaltest.Records(5)
	records[3].Kind = 9999
	all := build(t, 0, records[:1], records[1:])
	j, err := local.Open(dir, local.Options{FS: all.place(t, "", nil)})
	must(t, err)
	defer j.Close()
	for range 2 {
		n, err := prefix(t, j, records)
		var at *journal.PositionError
		if n != 3 || !errors.As(err, &at) || at.Position != p0.At(3) || !strings.Contains(err.Error(), "9999") {
			t.Fatalf("%d records, %v", n, err)
		}
	}
	r, err := j.Read(context.Background(), p0, 4) // past it: it is whole
	must(t, err)
	got, err := r.Next(context.Background())
	if err != nil || len(got) != 1 || journaltest.Diff(&got[0], &records[4]) != "" {
		t.Fatalf("%d records, %v", len(got), err)
	}
}

// TestPassingDamage shows a read-only journal a batch that is complete and
// wrong for a moment, as a file system may while the writer writes it.
func TestPassingDamage(t *testing.T) {
	records := journaltest.Records(6)
	all := build(t, 0, records[:3], records[3:])
	good := all[firstSegment]
	at := len(good) - 5
	mem := all.place(t, firstSegment, func(b []byte) []byte { b[at] ^= 4; return b })
	synctest.Test(t, func(t *testing.T) {
		ro, err := local.Open(dir, local.Options{FS: mem, ReadOnly: true})
		must(t, err)
		defer ro.Close()
		time.AfterFunc(110*time.Millisecond, func() {
			f, err := mem.OpenReadWrite(firstSegment, vfs.WriteCategoryUnspecified)
			must(t, err)
			_, err = f.WriteAt([]byte{good[at]}, int64(at))
			must(t, err)
			must(t, f.Close())
		})
		if n, err := prefix(t, ro, records); n != 6 || err != nil {
			t.Fatalf("%d records, %v", n, err)
		}
	})
}
