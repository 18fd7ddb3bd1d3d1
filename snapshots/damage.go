package snapshots

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// DamageError says that a store's files are not what was written.
type DamageError struct {
	Dir string
	Err error
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("store %s is damaged: %s; remove it to fold again from the journal", e.Dir, oneLine(e.Err.Error()))
}

func (e *DamageError) Unwrap() error { return e.Err }

// oneLine is the first line of a text: what follows is a stack, or the same
// again.
func oneLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// damaged marks an error that proves damage. A file that Pebble knows of and
// that is not there, or that ends too early, proves it too.
func damaged(dir string, err error) error {
	switch {
	case err == nil:
		return nil
	case pebble.IsCorruptionError(err), errors.Is(err, os.ErrNotExist), errors.Is(err, io.ErrUnexpectedEOF),
		strings.Contains(err.Error(), "invalid chunk"), strings.Contains(err.Error(), "corruption"):
		return &DamageError{dir, err}
	}
	return fmt.Errorf("store %s: %w", dir, err)
}

// unsound tells an error of the machine, such as a full or failing disk or a
// file that may not be opened, from one about what stands in the files.
func unsound(err error) bool {
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	var number syscall.Errno
	var path *fs.PathError
	return errors.As(err, &number) || errors.As(err, &path)
}

// held tells a lock that somebody holds from one that cannot be taken at all.
func held(err error) bool {
	var path *fs.PathError // the file could not be made
	if errors.As(err, &path) {
		return false
	}
	return errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EACCES) ||
		strings.Contains(err.Error(), "lock held by current process")
}

// openPebble opens a database. Some damage makes Pebble panic.
func openPebble(dir string, o *pebble.Options) (db *pebble.DB, err error) {
	defer func() {
		if r := recover(); r != nil {
			db, err = nil, fmt.Errorf("open: %w", asError(r))
		}
	}()
	return pebble.Open(dir, o)
}

// checkManifest refuses a directory that holds tables or logs and does not say
// which of them count: Pebble would begin an empty store among them.
func checkManifest(files vfs.FS, dir string) error {
	names, err := files.List(dir)
	if errors.Is(err, fs.ErrNotExist) { // Pebble makes it, durably with all its parents
		return nil
	}
	if err != nil {
		return openError(dir, err)
	}
	if slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, "marker.manifest.") }) {
		return nil
	}
	// A crash while the store was made leaves neither.
	if slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, ".sst") || strings.HasSuffix(n, ".log") }) {
		return &DamageError{dir, errors.New("its marker.manifest file is missing")}
	}
	return nil
}
