package main

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"time"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/local"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/offering"
	"github.com/deadheat-io/deadheat/replay"
	"github.com/deadheat-io/deadheat/snapshots"
)

// open opens a journal of its own.
func (b *bencher) open(name string) (journal.Journal, error) {
	if b.prefix != "" {
		return b.openKafka(name)
	}
	return local.Open(filepath.Join(b.dir, name), local.Options{})
}

func (b *bencher) newJournal(dir, topic string) (journal.Journal, journal.Partition, error) {
	j, err := b.open(dir)
	if err != nil {
		return nil, journal.Partition{}, err
	}
	if err := projection.Genesis(b.ctx, j, topic, 1, time.Now()); err != nil {
		return nil, journal.Partition{}, err
	}
	return j, journal.Partition{Topic: topic}, nil
}

func benchRecord(i int) journal.Record {
	w := codec.NewWriter()
	w.Bin(make([]byte, appendSize-24))
	return journal.Record{Kind: schema.KindFeedUp, Lane: "feed", Epoch: 1, Seq: int64(i), Time: 1, Key: []byte("key"), Body: w.Bytes()}
}

// bench is a running fold of a journal, as `run` has it.
type bench struct {
	j      journal.Journal
	p      journal.Partition
	source projection.Source
	store  *snapshots.Store
	runner *projection.Runner
	stop   func() error
}

func (b *bencher) startFold(dir string, hooks projection.Hooks, every int64, interval time.Duration) (*bench, error) {
	return b.startKind(&kinds[0], dir, feedPrefix+"bench", hooks, every, interval)
}

func (b *bencher) startKind(k *kind, dir, topic string, hooks projection.Hooks, every int64, interval time.Duration) (*bench, error) {
	j, p, err := b.newJournal(dir, topic)
	if err != nil {
		return nil, err
	}
	if every == 0 {
		every = k.every
	}
	x := &bench{j: j, p: p}
	if x.source, err = projection.FindSource(b.ctx, j, p); err != nil {
		return nil, err
	}
	out := k.output(p.Topic)
	if err := j.Create(b.ctx, out, 1); err != nil {
		return nil, err
	}
	state := k.fresh()
	if x.store, err = snapshots.Open(filepath.Join(b.dir, dir+"-store"), projection.Identity(x.source, state), snapshots.Options{}); err != nil {
		return nil, err
	}
	x.runner, err = projection.NewRunner(b.ctx, projection.Config{
		Journal: j, Source: x.source, Projection: state, Store: x.store, Output: out, Hooks: hooks, Records: every, Interval: interval,
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(b.ctx)
	done := make(chan error, 1)
	go func() { done <- x.runner.Run(ctx) }()
	x.stop = func() error { cancel(); return <-done }
	return x, nil
}

// feed measures the way of a message: JSON text decoded, appended and synced,
// read back, folded, committed, with everything surfaced published.
func (b *bencher) feed() error { return b.feedOn("") }

func (b *bencher) feedOn(where string) error {
	lines, err := b.lines()
	if err != nil {
		return err
	}
	x, err := b.startFold(where+"feed", projection.Hooks{}, 0, 0)
	if err != nil {
		return err
	}
	defer x.j.Close()
	defer x.store.Close()
	took, err := b.pumpAll(x, lines)
	if err != nil {
		return err
	}
	b.result(where+"FeedDecodedJournalledApplied", len(lines), took, perSecond(len(lines), took), "messages/s")
	if err := x.stop(); err != nil {
		return err
	}
	return b.replays(x, where)
}

// pumpAll sends all messages through a pump and waits until they are settled.
func (b *bencher) pumpAll(x *bench, lines [][]byte) (time.Duration, error) {
	lane, err := journal.OpenLane(b.ctx, journal.LaneConfig{
		Journal: x.j, Partition: x.p, Name: journal.LaneFeed, Fold: x.runner, Encode: codec.Body,
	})
	if err != nil {
		return 0, err
	}
	pump := ingest.NewPump(ingest.PumpConfig{Lane: lane})
	defer pump.Close(b.ctx)
	decoder := kambijson.NewDecoder()
	start := time.Now()
	for _, line := range lines {
		body, err := decoder.Decode(line, schema.FlowRealtime)
		if err != nil {
			return 0, err
		}
		item := ingest.Item{Body: body, Time: time.Now().UnixNano(), Size: len(line)}
		if m, ok := body.(*schema.Message); ok {
			item.Key = kambijson.Key(m)
		}
		if err := pump.Put(b.ctx, item); err != nil {
			return 0, err
		}
	}
	return b.settle(x, pump, start)
}

// settle waits until everything that a pump was given is journalled, folded,
// committed and published.
func (b *bencher) settle(x *bench, pump *ingest.Pump, start time.Time) (time.Duration, error) {
	if err := pump.Flush(b.ctx); err != nil {
		return 0, err
	}
	_, end, err := x.j.Bounds(b.ctx, x.p)
	if err != nil {
		return 0, err
	}
	return waitSettled(b.ctx, x.runner, end, start)
}

func waitSettled(ctx context.Context, r *projection.Runner, end int64, start time.Time) (time.Duration, error) {
	for s := r.Status(); s.Next < end || !s.Settled; s = r.Status() {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		time.Sleep(200 * time.Microsecond)
	}
	return time.Since(start), nil
}

// replays folds the same journal again, beside a loop that only reads it.
func (b *bencher) replays(x *bench, where string) error {
	_, end, err := x.j.Bounds(b.ctx, x.p)
	if err != nil {
		return err
	}
	n := int(end)
	start := time.Now()
	if err := journal.ReadRange(b.ctx, x.j, x.p, 0, end, func(*journal.Record) error { return nil }); err != nil {
		return err
	}
	read := time.Since(start)
	b.result(where+"BareRead", n, read, perSecond(n, read), "records/s")
	start = time.Now()
	_, err = replay.Run(b.ctx, replay.Config{Journal: x.j, Source: x.source, Projection: offering.New(), To: end})
	if err != nil {
		return err
	}
	took := time.Since(start)
	b.result(where+"Replay", n, took, perSecond(n, took), "records/s", read.Seconds()/took.Seconds(), "of_bare_read")
	return nil
}

// checkpoint folds one journal with cadences from none to often, and hashes
// every key of a state.
func (b *bencher) checkpoint() error {
	lines, err := b.lines()
	if err != nil {
		return err
	}
	x, err := b.startFold("checkpoint", projection.Hooks{}, 0, 0)
	if err != nil {
		return err
	}
	defer x.j.Close()
	defer x.store.Close()
	if _, err := b.pumpAll(x, lines); err != nil {
		return err
	}
	if err := x.stop(); err != nil {
		return err
	}
	_, end, err := x.j.Bounds(b.ctx, x.p)
	if err != nil {
		return err
	}
	// Each way takes its turn twice, and the better time counts.
	best := map[int64]time.Duration{}
	cadences := []int64{1 << 40, 20_000, 1_000}
	for round := range 2 {
		for _, every := range cadences {
			took, err := b.foldWith(x, every, end, round)
			if err != nil {
				return err
			}
			if best[every] == 0 || took < best[every] {
				best[every] = took
			}
		}
	}
	none := best[1<<40]
	b.result("FoldWithOneCheckpoint", int(end), none, perSecond(int(end), none), "records/s")
	for _, every := range cadences[1:] {
		b.result("FoldWithCheckpointEvery/"+itoa(every), int(end), best[every], perSecond(int(end), best[every]), "records/s",
			100*(best[every].Seconds()/none.Seconds()-1), "%_overhead")
	}
	return b.hashKeys(x, end)
}

// foldWith folds a journal that is there, as `run` does, with a checkpoint every
// so many records. The time is that until everything is committed.
func (b *bencher) foldWith(x *bench, every, end int64, round int) (time.Duration, error) {
	state := offering.New()
	dir := filepath.Join(b.dir, "cadence", itoa(every), itoa(int64(round)))
	store, err := snapshots.Open(dir, projection.Identity(x.source, state), snapshots.Options{})
	if err != nil {
		return 0, err
	}
	defer store.Close()
	runner, err := projection.NewRunner(b.ctx, projection.Config{
		Journal: x.j, Source: x.source, Projection: state, Store: store, Records: every, Interval: time.Hour,
	})
	if err != nil {
		return 0, err
	}
	runtime.GC()
	start := time.Now()
	ctx, cancel := context.WithCancel(b.ctx)
	done := make(chan error, 1)
	go func() { done <- runner.Run(ctx) }()
	if _, err := runner.Lane(ctx, end, journal.LaneFeed); err != nil {
		cancel()
		return 0, errors.Join(err, <-done)
	}
	cancel() // writes the last checkpoint
	if err := <-done; err != nil {
		return 0, err
	}
	return time.Since(start), nil
}

// hashKeys measures the state hash alone, on keys and values of a real state.
func (b *bencher) hashKeys(x *bench, end int64) error {
	state := offering.New()
	fold := projection.NewFold(x.source, state, nil)
	if err := journal.ReadRange(b.ctx, x.j, x.p, 0, end, fold.Apply); err != nil {
		return err
	}
	type pair struct{ key, value []byte }
	var pairs []pair
	bytes := 0
	fold.Hash(func(key, value []byte) {
		pairs = append(pairs, pair{append([]byte(nil), key...), append([]byte(nil), value...)})
		bytes += len(key) + len(value)
	})
	var hash projection.StateHash
	cells := make([]projection.Cell, len(pairs))
	const rounds = 20
	runtime.GC()
	start := time.Now()
	for range rounds {
		for i := range pairs {
			hash.Put(pairs[i].key, pairs[i].value, &cells[i])
		}
	}
	took := time.Since(start)
	b.result("StateHashPerDirtyKey", rounds*len(pairs), took, float64(bytes)/float64(len(pairs)), "bytes/key")
	return nil
}
