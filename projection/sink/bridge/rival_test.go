package bridge_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection/book"
	"github.com/deadheat-io/deadheat/projection/sink/bridge"
)

// rival is a second process on the same journal.
func (p *process) rival(t *testing.T, change func(*bridge.Config)) *process {
	q := start(p.fail, p.fs, "b", p.j, change)
	t.Cleanup(q.stop)
	return q
}

// overtaken changes an offer until the bridge of a process has noticed that it was
// overtaken, which it does when it is the first that has something to say.
func (p *process) overtaken(q *process, feed *journal.Lane) {
	n := 0
	q.until("the stand-by", func() bool {
		n++
		p.put(feed, "1", p.status(1, []string{"OPEN", "SUSPENDED"}[n%2]))
		return q.bridge.Stats().Standby
	})
}

// The lane is its last claimer's. The other bridge says so once and does nothing
// more.
func TestAnOvertakenBridgeStandsBy(t *testing.T) {
	var log syncBuffer
	p := newProcess(t, func(c *bridge.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	feed := p.feedLane()
	p.put(feed, "t", p.up()...)
	p.put(feed, "1", p.offer(1, "OPEN"), p.offer(2, "OPEN"))
	p.untilStates(markets{"1": "open", "2": "open"})
	p.settle()
	q := p.rival(t, nil)
	q.settle()
	p.overtaken(p, feed)
	p.put(feed, "1", p.status(1, "SUSPENDED"))
	p.untilStates(markets{"1": "halted", "2": "open"})
	p.put(feed, "1", p.status(1, "OPEN"), p.status(2, "CLOSED"))
	p.untilStates(markets{"1": "open", "2": "closed"})
	q.settle()
	if n := strings.Count(log.String(), "standing by"); n != 1 || q.bridge.Stats().Standby {
		t.Errorf("told %d times, the rival: %+v", n, q.bridge.Stats())
	}
	p.restart(nil)
	feed = p.feedLane()
	p.overtaken(q, feed)
	p.put(feed, "1", p.status(1, "SUSPENDED"))
	p.untilStates(markets{"1": "halted", "2": "closed"})
}

// Two bridges that know nothing of each other, each in a lane of its own, come to
// the same as one.
func TestTwoBridgesAtOnce(t *testing.T) {
	p := newProcess(t, nil)
	q := p.rival(t, func(c *bridge.Config) { c.Lane = "bridge/other" })
	feed := p.feedLane()
	p.put(feed, "t", p.up()...)
	rng := rand.New(rand.NewPCG(9, 9))
	status := []string{"OPEN", "OPEN", "SUSPENDED"}
	done := map[int64]bool{}
	for range 600 {
		id := 1 + rng.Int64N(40)
		switch n := rng.IntN(40); {
		case n == 0:
			p.put(feed, "t", &schema.FeedDown{Source: "t"})
			p.put(feed, "t", p.up()...)
		case done[id]:
		case n == 1:
			done[id] = true
			p.put(feed, "1", p.gone(id))
		case n < 20:
			p.put(feed, "1", p.offer(id, status[rng.IntN(3)]))
		default:
			p.put(feed, "1", p.status(id, status[rng.IntN(3)]))
		}
		switch rng.IntN(8) { // now one is ahead, now the other
		case 0:
			p.settle()
		case 1:
			q.settle()
		}
	}
	p.until("the right states", func() bool {
		p.settle()
		q.settle()
		return p.wrong(true, nil) == "" && q.wrong(true, nil) == ""
	})
	t.Logf("one: %+v, the other: %+v", p.bridge.Stats(), q.bridge.Stats())
	if n := len(p.commands()); n < 100 {
		t.Errorf("only %d commands", n)
	}
	for _, s := range []bridge.Stats{p.bridge.Stats(), q.bridge.Stats()} {
		if s.Standby || s.Refused+s.Reopened != 0 {
			t.Errorf("counted were %+v", s)
		}
	}
}

// Of one decision made twice, the book takes one; of an old one, nothing.
func TestTheBookDropsRepetitionsAndOldCauses(t *testing.T) {
	p := newProcess(t, nil)
	feed := p.feedLane()
	p.put(feed, "t", p.up()...)
	p.put(feed, "1", p.offer(1, "OPEN"))
	p.untilStates(markets{"1": "open"})
	p.put(feed, "1", p.status(1, "SUSPENDED"))
	p.untilStates(markets{"1": "halted"})
	part := journal.Partition{Topic: ordersTopic, Index: partitionOf("1", partitions)}
	other := p.lane("bridge/other", part, p.books[part.Index])
	commands := p.commands()
	rejected := func() (n int64) {
		p.ok(p.books.visit(p.ctx, part.Index, func(b *book.Book) { n = b.Stats().Rejected }))
		return n
	}
	before := rejected()
	last := commands[len(commands)-1]
	undo := last
	undo.Action = schema.MarketResume
	p.put(other, "1", &last, &undo, &commands[0])
	p.untilStates(markets{"1": "halted"})
	if n := rejected() - before; n != 3 {
		t.Errorf("%d of 3 were rejected", n)
	}
}

// stale is a view of the books as they once were, for as long as it is held.
type stale struct {
	books
	mu   sync.Mutex
	held map[string]bridge.Taken
	asks int
}

func (s *stale) Taken(ctx context.Context, p int32, source journal.Partition, markets []string) ([]bridge.Taken, error) {
	list, err := s.books.Taken(ctx, p, source, markets)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asks++
	for i, id := range markets {
		if t, ok := s.held[id]; ok && i < len(list) {
			list[i] = t
			delete(s.held, id)
		}
	}
	return list, err
}

func (s *stale) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asks
}

// A bridge that decides on what has passed is told by the book, waits until it
// knows as much, and finds nothing to do.
func TestABridgeThatIsBehindIsStale(t *testing.T) {
	old := &stale{held: map[string]bridge.Taken{}}
	p := newProcess(t, func(c *bridge.Config) { old.books = c.Books.(books); c.Books = old })
	feed := p.feedLane()
	p.put(feed, "t", p.up()...)
	p.put(feed, "1", p.offer(1, "OPEN"))
	p.untilStates(markets{"1": "open"})
	p.settle()
	part := journal.Partition{Topic: ordersTopic, Index: partitionOf("1", partitions)}
	taken, err := p.books.Taken(p.ctx, part.Index, feedPartition, []string{"1"})
	p.ok(err)
	// Another one, which has read four records more of the feed, closes the market.
	_, end, err := p.j.Bounds(p.ctx, feedPartition)
	p.ok(err)
	ahead := schema.Cause{Topic: feedPartition.Topic, Offset: end + 3}
	p.put(p.lane("bridge/other", part, p.books[part.Index]), "1", &schema.Market{Action: schema.MarketHalt, Cause: schema.Some(ahead)})
	p.untilStates(markets{"1": "halted"})
	old.mu.Lock()
	old.held["1"] = taken[0]
	old.mu.Unlock()
	p.put(feed, "1", p.status(1, "SUSPENDED"))
	p.until("the stale command", func() bool { return p.bridge.Stats().Stale == 1 })
	p.put(feed, "1", p.status(1, "OPEN")) // behind what the other knew
	_, err = p.feed.Lane(p.ctx, end+2, "")
	p.ok(err)
	asked, commands := old.asked(), len(p.commands())
	p.until("the wait", func() bool { return p.bridge.Stats().Waiting == 1 && old.asked() > asked+3 })
	if have := p.states()["1"]; have != "halted" || len(p.commands()) != commands {
		t.Errorf("the market is %s, after %d commands too many", have, len(p.commands())-commands)
	}
	p.put(feed, "1", p.status(9, "OPEN"), p.status(9, "OPEN"), p.status(9, "OPEN"))
	p.untilStates(markets{"1": "open"})
	p.settle()
	if s := p.bridge.Stats(); s.Waiting != 0 || s.Stale != 1 {
		t.Errorf("counted were %+v", s)
	}
}

// flaky is a journal whose appends of market commands may fail: lost, or landed
// and nobody was told. Claims come through.
type flaky struct {
	journal.Journal
	mu   sync.Mutex
	rng  *rand.Rand
	odds int // one in so many fails; 0 none
	lost int
	kept int
}

var errFlaky = errors.New("the broker does not answer")

func (f *flaky) Append(ctx context.Context, p journal.Partition, records []journal.Record, done func(int64, error)) error {
	f.mu.Lock()
	fails := f.odds > 0 && records[0].Kind == schema.KindMarket && f.rng.IntN(f.odds) == 0
	lands := f.rng.IntN(2) == 0
	if fails && lands {
		f.kept++
	} else if fails {
		f.lost++
	}
	f.mu.Unlock()
	unknown := &journal.UnknownError{Partition: p, Err: errFlaky}
	switch {
	case !fails:
		return f.Journal.Append(ctx, p, records, done)
	case lands:
		return f.Journal.Append(ctx, p, records, func(int64, error) { done(0, unknown) })
	}
	go done(0, unknown)
	return nil
}

func TestAppendsThatAreLost(t *testing.T) {
	f := &flaky{rng: rand.New(rand.NewPCG(3, 4)), odds: 2}
	p := newProcess(t, func(c *bridge.Config) {
		f.Journal, c.Journal, c.Retry = c.Journal, f, time.Millisecond
	})
	feed := p.feedLane()
	p.put(feed, "t", p.up()...)
	var first []schema.Body
	for id := range int64(30) {
		first = append(first, p.offer(id+1, "OPEN"))
	}
	p.put(feed, "1", first...)
	status := []string{"OPEN", "SUSPENDED"}
	for round := range 12 {
		for id := range int64(30) {
			p.put(feed, "1", p.status(id+1, status[(int(id)+round)%2]))
		}
		p.settle()
	}
	f.mu.Lock()
	f.odds = 0
	t.Logf("%d appends lost, %d landed in silence, %+v", f.lost, f.kept, p.bridge.Stats())
	if f.lost == 0 || f.kept == 0 {
		t.Error("nothing failed")
	}
	f.mu.Unlock()
	p.until("the right states", func() bool { p.settle(); return p.wrong(true, nil) == "" })
	if s := p.bridge.Stats(); s.Standby || s.Failed == 0 || s.Refused != 0 {
		t.Errorf("counted were %+v", s)
	}
}

// What the book does not take is told once and tried again when the offer changes.
func TestOneMarketTooMany(t *testing.T) {
	var log syncBuffer
	p := newProcess(t, func(c *bridge.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	part := journal.Partition{Topic: ordersTopic, Index: partitionOf("1", partitions)}
	limits := func(n int64) {
		p.put(p.lane(journal.LaneOperator, part, p.books[part.Index]), "", &schema.BookLimits{Markets: schema.Some(n)})
	}
	limits(1)
	feed := p.feedLane()
	p.put(feed, "t", p.up()...)
	var same []int64
	for id := int64(1); len(same) < 2; id++ {
		if partitionOf(fmt.Sprint(id), partitions) == part.Index {
			same = append(same, id)
		}
	}
	p.put(feed, "1", p.offer(same[0], "OPEN"))
	p.untilStates(markets{fmt.Sprint(same[0]): "open"})
	p.put(feed, "1", p.offer(same[1], "OPEN"))
	p.until("the refusal", func() bool { return p.bridge.Stats().Refused == 1 })
	p.settle()
	limits(2)
	p.put(feed, "1", p.status(same[1], "SUSPENDED"))
	p.put(feed, "1", p.status(same[1], "OPEN"))
	p.untilStates(markets{fmt.Sprint(same[0]): "open", fmt.Sprint(same[1]): "open"})
	if n := strings.Count(log.String(), "does not take"); n != 1 {
		t.Errorf("told %d times: %s", n, log.String())
	}
}
