package snapshots

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/crash"
)

// Space is a part of a store.
type Space byte

// The parts of a store. State is what the state hash covers.
const (
	State  Space = 's'
	Outbox Space = 'o'
)

var (
	identityKey   = []byte("identity")
	checkpointKey = []byte("checkpoint")
)

// ErrNoStore says that there is no store in a directory.
var ErrNoStore = errors.New("no store here")

// Options say how a store is opened.
type Options struct {
	FS vfs.FS // vfs.Default if nil
	// ReadOnly opens the store beside the process that writes it, without a
	// lock, and writes nothing. What is read may be torn by files that vanish
	// underneath; the caller proves it whole with the state hash, and tries
	// again when it is not.
	ReadOnly bool
	Logger   *slog.Logger // for what Pebble has to say; discarded if nil
	// Fatal is called, at most once, when a store that is written cannot go on:
	// its disk is full or failing, or damage was met in the background. Nothing
	// may be acknowledged from then on. It must not return; nil prints one line
	// and ends the process.
	Fatal func(error)

	memTable uint64 // bytes of a table in memory; small in tests, for many files
}

// Store is an open store.
type Store struct {
	dir    string
	id     Identity
	db     *pebble.DB
	fail   *failure
	closed bool
}

// Open opens the store in dir, or makes it. The error is an [*IdentityError]
// when the store belongs to something else, [journal.ErrLocked] when another
// process writes it, and [ErrNoStore] when a read-only open finds none.
func Open(dir string, id Identity, o Options) (*Store, error) {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.memTable == 0 {
		o.memTable = 32 << 20
	}
	id.Format = storeFormat
	if o.ReadOnly {
		if err := exists(o.FS, dir); err != nil {
			return nil, err
		}
		o.FS = lockless{o.FS}
	}
	if err := checkManifest(o.FS, dir); err != nil {
		return nil, err
	}
	fail := newFailure(dir, o)
	armed := new(atomic.Bool)
	if !o.ReadOnly {
		o.FS = failStop{o.FS, fail, armed}
	}
	db, err := openPebble(dir, options(o, fail))
	if err != nil {
		return nil, openError(dir, err)
	}
	armed.Store(true)
	s := &Store{dir: dir, id: id, db: db, fail: fail}
	if err := s.identify(id, o.ReadOnly); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// exists tells whether a store was ever made in dir, without touching it.
func exists(fs vfs.FS, dir string) error {
	names, err := fs.List(dir)
	isStore := slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, "MANIFEST-") })
	if err != nil || !isStore {
		return fmt.Errorf("%s: %w", dir, ErrNoStore)
	}
	return nil
}

func options(o Options, fail *failure) *pebble.Options {
	log := logger{o.Logger, fail}
	if o.Logger == nil {
		log.Logger = slog.New(slog.DiscardHandler)
	}
	p := &pebble.Options{
		FS:                 o.FS,
		ReadOnly:           o.ReadOnly,
		FormatMajorVersion: pebble.FormatNewest, // older formats hide more damage of the log
		MemTableSize:       o.memTable,
		Logger:             log,
	}
	p.EventListener = &pebble.EventListener{
		// Pebble would try again for ever, without a pause.
		BackgroundError: func(err error) {
			if !o.ReadOnly { // whoever reads gets the error
				fail.stop(err)
			}
		},
		// Whoever reads the damaged place gets the error too; without this,
		// Pebble would end the process here.
		DataCorruption: func(info pebble.DataCorruptionInfo) { log.Errorf("store: %s is damaged: %v", info.Path, info.Details) },
	}
	if o.ReadOnly {
		p.FormatMajorVersion = pebble.FormatMinSupported // take the store's own
		p.ErrorIfNotExists = true
	}
	return p
}

func openError(dir string, err error) error {
	switch {
	case errors.Is(err, pebble.ErrDBDoesNotExist):
		return fmt.Errorf("%s: %w", dir, ErrNoStore)
	case held(err):
		return fmt.Errorf("store %s: %w (%v)", dir, journal.ErrLocked, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("open store %s: %w", dir, err)
	case unsound(err):
		return &stoppedError{dir, err}
	}
	// Nothing is left but that the files are not what was written.
	return &DamageError{dir, err}
}

// identify compares the identity, or writes it into a new store.
func (s *Store) identify(id Identity, readOnly bool) error {
	value, err := s.get(identityKey)
	if err != nil {
		return err
	}
	if value == nil {
		if readOnly {
			return fmt.Errorf("%s: %w", s.dir, ErrNoStore)
		}
		value, err = json.Marshal(id)
		if err != nil {
			return err
		}
		return s.db.Set(identityKey, value, pebble.Sync)
	}
	var have Identity
	if err := json.Unmarshal(value, &have); err != nil {
		return &DamageError{s.dir, fmt.Errorf("identity %q: %w", value, err)}
	}
	if readOnly { // both may be read
		id.Replay = have.Replay
	}
	return have.check(s.dir, id)
}

func (s *Store) get(key []byte) ([]byte, error) {
	value, closer, err := s.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, damaged(s.dir, fmt.Errorf("read %q: %w", key, err))
	}
	defer closer.Close()
	return slices.Clone(value), nil
}

// Identity is what the store was opened as.
func (s *Store) Identity() Identity { return s.id }

// Dir is where the store is.
func (s *Store) Dir() string { return s.dir }

// Checkpoint is what the last commit said of its position; nil before the first.
func (s *Store) Checkpoint() ([]byte, error) { return s.get(checkpointKey) }

// Each calls f for every key of a part, in order. The bytes are valid during
// the call only.
func (s *Store) Each(space Space, f func(key, value []byte) error) (err error) {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{byte(space), '/'}, UpperBound: []byte{byte(space), '/' + 1}})
	if err != nil {
		return fmt.Errorf("store %s: %w", s.dir, err)
	}
	defer func() {
		if closed := it.Close(); err == nil { // it says again what stopped the iteration
			err = damaged(s.dir, closed)
		}
	}()
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.ValueAndErr()
		if err != nil {
			return damaged(s.dir, err)
		}
		if err := f(it.Key()[2:], value); err != nil {
			return err
		}
	}
	return damaged(s.dir, it.Error())
}

// Close closes the store. A second call does nothing.
func (s *Store) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	defer s.fail.onPanic()
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close store %s: %w", s.dir, err)
	}
	return nil
}

// Batch collects changes for one commit.
type Batch struct {
	b   *pebble.Batch
	key []byte
	err error // the first of Stage
}

// Batch begins an empty batch.
func (s *Store) Batch() *Batch { return &Batch{b: s.db.NewBatch()} }

func (b *Batch) at(space Space, key []byte) []byte {
	b.key = append(append(b.key[:0], byte(space), '/'), key...)
	return b.key
}

// Put sets a key. The error is that of a store which is full.
func (b *Batch) Put(space Space, key, value []byte) error {
	return b.b.Set(b.at(space, key), value, nil)
}

// Delete removes a key.
func (b *Batch) Delete(space Space, key []byte) error { return b.b.Delete(b.at(space, key), nil) }

// Stage sets a key, or removes it when the value is nil. An error is that of the
// commit.
func (b *Batch) Stage(space Space, key, value []byte) {
	err := error(nil)
	if value == nil {
		err = b.Delete(space, key)
	} else {
		err = b.Put(space, key, value)
	}
	b.err = errors.Join(b.err, err)
}

// Commit writes the batch and the checkpoint that belongs to it, and returns
// once both are durable. The batch can be used no more.
func (s *Store) Commit(b *Batch, checkpoint []byte) error {
	if err := errors.Join(b.err, b.b.Set(checkpointKey, checkpoint, nil)); err != nil {
		return fmt.Errorf("store %s: %w", s.dir, err)
	}
	defer s.fail.onPanic()
	crash.At(crash.BeforeCommit)
	if err := s.db.Apply(b.b, pebble.Sync); err != nil {
		return fmt.Errorf("store %s: commit: %w", s.dir, err)
	}
	crash.At(crash.AfterCommit)
	return b.b.Close()
}

// lockless is a file system on which every lock is free.
type lockless struct{ vfs.FS }

func (lockless) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }
