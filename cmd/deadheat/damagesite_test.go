package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/local"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/offering"
	"github.com/deadheat-io/deadheat/replay"
	"github.com/deadheat-io/deadheat/snapshots"
)

// site is an installation on a file system of its own: a journal with one feed
// and what it surfaced, and the store of its projection.
type site struct{ fs vfs.FS }

// sitePart is the feed of every site.
var sitePart = journal.Partition{Topic: "feed.demo"}

const (
	siteJournal = "journal"
	siteStore   = "data/offering-1/feed.demo/0"
)

// siteEnd is where a site must end, whatever happened to it.
type siteEnd struct {
	next    int64
	hash    string
	export  string // the state itself
	outputs []string
}

// siteRecords are what a feed of n generated messages journals behind GENESIS.
func siteRecords(t testing.TB, n int) []journal.Record {
	t.Helper()
	var b bytes.Buffer
	if err := kambitest.WriteNDJSON(&b, kambitest.GenConfig{Seed: 9, Events: 4, Offers: 3}, n); err != nil {
		t.Fatal(err)
	}
	f := &fixture{}
	f.add(1, 0, "", &schema.Claim{Nonce: "11", Who: "site"})
	seq := int64(0)
	for text := range strings.Lines(b.String()) {
		seq++
		if err := f.message(1, seq, strings.TrimSpace(text)); err != nil {
			t.Fatal(err)
		}
	}
	return f.records
}

// newSite journals n messages and folds them in four starts, so that the store
// has tables, a log and several checkpoints.
func newSite(t testing.TB, fs vfs.FS, n int) (*site, siteEnd) {
	t.Helper()
	s, records := &site{fs}, siteRecords(t, n)
	const starts = 4
	for part := range slices.Chunk(records, len(records)/starts+1) {
		if err := s.append(part); err != nil {
			t.Fatal(err)
		}
		if err := s.run(nil); err != nil {
			t.Fatal(err)
		}
	}
	end, err := s.end()
	if err != nil || end.next != int64(len(records))+1 || len(end.outputs) == 0 {
		t.Fatalf("the site ends at %d with %d outputs: %v", end.next, len(end.outputs), err)
	}
	return s, end
}

func (s *site) openJournal(readOnly bool) (*local.Journal, error) {
	return local.Open(siteJournal, local.Options{FS: s.fs, SegmentBytes: 6 << 10, ReadOnly: readOnly})
}

// append journals records, one commit for a few of them.
func (s *site) append(records []journal.Record) (err error) {
	ctx := context.Background()
	j, err := s.openJournal(false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	err = errors.Join(projection.Genesis(ctx, j, sitePart.Topic, 1, fixtureTime), j.Create(ctx, surfacedTopic(sitePart.Topic), 1))
	for batch := range slices.Chunk(records, 7) {
		if err == nil {
			_, err = journal.AppendWait(ctx, j, sitePart, batch...)
		}
	}
	return err
}

// run does what the command does without a feed: it opens everything to write,
// folds, publishes and commits all there is. A store that cannot go on calls
// fatal.
func (s *site) run(fatal func(error)) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	j, err := s.openJournal(false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	source, err := projection.FindSource(ctx, j, sitePart)
	if err != nil {
		return err
	}
	if err := projection.Genesis(ctx, j, sitePart.Topic, source.Topic.Partitions, fixtureTime); err != nil {
		return err
	}
	if err := j.Create(ctx, surfacedTopic(sitePart.Topic), source.Topic.Partitions); err != nil {
		return err
	}
	state := offering.New()
	store, err := snapshots.Open(siteStore, projection.Identity(source, state), snapshots.Options{FS: s.fs, Fatal: fatal})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	runner, err := projection.NewRunner(ctx, projection.Config{
		Journal: j, Source: source, Projection: state, Store: store,
		Output: surfacedTopic(sitePart.Topic), Records: 40, Interval: 2 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	_, end, err := j.Bounds(ctx, sitePart)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		for st := runner.Status(); running.Err() == nil && (st.Next < end || !st.Settled); st = runner.Status() {
			time.Sleep(100 * time.Microsecond)
		}
		stop()
	}()
	if err := runner.Run(running); err != nil || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	return nil
}

// verify does what the command does.
func (s *site) verify() (err error) {
	j, err := s.openJournal(true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	source, err := projection.FindSource(context.Background(), j, sitePart)
	if err != nil {
		return err
	}
	_, c, err := s.load(source)
	if err != nil {
		return err
	}
	_, err = replay.Verify(context.Background(), replay.Config{Journal: j, Source: source, Projection: offering.New()}, c)
	return err
}

// load reads the store and proves it.
func (s *site) load(source projection.Source) (state *offering.Offering, c *projection.Checkpoint, err error) {
	state = offering.New()
	store, err := snapshots.Open(siteStore, projection.Identity(source, state), snapshots.Options{FS: s.fs, ReadOnly: true})
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if c, err = projection.LoadCheckpoint(store); err != nil {
		return nil, nil, err
	}
	if c == nil {
		return nil, nil, &notFoundError{fmt.Errorf("store %s has no checkpoint yet", siteStore)}
	}
	f := projection.NewFold(source, state, nil)
	return state, c, f.Restore(c, func(each func(key, value []byte) error) error { return store.Each(snapshots.State, each) })
}

// end is where a site that ran stands: the proved state, and all outputs once.
func (s *site) end() (end siteEnd, err error) {
	j, err := s.openJournal(true)
	if err != nil {
		return end, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	source, err := projection.FindSource(context.Background(), j, sitePart)
	if err != nil {
		return end, err
	}
	state, c, err := s.load(source)
	if err != nil {
		return end, err
	}
	end.next, end.hash = c.Next, c.Hash.String()
	var export strings.Builder
	if err := state.Export(&export); err != nil {
		return end, err
	}
	end.export = export.String()
	out := journal.Partition{Topic: surfacedTopic(sitePart.Topic)}
	_, last, err := j.Bounds(context.Background(), out)
	if err != nil {
		return end, err
	}
	return end, journal.ReadRange(context.Background(), j, out, 0, last, func(r *journal.Record) error {
		if r.Seq == int64(len(end.outputs)) { // lower ones are leavings of a restart
			end.outputs = append(end.outputs, string(r.Key)+"="+string(r.Value))
		}
		return nil
	})
}
