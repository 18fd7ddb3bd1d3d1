package projection_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/snapshots"
)

// rewind puts the journal back to what its disk held before f ran.
func (r *rig) rewind(f func()) {
	r.t.Helper()
	image, seq := r.files.CrashClone(vfs.CrashCloneCfg{}), r.seq
	f()
	r.files, r.seq = image, seq
	r.journal = r.open(image)
}

func TestALostTailIsFound(t *testing.T) {
	r := newRig(t)
	r.add(5)
	r.rewind(func() {
		r.add(5)
		r.ok(r.all(newTally()))
	})
	err := r.all(newTally())
	if !errors.Is(err, journal.ErrOutOfRange) || !strings.Contains(err.Error(), "in/0:12") || !strings.Contains(err.Error(), "ends at 7") {
		t.Fatalf("the lost tail was not found: %v", err)
	}
}

func TestARewrittenJournalIsFound(t *testing.T) {
	r := newRig(t)
	r.add(5)
	r.rewind(func() {
		r.add(5)
		r.ok(r.all(newTally()))
	})
	for range 8 { // other records in the place of those that were folded
		r.seq++
		r.append(journal.Record{Kind: schema.KindFeedUp, Lane: "feed", Epoch: 1, Seq: r.seq, Key: []byte("other"), Body: codec.Body(&schema.FeedUp{})})
	}
	err := r.all(newTally())
	if !journal.IsCorrupt(err) || !strings.Contains(err.Error(), "in/0:11") || !strings.Contains(err.Error(), "rewritten") {
		t.Fatalf("the rewritten journal was not found: %v", err)
	}
}

func TestAStoreOfSomethingElseIsRefused(t *testing.T) {
	r := newRig(t)
	r.add(5)
	r.ok(r.all(newTally()))
	source, err := projection.FindSource(context.Background(), r.journal, in)
	r.ok(err)
	mine := projection.Identity(source, newTally())
	for field, id := range map[string]func(*snapshots.Identity){
		"journal":         func(id *snapshots.Identity) { id.Journal = "another" },
		"topic":           func(id *snapshots.Identity) { id.Topic = "another" },
		"topic id":        func(id *snapshots.Identity) { id.TopicID = "another" },
		"partition":       func(id *snapshots.Identity) { id.Partition = 1 },
		"partition count": func(id *snapshots.Identity) { id.Partitions = 2 },
		"projection":      func(id *snapshots.Identity) { id.Projection = "another" },
		"rules version":   func(id *snapshots.Identity) { id.Rules = 2 },
		"use":             func(id *snapshots.Identity) { id.Replay = true },
	} {
		other := mine
		id(&other)
		_, err := snapshots.Open("s", other, snapshots.Options{FS: r.store})
		var refused *snapshots.IdentityError
		if !errors.As(err, &refused) || !strings.Contains(refused.Field, field) {
			t.Errorf("a store with another %s was opened: %v", field, err)
		}
	}
	r.ok(r.all(newTally())) // and nothing was harmed
}

func TestWhatCannotBeFoldedStopsThePartition(t *testing.T) {
	for name, c := range map[string]struct {
		record journal.Record
		want   string
	}{
		"a gap in a lane":     {journal.Record{Kind: schema.KindFeedUp, Lane: "feed", Epoch: 1, Seq: 9, Body: codec.Body(&schema.FeedUp{})}, "in/0:4: corrupt: lane \"feed\" epoch 1: seq 9 where 3 comes next"},
		"an unclaimed epoch":  {journal.Record{Kind: schema.KindFeedUp, Lane: "feed", Epoch: 2, Seq: 1, Body: codec.Body(&schema.FeedUp{})}, "in/0:4: corrupt: lane \"feed\" epoch 2: the claim"},
		"an unknown kind":     {journal.Record{Kind: 4000, Lane: "feed", Epoch: 1, Seq: 3, Body: []byte{0x90}}, "in/0:4: record kind 4000 is not known"},
		"a malformed claim":   {journal.Record{Kind: schema.KindClaim, Lane: "x", Epoch: 1, Body: []byte{0x90}}, "in/0:4: malformed CLAIM"},
		"a retire of nothing": {journal.Record{Kind: schema.KindRetire, Lane: "feed", Epoch: 1, Seq: 3, Body: []byte{0xc0}}, "in/0:4: malformed RETIRE"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.add(2)
			r.append(c.record)
			r.add(2)
			for range 2 { // a restart stops at the same place
				err := r.run(r.config(newTally()), func(projection.Status) bool { return false })
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Fatalf("have %v, want %q", err, c.want)
				}
			}
		})
	}
}

func TestTheFirstRecordMustBeGenesis(t *testing.T) {
	r := newRig(t)
	ctx := context.Background()
	p := journal.Partition{Topic: "foreign"}
	r.ok(r.journal.Create(ctx, p.Topic, 1))
	_, err := journal.AppendWait(ctx, r.journal, p, journal.Record{Kind: schema.KindFeedUp, Body: codec.Body(&schema.FeedUp{})})
	r.ok(err)
	source, err := projection.FindSource(ctx, r.journal, p)
	r.ok(err)
	f := projection.NewFold(source, newTally(), nil)
	err = journal.ReadRange(ctx, r.journal, p, 0, 1, f.Apply)
	if err == nil || !strings.Contains(err.Error(), "foreign/0:0") || !strings.Contains(err.Error(), "GENESIS") {
		t.Fatalf("a partition without GENESIS was folded: %v", err)
	}
}

func TestGenesisOfAnotherPlaceIsFound(t *testing.T) {
	r := newRig(t)
	ctx := context.Background()
	mine, err := projection.FindSource(ctx, r.journal, in)
	r.ok(err)
	for what, spoil := range map[string]func(*projection.Source){
		"journal":    func(s *projection.Source) { s.JournalID = "another" },
		"topic":      func(s *projection.Source) { s.Topic.Name = "another" },
		"partitions": func(s *projection.Source) { s.Topic.Partitions = 2 },
		"partition":  func(s *projection.Source) { s.Partition.Index = 1 },
	} {
		other := mine
		spoil(&other)
		f := projection.NewFold(other, newTally(), nil)
		if err := journal.ReadRange(ctx, r.journal, in, 0, 1, f.Apply); !journal.IsCorrupt(err) {
			t.Errorf("another %s: %v", what, err)
		}
	}
}
