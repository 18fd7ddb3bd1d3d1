package snapshots

import (
	"errors"
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// failStop is the file system of a store that is written. Once armed, the first
// write that fails ends the process, before Pebble hears of it: some of its
// paths panic under their locks, which no recover survives, and others try again
// for ever. Removing what is obsolete may fail.
type failStop struct {
	vfs.FS
	fail  *failure
	armed *atomic.Bool // when the store is open; until then Open returns errors
}

// failStopFile is a file that is written.
type failStopFile struct {
	vfs.File
	fs failStop
}

// watch returns the error, or does not return.
func (f failStop) watch(err error) error {
	if err != nil && f.armed.Load() {
		f.fail.stop(err)
	}
	return err
}

func (f failStop) file(file vfs.File, err error) (vfs.File, error) {
	if f.watch(err) != nil {
		return nil, err
	}
	return failStopFile{file, f}, nil
}

// Create also makes the name of a MANIFEST durable: Pebble makes it durable only
// together with that of the marker that points to it, and a crash may leave the
// marker alone.
func (f failStop) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := f.file(f.FS.Create(name, c))
	if err != nil || !strings.HasPrefix(f.PathBase(name), "MANIFEST-") {
		return file, err
	}
	dir, err := f.OpenDir(f.PathDir(name))
	if err == nil {
		err = errors.Join(dir.Sync(), dir.Close())
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func (f failStop) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	return f.file(f.FS.OpenReadWrite(name, c, o...))
}

func (f failStop) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return f.file(f.FS.ReuseForWrite(from, to, c))
}

func (f failStop) OpenDir(name string) (vfs.File, error) { return f.file(f.FS.OpenDir(name)) }
func (f failStop) Link(from, to string) error            { return f.watch(f.FS.Link(from, to)) }
func (f failStop) Rename(from, to string) error          { return f.watch(f.FS.Rename(from, to)) }
func (f failStop) Unwrap() vfs.FS                        { return f.FS }

func (f failStopFile) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	return n, f.fs.watch(err)
}

func (f failStopFile) WriteAt(b []byte, at int64) (int, error) {
	n, err := f.File.WriteAt(b, at)
	return n, f.fs.watch(err)
}

func (f failStopFile) SyncTo(length int64) (bool, error) {
	full, err := f.File.SyncTo(length)
	return full, f.fs.watch(err)
}

func (f failStopFile) Sync() error     { return f.fs.watch(f.File.Sync()) }
func (f failStopFile) SyncData() error { return f.fs.watch(f.File.SyncData()) }
func (f failStopFile) Close() error    { return f.fs.watch(f.File.Close()) }
