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
