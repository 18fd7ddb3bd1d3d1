package local

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/deadheat-io/deadheat/journal"
)

// checkPlace refuses to make a journal in a directory that is used for
// something else.
func (j *Journal) checkPlace() error {
	names, err := j.fs.List(j.dir)
	if missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	foreign := ""
	for _, name := range names {
		switch {
		case name == journalName:
			return nil
		case name != lockName && name != topicsName && name != journalName+tmpSuffix && name != "lost+found":
			foreign = name
		}
	}
	if foreign != "" {
		return fmt.Errorf("%w, and %q is in the directory: name an empty directory to make a journal", journal.ErrNoJournal, foreign)
	}
	return nil
}

// noJournal is the error for a directory without journal.json.
func (j *Journal) noJournal() error {
	if names, err := j.fs.List(j.path(topicsName)); err == nil && len(names) > 0 {
		return fmt.Errorf("%w: %s is missing, but topics are there; restore it, or name another directory", journal.ErrNoJournal, journalName)
	}
	return fmt.Errorf("%w: %s is missing", journal.ErrNoJournal, journalName)
}

func (j *Journal) takeLock() error {
	lock, err := j.fs.Lock(j.path(lockName))
	if err == nil {
		j.lock = lock
		return nil
	}
	if !held(err) {
		return fmt.Errorf("lock %s: %w", j.path(lockName), err)
	}
	return fmt.Errorf("%w: another deadheat process is writing %s; stop it, or open the journal for reading only (%v)",
		journal.ErrLocked, j.dir, err)
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

// makeJournal makes an empty journal. journal.json comes last: without it
// there is no journal.
func (j *Journal) makeJournal() error {
	if err := makeDir(j.fs, j.path(topicsName)); err != nil {
		return err
	}
	names, err := j.fs.List(j.path(topicsName))
	if err != nil {
		return fmt.Errorf("list %s: %w", j.path(topicsName), err)
	}
	if len(names) > 0 {
		return j.noJournal()
	}
	// The directory may have been made by a run that crashed before this.
	if err := errors.Join(syncDir(j.fs, j.dir), syncDir(j.fs, j.fs.PathDir(j.dir))); err != nil {
		return err
	}
	f := journalFile{Format: format, ID: newID()}
	if err := writeJSON(j.fs, j.dir, journalName, f); err != nil {
		return err
	}
	j.id = f.ID
	return nil
}
