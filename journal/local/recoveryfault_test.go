package local_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/journaltest"
	"github.com/deadheat-io/deadheat/journal/local"
)

// TestFaultInRecovery opens journals that a crash has left unfinished, on a disk
// that is full: every write of the recovery fails, once and with all that
// follow. Opening fails and says what to do; nothing is lost by it, and once
// there is space the journal is what it was.
func TestFaultInRecovery(t *testing.T) {
	records := journaltest.Records(9)
	all := build(t, 0, records[:3], records[3:6], records[6:])
	tail := func(b []byte) []byte { return b[:len(b)-5] }
	next := partitionDir + "00000000000000000006.seg"
	for name, leave := range map[string]func() *vfs.MemFS{
		"a torn tail": func() *vfs.MemFS { return all.place(t, firstSegment, tail) },
		"a segment that was being made": func() *vfs.MemFS {
			fs := build(t, 0, records[:3], records[3:6]).place(t, "", nil)
			write(t, fs, next, nil)
			return fs
		},
		"files with temporary names": func() *vfs.MemFS {
			fs := build(t, 0, records[:3], records[3:6]).place(t, "", nil)
			write(t, fs, next+".tmp", []byte("deadheat"))
			write(t, fs, dir+"/topics/orders~/0/x.seg", nil)
			return fs
		},
	} {
		for _, ever := range []bool{false, true} {
			failed := 0
			for n := int64(1); ; n++ {
				fs, fault := leave(), &failAt{n: n, ever: ever}
				full := errorfs.InjectorFunc(func(op errorfs.Op) error {
					if fault.MaybeError(op) != nil {
						return syscall.ENOSPC
					}
					return nil
				})
				j, err := local.Open(dir, local.Options{FS: errorfs.Wrap(fs, full)})
				if err == nil {
					must(t, j.Close())
				} else if failed++; !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "make sure that the disk is sound and has space") {
					t.Errorf("%s, operation %d: %v", name, n, err)
				}
				recovered(t, fs, records)
				if fault.count.Load() < n {
					break
				}
			}
			if failed == 0 {
				t.Errorf("%s: no operation failed", name)
			}
			t.Logf("%s: %d operations made opening fail, for ever: %t", name, failed, ever)
		}
	}
}

// recovered opens the journal on a sound disk: the first six records are there,
// and the rest can be appended.
func recovered(t *testing.T, fs vfs.FS, records []journal.Record) {
	t.Helper()
	j, err := local.Open(dir, local.Options{FS: fs})
	must(t, err)
	defer j.Close()
	if n, err := prefix(t, j, records); n != 6 || err != nil {
		t.Fatalf("%d records, want 6: %v", n, err)
	}
	_, err = journal.AppendWait(context.Background(), j, p0, records[6:]...)
	must(t, err)
	if n, err := prefix(t, j, records); n != 9 || err != nil {
		t.Fatalf("%d records, want 9: %v", n, err)
	}
}
