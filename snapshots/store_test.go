package snapshots_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/snapshots"
)

var id = snapshots.Identity{Journal: "j", Topic: "feed.a", TopicID: "t", Partitions: 1, Projection: "p", Rules: 1}

func open(t *testing.T, dir string, o snapshots.Options) *snapshots.Store {
	t.Helper()
	s, err := snapshots.Open(dir, id, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func commit(t *testing.T, s *snapshots.Store, checkpoint string, pairs ...string) {
	t.Helper()
	b := s.Batch()
	for i := 0; i < len(pairs); i += 2 {
		if err := b.Put(snapshots.State, []byte(pairs[i]), []byte(pairs[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Commit(b, []byte(checkpoint)); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, s *snapshots.Store) (text string) {
	t.Helper()
	c, err := s.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	text = string(c)
	if err := s.Each(snapshots.State, func(k, v []byte) error { text += fmt.Sprintf(" %s=%s", k, v); return nil }); err != nil {
		t.Fatal(err)
	}
	return text
}

func TestStateAndCheckpointComeBackTogether(t *testing.T) {
	fs := vfs.NewMem()
	s := open(t, "s", snapshots.Options{FS: fs})
	if got := content(t, s); got != "" {
		t.Fatalf("a new store holds %q", got)
	}
	commit(t, s, "at 1", "a", "1", "b", "2")
	b := s.Batch()
	for _, err := range []error{
		b.Delete(snapshots.State, []byte("a")), b.Put(snapshots.State, []byte("c"), nil), b.Put(snapshots.Outbox, []byte("a"), []byte("x")),
		s.Commit(b, []byte("at 2")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := content(t, open(t, "s", snapshots.Options{FS: fs})), "at 2 b=2 c="; got != want {
		t.Fatalf("the store holds %q, want %q", got, want)
	}
}

func TestASecondWriterIsRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, snapshots.Options{})
	if _, err := snapshots.Open(dir, id, snapshots.Options{}); !errors.Is(err, journal.ErrLocked) {
		t.Fatalf("a second writer: %v", err)
	}
}

func TestReadingBesideAWriterChangesNothing(t *testing.T) {
	dir := t.TempDir()
	w := open(t, dir, snapshots.Options{})
	commit(t, w, "at 1", "a", "1")
	before := files(t, dir)
	r := open(t, dir, snapshots.Options{ReadOnly: true})
	if got := content(t, r); got != "at 1 a=1" {
		t.Fatalf("the reader sees %q", got)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if after := files(t, dir); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Fatalf("reading changed files:\n%v\n%v", before, after)
	}
	commit(t, w, "at 2", "a", "2") // and the writer does not mind
	if got := content(t, open(t, dir, snapshots.Options{ReadOnly: true})); got != "at 2 a=2" {
		t.Fatalf("the reader sees %q", got)
	}
}

func files(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprint(e.Name(), info.Size(), info.ModTime().UnixNano()))
	}
	return list
}

func TestReadingWhereThereIsNoStoreMakesNone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	if _, err := snapshots.Open(dir, id, snapshots.Options{ReadOnly: true}); !errors.Is(err, snapshots.ErrNoStore) {
		t.Fatalf("have %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("a directory was made")
	}
}

// Older formats of the store hide damage of its log.
func TestTheNewestFormatIsUsed(t *testing.T) {
	fs := vfs.NewMem()
	if err := open(t, "s", snapshots.Options{FS: fs}).Close(); err != nil {
		t.Fatal(err)
	}
	desc, err := pebble.Peek("s", fs)
	if err != nil {
		t.Fatal(err)
	}
	if desc.FormatMajorVersion != pebble.FormatNewest {
		t.Fatalf("format %s, want %s", desc.FormatMajorVersion, pebble.FormatNewest)
	}
}

// Damage of a table must be an error that says so, and not the end of the
// process. Whatever place is hit, no wrong state may come out.
func TestDamageIsFound(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, snapshots.Options{})
	var want string
	for i := range 500 {
		commit(t, s, "at 1", fmt.Sprintf("key %03d", i), fmt.Sprintf("value %d", i*i))
	}
	want = content(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := pebble.Open(dir, &pebble.Options{FormatMajorVersion: pebble.FormatNewest, Logger: quiet{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Flush(), db.Close()); err != nil {
		t.Fatal(err)
	}
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) != 1 {
		t.Fatalf("tables %v, %v", tables, err)
	}
	whole, err := os.ReadFile(tables[0])
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for at := 0; at < len(whole); at += 1 + len(whole)/200 {
		spoilt := append([]byte(nil), whole...)
		spoilt[at] ^= 0x10
		if err := os.WriteFile(tables[0], spoilt, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := tryRead(dir)
		var damage *snapshots.DamageError
		if errors.As(err, &damage) {
			found++
		} else if err != nil {
			t.Fatalf("byte %d: %v", at, err)
		} else if got != want {
			t.Fatalf("byte %d: a wrong state was read", at)
		}
	}
	if found < 100 {
		t.Errorf("only %d of 200 flips were found", found)
	}
}

// tryRead reads a store as content does, with errors.
func tryRead(dir string) (text string, err error) {
	s, err := snapshots.Open(dir, id, snapshots.Options{ReadOnly: true})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	c, err := s.Checkpoint()
	if err != nil {
		return "", err
	}
	text = string(c)
	return text, s.Each(snapshots.State, func(k, v []byte) error { text += fmt.Sprintf(" %s=%s", k, v); return nil })
}

type quiet struct{}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(string, ...any) {}
