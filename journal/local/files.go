package local

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
)

// tmpSuffix marks files that are not complete. A crash may leave them; the
// next writer removes them.
const tmpSuffix = ".tmp"

// maxMeta is the largest JSON file that is read.
const maxMeta = 64 << 10

// category counts the writes in the file system's own statistics.
const category = vfs.WriteCategoryUnspecified

func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// bare is the error of a file operation without the operation and the path,
// for messages that name both already.
func bare(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// diskFault tells a disk that is full or failing, which somebody must look
// after before the journal can be opened.
func diskFault(err error) bool {
	for _, fault := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, syscall.EIO} {
		if errors.Is(err, fault) {
			return true
		}
	}
	return false
}

// newID is a fresh random id.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// syncDir makes the names in a directory durable.
func syncDir(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return fmt.Errorf("open directory %s: %w", dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("fsync directory %s: %w", dir, err)
	}
	return nil
}

// makeDir makes a directory with all its parents, durably.
func makeDir(fs vfs.FS, dir string) error {
	var made []string
	for d := dir; ; {
		_, err := fs.Stat(d)
		if err == nil {
			break
		}
		if !missing(err) {
			return fmt.Errorf("look at %s: %w", d, err)
		}
		made = append(made, d)
		parent := fs.PathDir(d)
		if parent == d {
			break
		}
		d = parent
	}
	if err := fs.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make directory %s: %w", dir, err)
	}
	for i := len(made) - 1; i >= 0; i-- { // from the top, so that no name hangs in the air
		if err := syncDir(fs, fs.PathDir(made[i])); err != nil {
			return err
		}
	}
	return nil
}

// writeFile makes a file that is there completely or not at all, and is
// durable before its name is.
func writeFile(fs vfs.FS, dir, name string, write func(vfs.File) error) error {
	path := fs.PathJoin(dir, name)
	f, err := fs.Create(path+tmpSuffix, category)
	if err != nil {
		return fmt.Errorf("create %s: %w", path+tmpSuffix, err)
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path+tmpSuffix, bare(err))
	}
	if err := fs.Rename(path+tmpSuffix, path); err != nil {
		return fmt.Errorf("rename to %s: %w", path, err)
	}
	return syncDir(fs, dir)
}

func writeJSON(fs vfs.FS, dir, name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	return writeFile(fs, dir, name, func(f vfs.File) error {
		_, err := f.Write(append(b, '\n'))
		return err
	})
}

// readJSON reads a file that writeJSON wrote, and refuses fields that this
// build does not know.
func readJSON(fs vfs.FS, path string, v any) error {
	f, err := fs.Open(path)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxMeta+1))
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if len(b) > maxMeta {
		return damagedJSON(path, fmt.Errorf("longer than %d bytes", maxMeta))
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return damagedJSON(path, fmt.Errorf("damaged, or of a newer build: %w", err))
	}
	if d.More() {
		return damagedJSON(path, errors.New("more follows what it should hold"))
	}
	return nil
}

// damagedJSON says that one of the journal's own small files is not what was
// written.
func damagedJSON(path string, err error) error {
	return &journal.CorruptError{File: path, Reason: err.Error()}
}

// removeLeftovers removes what a crash left unfinished in a directory.
func (j *Journal) removeLeftovers(dir, suffix string) error {
	names, err := j.fs.List(dir)
	if err != nil && !missing(err) { // what is missing is told by who needs it
		return fmt.Errorf("list %s: %w", dir, err)
	}
	removed := false
	for _, name := range names {
		if !strings.HasSuffix(name, suffix) {
			continue
		}
		path := j.fs.PathJoin(dir, name)
		j.opts.Logf("%s: removed, a crash left it unfinished", path)
		if err := j.fs.RemoveAll(path); err != nil {
			return fmt.Errorf("remove %s: %w", path, err)
		}
		removed = true
	}
	if removed {
		return syncDir(j.fs, dir)
	}
	return nil
}
