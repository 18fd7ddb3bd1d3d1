package projection_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/local"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/snapshots"
)

// tally counts records by key, and surfaces every count.
type tally struct {
	rules  int64
	counts map[string]int64
	cells  map[string]*projection.Cell
	dirty  map[string]bool
	lie    int64 // added to what is surfaced: another build
}

func newTally() *tally {
	return &tally{rules: 1, counts: map[string]int64{}, cells: map[string]*projection.Cell{}, dirty: map[string]bool{}}
}

func (p *tally) Name() string { return "tally" }
func (p *tally) Rules() int64 { return p.rules }

func (p *tally) Apply(r *journal.Record, emit projection.Emit) error {
	k := string(r.Key)
	p.counts[k]++
	p.dirty[k] = true
	if p.cells[k] == nil {
		p.cells[k] = new(projection.Cell)
	}
	emit(r.Key, &schema.SnapshotEnd{Source: k, Offset: p.counts[k] + p.lie})
	return nil
}

func (p *tally) Load(key, value []byte, d projection.Digest) error {
	cell := projection.Loaded(d)
	p.cells[string(key)] = &cell
	r := codec.Read(value)
	p.counts[string(key)] = r.Int()
	return r.Done()
}

func (p *tally) Dirty(put func(key, value []byte, cell *projection.Cell)) {
	for _, k := range slices.Sorted(maps.Keys(p.dirty)) {
		w := codec.NewWriter()
		w.Int(p.counts[k])
		put([]byte(k), w.Bytes(), p.cells[k])
	}
	clear(p.dirty)
}

var (
	in  = journal.Partition{Topic: "in"}
	out = journal.Partition{Topic: "out"}
)

// rig is a journal and a store on file systems in memory.
type rig struct {
	t       testing.TB
	files   *vfs.MemFS // of the journal
	journal *local.Journal
	store   vfs.FS
	seq     int64
}

func newRig(t testing.TB) *rig {
	r := &rig{t: t, files: vfs.NewCrashableMem(), store: vfs.NewMem()}
	r.journal = r.open(r.files)
	ctx := context.Background()
	r.ok(projection.Genesis(ctx, r.journal, in.Topic, 1, time.Unix(1, 0)))
	r.ok(r.journal.Create(ctx, out.Topic, 1))
	r.append(journal.Record{Kind: schema.KindClaim, Lane: "feed", Epoch: 1, Body: codec.Body(&schema.Claim{Nonce: "n"})})
	return r
}

func (r *rig) open(fs vfs.FS) *local.Journal {
	r.t.Helper()
	j, err := local.Open("j", local.Options{FS: fs})
	r.ok(err)
	r.t.Cleanup(func() { r.ok(j.Close()) })
	return j
}

func (r *rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) append(records ...journal.Record) {
	r.t.Helper()
	_, err := journal.AppendWait(context.Background(), r.journal, in, records...)
	r.ok(err)
}

// add journals n records.
func (r *rig) add(n int) {
	r.t.Helper()
	for range n {
		r.seq++
		r.append(journal.Record{
			Kind: schema.KindFeedUp, Lane: "feed", Epoch: 1, Seq: r.seq, Time: r.seq,
			Key: fmt.Append(nil, r.seq%3), Body: codec.Body(&schema.FeedUp{Source: "s"}),
		})
	}
}

func (r *rig) config(p projection.Projection) projection.Config {
	r.t.Helper()
	source, err := projection.FindSource(context.Background(), r.journal, in)
	r.ok(err)
	store, err := snapshots.Open("s", projection.Identity(source, p), snapshots.Options{FS: r.store})
	r.ok(err)
	return projection.Config{
		Journal: r.journal, Source: source, Projection: p, Store: store, Output: out.Topic, Records: 5, Interval: time.Millisecond,
	}
}

// run folds until the condition holds, or until the runner stops by itself, and
// returns why it did.
func (r *rig) run(c projection.Config, until func(projection.Status) bool) error {
	r.t.Helper()
	defer func() { r.ok(c.Store.Close()) }()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	runner, err := projection.NewRunner(ctx, c)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- runner.Run(ctx) }()
	for !until(runner.Status()) {
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
			r.t.Fatalf("stuck at %+v", runner.Status())
		case <-time.After(100 * time.Microsecond):
		}
	}
	cancel()
	return <-done
}

// all folds, commits and publishes everything.
func (r *rig) all(p projection.Projection) error {
	r.t.Helper()
	_, end, err := r.journal.Bounds(context.Background(), in)
	r.ok(err)
	return r.run(r.config(p), func(s projection.Status) bool { return s.Next == end && s.Settled })
}

// outputs reads the output topic.
func (r *rig) outputs() (list []journal.Record) {
	r.t.Helper()
	_, end, err := r.journal.Bounds(context.Background(), out)
	r.ok(err)
	r.ok(journal.ReadRange(context.Background(), r.journal, out, 0, end, func(rec *journal.Record) error {
		list = append(list, *rec)
		return nil
	}))
	return list
}
