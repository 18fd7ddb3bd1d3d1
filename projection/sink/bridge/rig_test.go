package bridge_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/local"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/book"
	"github.com/deadheat-io/deadheat/projection/offering"
	"github.com/deadheat-io/deadheat/projection/sink/bridge"
	"github.com/deadheat-io/deadheat/snapshots"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ordersTopic = "orders"
	partitions  = 3
)

var feedPartition = journal.Partition{Topic: "feed.t"}

func partitionOf(market string, count int32) int32 {
	h := fnv.New64a()
	h.Write([]byte(market))
	return int32(h.Sum64() % uint64(count))
}

// books joins the runners of books with the bridge.
type books []*projection.Runner

func (b books) Fold(p int32) journal.Fold { return b[p] }

func (b books) visit(ctx context.Context, p int32, f func(*book.Book)) error {
	return b[p].Do(ctx, func(v *projection.View) { f(v.Projection.(*book.Book)) })
}

func (b books) Taken(ctx context.Context, p int32, source journal.Partition, markets []string) ([]bridge.Taken, error) {
	list := make([]bridge.Taken, len(markets))
	err := b.visit(ctx, p, func(b *book.Book) {
		for i, id := range markets {
			t, known, closed := b.Taken(id, source.Topic, source.Index)
			list[i] = bridge.Taken{Known: known, Closed: closed, Cause: t.Cause, Action: t.Action}
		}
	})
	return list, err
}

func (b books) Open(ctx context.Context, p int32, source journal.Partition) (list []string, err error) {
	err = b.visit(ctx, p, func(b *book.Book) {
		for id := range b.TakenFrom(source.Topic, source.Index) {
			list = append(list, id)
		}
	})
	return list, err
}

// process is what one process runs: folds of the feed and of the books, and a
// bridge between them. Folds of a second process have stores of their own.
type process struct {
	fail   func(error) // ends the test
	fs     *vfs.MemFS
	name   string
	j      journal.Journal
	feed   *projection.Runner
	books  books
	bridge *bridge.Bridge
	ctx    context.Context
	cancel context.CancelFunc
	wg     *sync.WaitGroup
	died   *atomic.Pointer[error] // of a goroutine
	stores []*snapshots.Store
	seq    int64 // of feed offsets
}

func (p *process) ok(err error) {
	if err != nil {
		p.fail(err)
	}
}

// openJournal opens the journal of a file system, with its topics.
func openJournal(fs vfs.FS) (*local.Journal, error) {
	j, err := local.Open("journal", local.Options{FS: fs})
	if err != nil {
		return nil, err
	}
	return j, errors.Join(
		projection.Genesis(context.Background(), j, feedPartition.Topic, 1, time.Unix(1, 0)),
		projection.Genesis(context.Background(), j, ordersTopic, partitions, time.Unix(1, 0)),
	)
}

// start runs a process on a journal; change may change the bridge's settings.
func start(fail func(error), fs *vfs.MemFS, name string, j journal.Journal, change func(*bridge.Config)) *process {
	p := &process{fail: fail, fs: fs, name: name, j: j, wg: new(sync.WaitGroup), died: new(atomic.Pointer[error])}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.feed = p.runner(feedPartition, offering.New())
	for i := range int32(partitions) {
		p.books = append(p.books, p.runner(journal.Partition{Topic: ordersTopic, Index: i}, book.New()))
	}
	c := bridge.Config{
		Journal: j, Source: feedPartition, Feed: p.feed, Name: "t",
		Orders: ordersTopic, Partitions: partitions, PartitionOf: partitionOf, Books: p.books,
	}
	if change != nil {
		change(&c)
	}
	var err error
	p.bridge, err = bridge.New(c)
	p.ok(err)
	p.run(p.bridge.Run)
	return p
}

func (p *process) run(f func(context.Context) error) {
	p.wg.Add(1)
	go func() {
		defer p.wg.Done()
		if err := f(p.ctx); err != nil && p.ctx.Err() == nil {
			p.died.Store(&err)
		}
	}()
}

// runner folds a partition, with a checkpoint every few records.
func (p *process) runner(part journal.Partition, proj projection.Projection) *projection.Runner {
	source, err := projection.FindSource(p.ctx, p.j, part)
	p.ok(err)
	dir := fmt.Sprintf("%s-%s-%d", p.name, part.Topic, part.Index)
	store, err := snapshots.Open(dir, projection.Identity(source, proj), snapshots.Options{FS: p.fs})
	p.ok(err)
	p.stores = append(p.stores, store)
	r, err := projection.NewRunner(p.ctx, projection.Config{
		Journal: p.j, Source: source, Projection: proj, Store: store, Records: 50, Interval: 5 * time.Millisecond,
	})
	p.ok(err)
	p.run(r.Run)
	return r
}

// stop ends a process in good order; its journal stays open.
func (p *process) stop() {
	p.cancel()
	p.wg.Wait()
	p.alive()
	for _, s := range p.stores {
		p.ok(s.Close())
	}
}

// alive ends the test if something that must run does not.
func (p *process) alive() {
	if err := p.died.Load(); err != nil {
		p.fail(*err)
	}
}

// lane opens a lane as another writer does.
func (p *process) lane(name string, part journal.Partition, fold journal.Fold) *journal.Lane {
	l, err := journal.OpenLane(p.ctx, journal.LaneConfig{Journal: p.j, Partition: part, Name: name, Fold: fold, Encode: codec.Body})
	p.ok(err)
	return l
}

func (p *process) feedLane() *journal.Lane { return p.lane(journal.LaneFeed, feedPartition, p.feed) }

// put journals bodies in one append, and waits until they are durable.
func (p *process) put(l *journal.Lane, key string, bodies ...schema.Body) {
	entries := make([]journal.Entry, len(bodies))
	for i, b := range bodies {
		entries[i] = journal.Entry{Kind: b.RecordKind(), Time: int64(i + 1), Key: []byte(key), Body: codec.Body(b)}
	}
	done := make(chan error, 1)
	p.ok(l.Append(p.ctx, entries, func(_ int64, err error) { done <- err }))
	p.ok(<-done)
}

// operate lets an operator do something to a market.
func (p *process) operate(market string, action schema.MarketAction) {
	part := journal.Partition{Topic: ordersTopic, Index: partitionOf(market, partitions)}
	p.put(p.lane(journal.LaneOperator, part, p.books[part.Index]), market, &schema.Market{Action: action})
}

// offer is a full message about an offer.
func (p *process) offer(id int64, status string, outcomes ...int64) *schema.Message {
	p.seq++
	o := &schema.BetOffer{
		ID: id, EventID: schema.Some(id / 10), Status: schema.Some(status),
		Terms: schema.OfferTerms{Criterion: schema.Some(schema.Criterion{ID: schema.Some(id % 10)})},
	}
	for _, outcome := range outcomes {
		o.Outcomes = append(o.Outcomes, schema.Outcome{ID: outcome})
	}
	return &schema.Message{Kind: schema.KindBetOfferUpdated, Flow: schema.FlowRealtime, Offset: p.seq, ID: id, Offer: o}
}

func (p *process) status(id int64, status string) *schema.Message {
	p.seq++
	return &schema.Message{Kind: schema.KindBetOfferStatus, Flow: schema.FlowRealtime, Offset: p.seq, ID: id, Status: status}
}

func (p *process) gone(id int64) *schema.Message {
	p.seq++
	return &schema.Message{Kind: schema.KindBetOfferDeleted, Flow: schema.FlowRealtime, Offset: p.seq, ID: id}
}

// up begins a session that has nothing to catch up with.
func (p *process) up() []schema.Body {
	return []schema.Body{&schema.FeedUp{Source: "t"}, &schema.ReplayBegin{Source: "t"}, &schema.ReplayEnd{Source: "t"}}
}

// states are all markets, with "open", "halted" or "closed", once everything in
// the journal is folded.
func (p *process) states() map[string]string {
	states := make(map[string]string)
	for i := range p.books {
		_, end, err := p.j.Bounds(p.ctx, journal.Partition{Topic: ordersTopic, Index: int32(i)})
		p.ok(err)
		_, err = p.books[i].Lane(p.ctx, end, "")
		p.ok(err)
		p.ok(p.books.visit(p.ctx, int32(i), func(b *book.Book) {
			for _, id := range b.Markets() {
				m, _ := b.Market(id)
				states[id] = m.State
			}
		}))
	}
	return states
}

// patience is far more than anything here takes; only a failure waits so long.
const patience = 60 * time.Second

// until waits for a condition.
func (p *process) until(what string, cond func() bool) {
	for begin := time.Now(); !cond(); time.Sleep(time.Millisecond) {
		p.alive()
		if time.Since(begin) > patience {
			p.fail(fmt.Errorf("%s did not come; the bridge: %+v, markets: %v", what, p.bridge.Stats(), p.states()))
		}
	}
}

// untilStates waits until the markets are exactly these.
func (p *process) untilStates(want map[string]string) {
	p.until(fmt.Sprint(want), func() bool { return fmt.Sprint(p.states()) == fmt.Sprint(want) })
}

// commands counts the market commands in the journal that have a cause.
func (p *process) commands() (list []schema.Market) {
	for i := range int32(partitions) {
		part := journal.Partition{Topic: ordersTopic, Index: i}
		_, end, err := p.j.Bounds(p.ctx, part)
		p.ok(err)
		p.ok(journal.ReadRange(p.ctx, p.j, part, 0, end, func(r *journal.Record) error {
			if r.Kind != schema.KindMarket {
				return nil
			}
			body, err := codec.DecodeBody(r.Kind, r.Body)
			if err == nil && body.(*schema.Market).Cause.OK {
				list = append(list, *body.(*schema.Market))
			}
			return err
		}))
	}
	return list
}

// newProcess is a first process on an empty disk, for a test.
func newProcess(t *testing.T, change func(*bridge.Config)) *process {
	fs := vfs.NewCrashableMem()
	j, err := openJournal(fs)
	if err != nil {
		t.Fatal(err)
	}
	p := start(func(err error) { t.Helper(); t.Fatal(err) }, fs, "a", j, change)
	t.Cleanup(func() {
		p.stop()
		p.ok(p.j.Close())
	})
	return p
}

// restart ends a process in good order and begins the next on the same disk.
func (p *process) restart(change func(*bridge.Config)) {
	p.stop()
	q := start(p.fail, p.fs, p.name, p.j, change)
	q.seq = p.seq
	p.become(q)
}

// kill drops a process as it is, with what was not synced lost or half of it, and
// begins the next on what is left.
func (p *process) kill(rng *rand.Rand) {
	fs := p.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50 * rng.IntN(2), RNG: rng})
	p.stop()
	p.ok(p.j.Close())
	j, err := openJournal(fs)
	p.ok(err)
	q := start(p.fail, fs, p.name, j, nil)
	q.seq = p.seq
	p.become(q)
}

// become goes on as the next process. What a test holds stays the same.
func (p *process) become(q *process) { *p = *q }
