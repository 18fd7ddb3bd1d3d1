package local

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"strings"
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
)

const (
	lockName    = "LOCK"
	journalName = "journal.json"
	topicsName  = "topics"
	// format is the version of the directory's layout.
	format = 1
)

// journalFile is the content of journal.json.
type journalFile struct {
	Format int    `json:"format"`
	ID     string `json:"id"`
}

// Journal is a journal in a directory. It implements [journal.Journal].
type Journal struct {
	fs   vfs.FS
	dir  string
	opts Options
	id   string
	lock io.Closer // nil when read-only

	createMu sync.Mutex // one Create at a time

	mu      sync.Mutex
	topics  map[string]*topic
	readers map[*reader]struct{}
	closed  bool
	stop    chan struct{} // closed by Close
	closing sync.Once
	err     error // of Close
}

var _ journal.Journal = (*Journal)(nil)

// Open opens the journal in a directory. To write, it makes the journal when
// there is none, and fails with [journal.ErrLocked] when another process, or
// this one, writes it already. To read only, it fails with
// [journal.ErrNoJournal] when there is none.
func Open(dir string, opts Options) (*Journal, error) {
	opts.defaults()
	j := &Journal{
		fs: opts.FS, dir: dir, opts: opts,
		topics: map[string]*topic{}, readers: map[*reader]struct{}{}, stop: make(chan struct{}),
	}
	open := j.openWriter
	if opts.ReadOnly {
		open = j.readID
	}
	if err := open(); err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %s: %w", dir, err), j.Close())
	}
	return j, nil
}

func (j *Journal) path(elem ...string) string {
	return j.fs.PathJoin(append([]string{j.dir}, elem...)...)
}

// readID reads journal.json.
func (j *Journal) readID() error {
	var f journalFile
	err := readJSON(j.fs, j.path(journalName), &f)
	switch {
	case missing(err):
		return fmt.Errorf("%w: %s is missing", journal.ErrNoJournal, journalName)
	case err != nil:
		return err
	case f.Format != format:
		return fmt.Errorf("journal format %d is not known to this build (it knows %d); use a newer build", f.Format, format)
	case f.ID == "":
		return fmt.Errorf("%s has no id: it is damaged", j.path(journalName))
	}
	j.id = f.ID
	return nil
}

func (j *Journal) openWriter() error {
	if err := j.checkPlace(); err != nil {
		return err
	}
	if err := makeDir(j.fs, j.dir); err != nil {
		return err
	}
	if err := j.takeLock(); err != nil {
		return err
	}
	err := j.readID()
	if errors.Is(err, journal.ErrNoJournal) {
		err = j.makeJournal()
	}
	if err != nil {
		return err
	}
	if err := j.removeLeftovers(j.dir, tmpSuffix); err != nil {
		return err
	}
	return j.openTopics()
}

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
		return fmt.Errorf("%w: %s is missing, but topics are there; restore it, or name another directory", journal.ErrNoJournal, journalName)
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

// ID is the journal's id.
func (j *Journal) ID() string { return j.id }

// Close finishes the appends in the queue, ends all readers, stops the
// goroutines and gives the lock back.
func (j *Journal) Close() error {
	j.closing.Do(func() { j.err = j.close() })
	return j.err
}

func (j *Journal) close() error {
	j.createMu.Lock() // a Create that has begun ends first
	j.mu.Lock()
	j.closed = true
	close(j.stop)
	topics, readers := maps.Clone(j.topics), maps.Clone(j.readers)
	j.mu.Unlock()
	j.createMu.Unlock()
	var errs []error
	for _, t := range topics {
		for _, p := range t.partitions {
			p.beginClose()
		}
	}
	for _, t := range topics {
		for _, p := range t.partitions {
			errs = append(errs, p.finishClose())
		}
	}
	for r := range readers {
		errs = append(errs, r.end())
	}
	if j.lock != nil {
		errs = append(errs, j.lock.Close())
	}
	return errors.Join(errs...)
}
