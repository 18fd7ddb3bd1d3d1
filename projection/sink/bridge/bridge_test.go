package bridge_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/book"
	"github.com/deadheat-io/deadheat/projection/offering"
	"github.com/deadheat-io/deadheat/projection/sink/bridge"
)

type markets = map[string]string

func TestMarketsFollowOffers(t *testing.T) {
	p := newProcess(t, nil)
	feed := p.feedLane()
	p.put(feed, "t", p.up()...)
	p.put(feed, "1", p.offer(1, "OPEN"), p.offer(2, "SUSPENDED"), p.offer(3, "CLOSED"), p.offer(4, "OPEN"))
	p.untilStates(markets{"1": "open", "4": "open"})
	p.put(feed, "1", p.status(1, "SUSPENDED"), p.status(2, "OPEN"), p.status(4, "CLOSED"))
	p.untilStates(markets{"1": "halted", "2": "open", "4": "closed"})
	p.put(feed, "1", p.status(1, "OPEN"), p.gone(2))
	p.untilStates(markets{"1": "open", "2": "closed", "4": "closed"})
	p.put(feed, "1", p.status(1, "STRANGE")) // a word that nobody knows is no reason to trade
	p.untilStates(markets{"1": "halted", "2": "closed", "4": "closed"})
	p.settle()
	if s := p.bridge.Stats(); s.Created != 3 || s.Halted != 2 || s.Resumed != 1 || s.Closed != 2 || s.Stale+s.Refused+s.Failed != 0 {
		t.Errorf("counted were %+v", s)
	}
	for _, c := range p.commands() {
		if c.Cause.V.Topic != feedPartition.Topic || !c.Reason.OK {
			t.Errorf("a command says %+v", c)
		}
	}
}

func TestMarketsAreHaltedWhileTheFeedIsDown(t *testing.T) {
	p := newProcess(t, nil)
	feed := p.feedLane()
	p.put(feed, "t", p.up()...)
	p.put(feed, "1", p.offer(1, "OPEN"), p.offer(2, "OPEN"))
	p.untilStates(markets{"1": "open", "2": "open"})
	p.put(feed, "t", &schema.FeedDown{Source: "t"})
	p.untilStates(markets{"1": "halted", "2": "halted"})
	p.put(feed, "t", &schema.FeedUp{Source: "t"})
	for _, m := range []*schema.Message{p.status(2, "SUSPENDED"), p.offer(3, "OPEN"), p.offer(4, "OPEN"), p.gone(4)} {
		m.Flow = schema.FlowReplay
		p.put(feed, "1", m)
	}
	p.restart(nil) // it is down still, says the journal
	feed = p.feedLane()
	p.settle()
	p.untilStates(markets{"1": "halted", "2": "halted"})
	p.put(feed, "t", &schema.ReplayEnd{Source: "t"})
	p.untilStates(markets{"1": "open", "2": "halted", "3": "open"})
	p.put(feed, "t", &schema.FeedDown{Source: "t"})
	p.untilStates(markets{"1": "halted", "2": "halted", "3": "halted"})
	p.put(feed, "t", &schema.FeedUp{Source: "t"}, &schema.SnapshotBegin{Source: "t"})
	p.put(feed, "1", p.offer(1, "OPEN"), p.offer(2, "OPEN"))
	p.put(feed, "t", &schema.SnapshotEnd{Source: "t", Offset: p.seq})
	p.untilStates(markets{"1": "open", "2": "open", "3": "closed"})
	tail := p.status(2, "SUSPENDED") // what a feed sends behind a snapshot, before real time begins
	tail.Flow = schema.FlowReplay
	p.put(feed, "1", tail)
	p.untilStates(markets{"1": "open", "2": "halted", "3": "closed"})
	before := len(p.commands())
	p.restart(nil)
	p.settle()
	if n := len(p.commands()); n != before {
		t.Errorf("%d commands for nothing after a restart", n-before)
	}
}

// Where the session stands is found in the journal, however far back it was said,
// and whatever a writer that lost its lane says later.
func TestTheSessionIsFoundAgain(t *testing.T) {
	p := newProcess(t, nil)
	old := p.feedLane()
	feed := p.feedLane()
	p.put(feed, "t", p.up()...)
	first := p.offer(1, "OPEN")
	first.Flow = schema.FlowReplay
	p.put(feed, "1", first)
	p.put(old, "t", &schema.FeedDown{Source: "t"}) // too late to count
	p.untilStates(markets{"1": "open"})
	commands := len(p.commands())
	again := func(what string) {
		t.Helper()
		p.restart(nil)
		p.settle()
		if n := len(p.commands()); n != commands || p.states()["1"] != "open" {
			t.Fatalf("%s: %d commands for nothing, %v", what, n-commands, p.states())
		}
	}
	again("a late record")
	p.feedLane() // says nothing, as long as no session begins
	again("a claim")
	feed = p.feedLane()
	for range 500 {
		m := p.status(9, "OPEN")
		m.Flow = schema.FlowReplay
		p.put(feed, "9", m)
	}
	again("hundreds of records")
	feed = p.feedLane()
	p.put(feed, "t", &schema.FeedDown{Source: "t"})
	p.untilStates(markets{"1": "halted"})
	p.put(feed, "t", &schema.FeedUp{Source: "t"}, &schema.SnapshotBegin{Source: "t"})
	m := p.offer(2, "OPEN")
	m.Flow = schema.FlowSnapshot
	p.put(feed, "1", m)
	p.restart(nil)
	p.settle()
	p.untilStates(markets{"1": "halted"})
}

func TestASnapshotThatRemovesAThousandOffers(t *testing.T) {
	p := newProcess(t, nil)
	feed := p.feedLane()
	p.put(feed, "t", &schema.FeedUp{Source: "t"}, &schema.SnapshotBegin{Source: "t"})
	var all []schema.Body
	want := markets{}
	for id := range int64(1010) {
		all = append(all, p.offer(id+1, "OPEN"))
		want[strconv.FormatInt(id+1, 10)] = "open"
	}
	p.put(feed, "1", all...)
	p.put(feed, "t", &schema.SnapshotEnd{Source: "t", Offset: p.seq})
	p.untilStates(want)
	p.put(feed, "t", &schema.SnapshotBegin{Source: "t"})
	for id := range int64(10) {
		p.put(feed, "1", p.offer(id+1, "OPEN"))
	}
	p.put(feed, "t", &schema.SnapshotEnd{Source: "t", Offset: p.seq})
	for id := range int64(1000) {
		want[strconv.FormatInt(id+11, 10)] = "closed"
	}
	p.untilStates(want)
	p.settle()
	if s := p.bridge.Stats(); s.Created != 1010 || s.Closed != 1000 || s.Halted+s.Resumed+s.Stale+s.Refused != 0 {
		t.Errorf("counted were %+v", s)
	}
}

func TestAMarketForEachOutcome(t *testing.T) {
	change := func(c *bridge.Config) {
		c.Mapping = bridge.Mapping{Market: "{feed}/{event}/{criterion}-{outcome}", Criteria: []int64{1, 2}, Kind: "shares", Tick: "0.05", Lot: 10}
	}
	p := newProcess(t, change)
	feed := p.feedLane()
	p.put(feed, "t", p.up()...)
	p.put(feed, "1", p.offer(11, "OPEN", 7, 8), p.offer(12, "OPEN", 9), p.offer(13, "OPEN", 10), p.offer(21, "OPEN"))
	p.untilStates(markets{"t/1/1-7": "open", "t/1/1-8": "open", "t/1/2-9": "open"})
	p.put(feed, "1", p.offer(11, "OPEN", 8, 6)) // one outcome goes, another comes
	p.untilStates(markets{"t/1/1-7": "closed", "t/1/1-8": "open", "t/1/1-6": "open", "t/1/2-9": "open"})
	p.put(feed, "1", p.status(11, "SUSPENDED"), p.gone(12))
	p.untilStates(markets{"t/1/1-7": "closed", "t/1/1-8": "halted", "t/1/1-6": "halted", "t/1/2-9": "closed"})
	p.ok(p.books.visit(p.ctx, partitionOf("t/1/1-8", partitions), func(b *book.Book) {
		if m, _ := b.Market("t/1/1-8"); m.Kind != schema.SharesMarket || m.Tick.String() != "0.05" || m.Lot != 10 {
			t.Errorf("the market is %+v", m)
		}
	}))
}

func TestAClosedMarketStaysClosed(t *testing.T) {
	var log syncBuffer
	change := func(c *bridge.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) }
	p := newProcess(t, change)
	feed := p.feedLane()
	p.put(feed, "t", p.up()...)
	p.put(feed, "1", p.offer(1, "OPEN"))
	p.untilStates(markets{"1": "open"})
	p.put(feed, "1", p.gone(1))
	p.untilStates(markets{"1": "closed"})
	p.put(feed, "1", p.offer(1, "OPEN"))
	p.until("the count", func() bool { return p.bridge.Stats().Reopened == 1 })
	p.put(feed, "1", p.status(1, "SUSPENDED"))
	p.put(feed, "1", p.status(1, "OPEN"))
	p.settle()
	p.untilStates(markets{"1": "closed"})
	if n := strings.Count(log.String(), "closed for ever"); n != 1 || p.bridge.Stats().Reopened != 1 || len(p.commands()) != 2 {
		t.Errorf("told %d times, %+v, commands %+v", n, p.bridge.Stats(), p.commands())
	}
}

func TestOffersWithoutAMarketAreSkipped(t *testing.T) {
	var log syncBuffer
	change := func(c *bridge.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
		c.Mapping.Market = strings.Repeat("x", schema.MaxID-2) + "{offer}"
	}
	p := newProcess(t, change)
	feed := p.feedLane()
	p.put(feed, "t", p.up()...)
	p.put(feed, "1", p.offer(99, "OPEN"), p.offer(100, "OPEN"))
	p.untilStates(markets{strings.Repeat("x", schema.MaxID-2) + "99": "open"})
	p.until("the count", func() bool { return p.bridge.Stats().Skipped == 1 })
	p.put(feed, "1", p.status(100, "SUSPENDED"))
	p.settle()
	if n := strings.Count(log.String(), "offer=100"); n != 1 || p.bridge.Stats().Skipped != 1 {
		t.Errorf("told %d times: %s", n, log.String())
	}
}

func TestWhatIsIgnoredIsNotLookedAt(t *testing.T) {
	p := newProcess(t, func(c *bridge.Config) {
		c.Mapping.On = bridge.On{Suspended: "ignore", Closed: "halt", Gone: "ignore", FeedDown: "ignore"}
	})
	feed := p.feedLane()
	p.put(feed, "1", p.offer(1, "OPEN"), p.offer(2, "OPEN"), p.offer(3, "OPEN"), p.offer(4, "SUSPENDED"))
	all := markets{"1": "open", "2": "open", "3": "open"}
	p.untilStates(all)
	p.put(feed, "1", p.status(1, "SUSPENDED"), p.gone(2), p.status(3, "CLOSED"))
	all["3"] = "halted"
	p.untilStates(all)
	p.put(feed, "t", &schema.FeedUp{Source: "t"}, &schema.FeedDown{Source: "t"})
	p.settle()
	p.untilStates(all)
	p.put(feed, "1", p.status(3, "SUSPENDED")) // not looked at: as if it were open
	all["3"] = "open"
	p.untilStates(all)
}

// What an operator did stays through restarts, until the offer asks for
// something else.
func TestAReconciliationUndoesNobodysHalt(t *testing.T) {
	p := newProcess(t, nil)
	feed := p.feedLane()
	p.put(feed, "t", p.up()...)
	p.put(feed, "1", p.offer(1, "OPEN"), p.offer(2, "OPEN"), p.offer(3, "OPEN"))
	p.untilStates(markets{"1": "open", "2": "open", "3": "open"})
	p.operate("1", schema.MarketHalt)
	p.operate("3", schema.MarketClose)
	p.untilStates(markets{"1": "halted", "2": "open", "3": "closed"})
	before := len(p.commands())
	for range 3 {
		p.restart(nil)
		p.settle()
		p.untilStates(markets{"1": "halted", "2": "open", "3": "closed"})
	}
	if n := len(p.commands()); n != before {
		t.Errorf("%d commands for nothing", n-before)
	}
	feed = p.feedLane()
	p.put(feed, "1", p.status(1, "SUSPENDED"))
	p.until("the halt", func() bool { return len(p.commands()) == before+1 })
	p.put(feed, "1", p.status(1, "OPEN"))
	p.untilStates(markets{"1": "open", "2": "open", "3": "closed"})
}

// A market that an operator made is taken over as it is.
func TestAMarketThatIsThereIsFollowed(t *testing.T) {
	p := newProcess(t, nil)
	part := partitionOf("1", partitions)
	p.put(p.lane(journal.LaneOperator, journal.Partition{Topic: ordersTopic, Index: part}, p.books[part]), "1",
		&schema.Market{Action: schema.MarketCreate, Kind: schema.Some(schema.OddsMarket)}, &schema.Market{Action: schema.MarketHalt})
	feed := p.feedLane()
	p.put(feed, "t", p.up()...)
	p.put(feed, "1", p.offer(1, "OPEN"))
	p.until("the command", func() bool { return len(p.commands()) == 1 })
	p.settle()
	p.untilStates(markets{"1": "halted"})
	p.put(feed, "1", p.status(1, "CLOSED"))
	p.untilStates(markets{"1": "closed"})
}

// A new mapping does not leave markets of the old one without anybody who halts
// them.
func TestMarketsThatAreNotBridgedAnyMore(t *testing.T) {
	p := newProcess(t, nil)
	feed := p.feedLane()
	p.put(feed, "t", p.up()...)
	p.put(feed, "1", p.offer(1, "OPEN"), p.offer(2, "OPEN"))
	p.untilStates(markets{"1": "open", "2": "open"})
	p.restart(func(c *bridge.Config) { c.Mapping.Criteria = []int64{2} })
	p.untilStates(markets{"1": "halted", "2": "open"})
	p.restart(nil)
	p.untilStates(markets{"1": "open", "2": "open"})
	p.restart(func(c *bridge.Config) { c.Mapping.Market = "m{offer}" })
	p.untilStates(markets{"1": "closed", "2": "closed", "m1": "open", "m2": "open"})
}

// settle waits until the bridge has looked at everything that is in the feed.
func (p *process) settle() {
	_, end, err := p.j.Bounds(p.ctx, feedPartition)
	p.ok(err)
	_, err = p.feed.Lane(p.ctx, end, "")
	p.ok(err)
	p.until("rest", func() bool { return p.bridge.Stats().Idle })
}

// expected are the markets as an offering's export asks for them, by hand: of an
// open offer the market is open, of others it is so only if it is there.
func (p *process) expected(live bool) (must, may markets) {
	var export bytes.Buffer
	p.ok(p.feed.Do(p.ctx, func(v *projection.View) { p.ok(v.Projection.(*offering.Offering).Export(&export)) }))
	var all struct {
		BetOffers map[string]struct {
			Status string `json:"status"`
		} `json:"betOffers"`
	}
	p.ok(json.Unmarshal(export.Bytes(), &all))
	must, may = markets{}, markets{}
	for id, o := range all.BetOffers {
		switch {
		case o.Status == "CLOSED":
			may[id] = "closed"
		case o.Status == "OPEN" && live:
			must[id] = "open"
		default:
			may[id] = "halted"
		}
	}
	return must, may
}

// wrong tells how the markets differ from what the offering asks for.
func (p *process) wrong(live bool, except map[string]string) string {
	must, may := p.expected(live)
	states := p.states()
	for id, want := range must {
		if _, ok := states[id]; !ok {
			return fmt.Sprintf("market %s is absent, want %s", id, want)
		}
	}
	for id, have := range states {
		want := except[id]
		if want == "" {
			want = must[id]
		}
		if want == "" {
			want = may[id]
		}
		if want == "" {
			want = "closed" // the offer is gone
		}
		if have != want {
			return fmt.Sprintf("market %s is %s, want %s", id, have, want)
		}
	}
	return ""
}

// Whatever dies whenever: in the end every market is what its offer asks for, and
// what operators did last stays.
func TestKillsAtRandomMoments(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { killAtRandom(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}

func killAtRandom(t *testing.T, rng *rand.Rand) {
	p := newProcess(t, nil)
	status := []string{"OPEN", "OPEN", "SUSPENDED"}
	done := map[int64]bool{} // closed or gone: their ids are not used again
	for range 10 {
		feed := p.feedLane()
		p.put(feed, "t", &schema.FeedDown{Source: "t"})
		p.put(feed, "t", p.up()...)
		for range rng.IntN(120) {
			id := 1 + rng.Int64N(60)
			switch n := rng.IntN(30); {
			case n == 0:
				p.put(feed, "t", &schema.FeedDown{Source: "t"})
				p.put(feed, "t", p.up()...)
			case done[id]:
			case n == 1:
				done[id] = true
				p.put(feed, "1", p.gone(id))
			case n == 2:
				done[id] = true
				p.put(feed, "1", p.offer(id, "CLOSED"))
			case n < 15:
				p.put(feed, "1", p.offer(id, status[rng.IntN(3)]), p.status(id, status[rng.IntN(3)]))
			default:
				p.put(feed, "1", p.status(id, status[rng.IntN(3)]))
			}
			if rng.IntN(10) == 0 {
				p.settle()
			}
		}
		p.kill(rng)
	}
	feed := p.feedLane()
	p.put(feed, "t", p.up()...)
	p.until("the right states", func() bool { p.settle(); return p.wrong(true, nil) == "" })
	if n := len(p.commands()); n < 60 {
		t.Errorf("only %d commands", n)
	}
	except := markets{}
	for id, state := range p.states() {
		if state == "open" && len(except) < 5 {
			p.operate(id, schema.MarketHalt)
			except[id] = "halted"
		}
	}
	for range 3 {
		p.kill(rng)
		p.settle()
		if wrong := p.wrong(true, except); wrong != "" {
			t.Fatal(wrong)
		}
	}
	p.put(p.feedLane(), "t", &schema.FeedDown{Source: "t"})
	p.until("the halts", func() bool { p.settle(); return p.wrong(false, nil) == "" })
}

// The generated feed has everything that a feed says about offers.
func TestAGeneratedFeed(t *testing.T) {
	p := newProcess(t, nil)
	feed := p.feedLane()
	p.put(feed, "t", p.up()...)
	g, decoder := kambitest.NewGenerator(kambitest.GenConfig{Seed: 5, Events: 12, Offers: 8}), kambijson.NewDecoder()
	var list []schema.Body
	for i := range 6000 {
		body, err := decoder.Decode(g.Next().Line, schema.FlowRealtime)
		p.ok(err)
		if list = append(list, body); len(list) == 20 {
			p.put(feed, "1", list...)
			list = nil
		}
		if i == 3000 {
			p.restart(nil)
			feed = p.feedLane()
		}
	}
	p.settle()
	// This feed opens what it has closed; how often that is seen is a matter of time.
	again := markets{}
	must, _ := p.expected(true)
	for id, state := range p.states() {
		if must[id] == "open" && state == "closed" {
			again[id] = "closed"
		}
	}
	p.until("the right states", func() bool { p.settle(); return p.wrong(true, again) == "" })
	if s, n := p.bridge.Stats(), len(p.commands()); n < 100 || s.Reopened < int64(len(again)) || s.Stale+s.Refused != 0 {
		t.Errorf("%d commands, %d opened again, counted were %+v", n, len(again), s)
	}
}

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
