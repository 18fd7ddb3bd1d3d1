package snapshots

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/deadheat-io/deadheat/journal"
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
}

// Store is an open store.
type Store struct {
	dir    string
	id     Identity
	db     *pebble.DB
	closed bool
}

// Open opens the store in dir, or makes it. The error is an [*IdentityError]
// when the store belongs to something else, [journal.ErrLocked] when another
// process writes it, and [ErrNoStore] when a read-only open finds none.
func Open(dir string, id Identity, o Options) (*Store, error) {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	id.Format = storeFormat
	if o.ReadOnly {
		if err := exists(o.FS, dir); err != nil {
			return nil, err
		}
		o.FS = lockless{o.FS}
	} else if err := o.FS.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make store %s: %w", dir, err)
	}
	db, err := pebble.Open(dir, options(o))
	if err != nil {
		return nil, openError(dir, err)
	}
	s := &Store{dir: dir, id: id, db: db}
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

func options(o Options) *pebble.Options {
	log := logger{o.Logger}
	if o.Logger == nil {
		log.Logger = slog.New(slog.DiscardHandler)
	}
	p := &pebble.Options{
		FS:                 o.FS,
		ReadOnly:           o.ReadOnly,
		FormatMajorVersion: pebble.FormatNewest, // older formats hide more damage of the log
		MemTableSize:       32 << 20,
		Logger:             log,
	}
	p.EventListener = &pebble.EventListener{
		BackgroundError: func(err error) { log.Errorf("store: %v", err) },
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
	if errors.Is(err, pebble.ErrDBDoesNotExist) {
		return fmt.Errorf("%s: %w", dir, ErrNoStore)
	}
	if strings.Contains(err.Error(), "lock") || strings.Contains(err.Error(), "resource temporarily unavailable") {
		return fmt.Errorf("store %s: %w (%v)", dir, journal.ErrLocked, err)
	}
	return damaged(dir, fmt.Errorf("open store %s: %w", dir, err))
}

// DamageError says that a store's files are not what was written.
type DamageError struct {
	Dir string
	Err error
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("store %s is damaged: %v; remove it to fold again from the journal", e.Dir, e.Err)
}

func (e *DamageError) Unwrap() error { return e.Err }

// damaged marks an error that proves damage. A file that Pebble knows of and
// that is not there, or that ends too early, proves it too.
func damaged(dir string, err error) error {
	if err == nil {
		return nil
	}
	if pebble.IsCorruptionError(err) || errors.Is(err, os.ErrNotExist) || errors.Is(err, io.ErrUnexpectedEOF) ||
		strings.Contains(err.Error(), "invalid chunk") || strings.Contains(err.Error(), "corruption") {
		return &DamageError{dir, err}
	}
	return err
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
		return nil, damaged(s.dir, fmt.Errorf("store %s: read %q: %w", s.dir, key, err))
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
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.ValueAndErr()
		if err != nil {
			return damaged(s.dir, fmt.Errorf("store %s: %w", s.dir, err))
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
	if err := s.db.Apply(b.b, pebble.Sync); err != nil {
		return fmt.Errorf("store %s: commit: %w", s.dir, err)
	}
	return b.b.Close()
}

// lockless is a file system on which every lock is free.
type lockless struct{ vfs.FS }

func (lockless) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

// logger passes on what Pebble says. Pebble calls Fatalf when it cannot go on
// (a full disk under its log, damage found in the background); the process must
// not go on either.
type logger struct{ *slog.Logger }

func (l logger) Infof(format string, args ...any)  { l.Debug(fmt.Sprintf(format, args...)) }
func (l logger) Errorf(format string, args ...any) { l.Error(fmt.Sprintf(format, args...)) }
func (l logger) Fatalf(format string, args ...any) {
	fmt.Fprintln(os.Stderr, "deadheat: the store failed, stopping:", fmt.Sprintf(format, args...))
	os.Exit(1)
}
