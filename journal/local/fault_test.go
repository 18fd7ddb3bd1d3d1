package local_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/journaltest"
	"github.com/deadheat-io/deadheat/journal/local"
)

// failAt fails one operation that writes, or that one and all after it.
type failAt struct {
	n     int64
	ever  bool
	count atomic.Int64
}

func (f *failAt) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() != errorfs.OpIsWrite {
		return nil
	}
	if n := f.count.Add(1); n == f.n || f.ever && n > f.n {
		return errorfs.ErrInjected
	}
	return nil
}

func (f *failAt) String() string { return "failAt" }

// TestFaultEverywhere lets every write of a script fail, once and for ever.
// What was acknowledged is there afterwards, and the journal opens.
func TestFaultEverywhere(t *testing.T) {
	for _, ever := range []bool{false, true} {
		for n := int64(1); ; n++ {
			fs := vfs.NewCrashableMem()
			l := newLedger()
			fault := &failAt{n: n, ever: ever}
			err := l.script(errorfs.Wrap(fs, fault), 2)
			if fault.count.Load() < n {
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%d operations failed, for ever: %t", n-1, ever)
				break
			}
			// What the process has written is there, even what was not synced.
			// Once the next one has opened it, all that it shows is durable, and
			// the power may fail.
			m := l.mark()
			j, err := local.Open(dir, local.Options{FS: fs, SegmentBytes: 6000})
			must(t, err)
			for p := range l.appended {
				_, end, err := j.Bounds(context.Background(), p)
				if err == nil && end < int64(len(l.appended[p])) {
					_, err = journal.AppendWait(context.Background(), j, p, l.appended[p][end])
					end++
				}
				if err == nil {
					m.acked[p] = max(m.acked[p], end)
				} else if !errors.Is(err, journal.ErrNoTopic) {
					t.Fatal(err)
				}
			}
			l.check(t, image{name: fmt.Sprintf("power fails after fault %d", n), fs: fs.CrashClone(vfs.CrashCloneCfg{}), mark: m})
			must(t, j.Close())
			l.check(t, image{name: fmt.Sprintf("after fault %d", n), fs: fs, mark: m})
		}
	}
}

// TestFailStop lets one fsync fail: that append and all later ones get the
// error, nothing is tried again, and other partitions go on.
func TestFailStop(t *testing.T) {
	for _, kind := range []errorfs.OpKind{errorfs.OpFileSync, errorfs.OpFileWriteAt} {
		var on atomic.Bool
		var calls atomic.Int64
		inject := errorfs.InjectorFunc(func(op errorfs.Op) error {
			if on.Load() && op.Kind == kind && strings.Contains(op.Path, "feed.demo/0/") {
				calls.Add(1)
				return errorfs.ErrInjected
			}
			return nil
		})
		mem := vfs.NewMem()
		j, err := local.Open(dir, local.Options{FS: errorfs.Wrap(mem, inject)})
		must(t, err)
		ctx, records := context.Background(), journaltest.Records(4)
		must(t, j.Create(ctx, p0.Topic, 2))
		_, err = journal.AppendWait(ctx, j, p0, records[0])
		must(t, err)
		on.Store(true)
		_, err = journal.AppendWait(ctx, j, p0, records[1])
		var unknown *journal.UnknownError
		if !errors.As(err, &unknown) || !errors.Is(err, errorfs.ErrInjected) || !errors.Is(err, journal.ErrFailed) || !strings.Contains(err.Error(), "stopped at offset 1") {
			t.Fatalf("got %v", err)
		}
		on.Store(false)
		for range 3 {
			_, err = journal.AppendWait(ctx, j, p0, records[2])
			if !errors.Is(err, errorfs.ErrInjected) || !errors.Is(err, journal.ErrFailed) || errors.As(err, &unknown) {
				t.Fatalf("later append: %v", err)
			}
		}
		if calls.Load() != 1 {
			t.Fatalf("tried %d times", calls.Load())
		}
		_, err = journal.AppendWait(ctx, j, journal.Partition{Topic: p0.Topic, Index: 1}, records[3])
		must(t, err)
		if n, err := prefix(t, j, records); n != 1 || err != nil { // only what is durable
			t.Fatalf("%d records, %v", n, err)
		}
		must(t, j.Close())
		j, err = local.Open(dir, local.Options{FS: mem})
		must(t, err)
		_, err = prefix(t, j, records)
		must(t, err)
		must(t, j.Close())
	}
}

// halfFS writes half of what it is told, once armed, and fails: a full disk.
type halfFS struct {
	vfs.FS
	armed *atomic.Bool
}

type halfFile struct {
	vfs.File
	armed *atomic.Bool
}

func (h halfFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	f, err := h.FS.OpenReadWrite(name, c, o...)
	return halfFile{f, h.armed}, err
}

func (h halfFile) WriteAt(b []byte, pos int64) (int, error) {
	if !h.armed.Load() {
		return h.File.WriteAt(b, pos)
	}
	n, _ := h.File.WriteAt(b[:len(b)/2], pos)
	return n, errors.New("no space left on device")
}

func TestHalfWrite(t *testing.T) {
	fs := halfFS{vfs.NewMem(), new(atomic.Bool)}
	ctx, records := context.Background(), journaltest.Records(6)
	j, err := local.Open(dir, local.Options{FS: fs})
	must(t, err)
	must(t, j.Create(ctx, p0.Topic, 1))
	_, err = journal.AppendWait(ctx, j, p0, records[:2]...)
	must(t, err)
	fs.armed.Store(true)
	if _, err = journal.AppendWait(ctx, j, p0, records[2:4]...); err == nil {
		t.Fatal("half a write was acknowledged")
	}
	must(t, j.Close())
	fs.armed.Store(false)
	j, err = local.Open(dir, local.Options{FS: fs})
	must(t, err)
	defer j.Close()
	_, err = journal.AppendWait(ctx, j, p0, records[2:]...)
	must(t, err)
	if n, err := prefix(t, j, records); n != 6 || err != nil {
		t.Fatalf("%d records, %v", n, err)
	}
}

// TestQueueLimit fills the queue of a partition whose disk is slow: Append
// waits, gives up with its context, and with Close.
func TestQueueLimit(t *testing.T) {
	gate := make(chan struct{})
	var slow atomic.Bool
	inject := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if slow.Load() && op.Kind == errorfs.OpFileSync {
			<-gate
		}
		return nil
	})
	j, err := local.Open(dir, local.Options{FS: errorfs.Wrap(vfs.NewMem(), inject), QueueBytes: 300})
	must(t, err)
	must(t, j.Create(context.Background(), p0.Topic, 1))
	slow.Store(true)
	var answered atomic.Int64
	appendOne := func(ctx context.Context) error {
		return j.Append(ctx, p0, journaltest.Records(1), func(int64, error) { answered.Add(1) })
	}
	queued := 0
	for ; ; queued++ {
		ctx, cancel := context.WithTimeout(context.Background(), 20e6)
		err := appendOne(ctx)
		cancel()
		if err != nil {
			if !errors.Is(err, context.DeadlineExceeded) || queued == 0 || queued > 20 {
				t.Fatalf("append %d: %v", queued, err)
			}
			break
		}
	}
	waiting := make(chan error, 2)
	for range cap(waiting) {
		go func() { waiting <- appendOne(context.Background()) }()
	}
	closed := make(chan error)
	go func() { closed <- j.Close() }()
	for range cap(waiting) {
		if err := <-waiting; !errors.Is(err, journal.ErrClosed) {
			t.Fatalf("waiting append: %v", err)
		}
	}
	close(gate)
	must(t, <-closed)
	if answered.Load() != int64(queued) {
		t.Fatalf("%d appends were answered, %d were queued", answered.Load(), queued)
	}
}
