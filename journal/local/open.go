package local

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"sync"

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
		if diskFault(err) {
			err = fmt.Errorf("%w; make sure that the disk is sound and has space, then open the journal again", err)
		}
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
		return j.noJournal()
	case err != nil:
		return err
	case f.Format != format:
		return fmt.Errorf("journal format %d is not known to this build (it knows %d); use a newer build", f.Format, format)
	case f.ID == "":
		return damagedJSON(j.path(journalName), errors.New("it has no id"))
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
