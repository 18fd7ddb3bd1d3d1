package kambitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestGeneratorIsDeterministic(t *testing.T) {
	var a, b, c bytes.Buffer
	WriteNDJSON(&a, GenConfig{Seed: 1}, 5000)
	WriteNDJSON(&b, GenConfig{Seed: 1}, 5000)
	WriteNDJSON(&c, GenConfig{Seed: 2}, 5000)
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same seed gave other messages")
	}
	if bytes.Equal(a.Bytes(), c.Bytes()) {
		t.Error("another seed gave the same messages")
	}
}

// The generated feed has every kind, never goes back, is stated without white space,
// and never changes what is not there.
func TestGeneratorIsRealistic(t *testing.T) {
	const count = 40_000
	g := NewGenerator(GenConfig{Seed: 3, Start: 1000, Events: 12})
	n := NewNaive()
	kinds := map[string]int{}
	last, gaps, burst, longest := int64(999), 0, 0, 0
	moneyLines := 0
	for range count {
		m := g.Next()
		if m.Offset <= last {
			t.Fatalf("offset %d after %d", m.Offset, last)
		}
		if m.Offset > last+1 {
			gaps++
		}
		last = m.Offset
		p, err := ParseMessage(m.Line)
		if err != nil || !bytes.Equal(p.Line, m.Line) || p.Offset != m.Offset {
			t.Fatalf("%s: %v", m.Line, err)
		}
		if err := n.Apply(m); err != nil {
			t.Fatal(err)
		}
		typ, _, _ := strings.Cut(string(m.Line[len(typePrefix):]), `"`)
		kinds[typ]++
		burst++
		if typ != "OUTCOME_ODDS_UPDATED" {
			burst = 0
		}
		longest = max(longest, burst)
		if bytes.Contains(m.Line, []byte(`1001159732`)) {
			moneyLines++
		}
	}
	for _, k := range append(Kinds(), "EVENT_STATS_UPDATED") {
		if kinds[k] == 0 {
			t.Errorf("no %s in %d messages", k, count)
		}
	}
	if len(kinds) != 19 || gaps < count/20 || longest < 200 || moneyLines == 0 {
		t.Errorf("kinds %v, %d gaps, longest burst %d, %d money lines", kinds, gaps, longest, moneyLines)
	}
	state, err := n.State()
	if err != nil {
		t.Fatal(err)
	}
	checkState(t, state)
	t.Logf("%v, longest burst %d", kinds, longest)
}

// checkState looks for what downstream needs in a state: live basketball with main lines,
// ids apart, several prices for one outcome.
func checkState(t *testing.T, state []byte) {
	t.Helper()
	var s struct {
		Events map[string]struct {
			ID            int64
			Status, Sport string
		}
		BetOffers map[string]struct {
			ID, EventID int64
			LineType    []string
			Tags        []string
			Criterion   struct{ ID int64 }
			Outcomes    []struct {
				ID   int64
				Odds []struct{ Offerings []string }
			}
		}
	}
	if err := json.Unmarshal(state, &s); err != nil {
		t.Fatal(err)
	}
	inGame, several, status := 0, 0, map[string]int{}
	byID := map[int64]string{}
	for _, e := range s.Events {
		byID[e.ID] = e.Status
		status[e.Status]++
	}
	for _, o := range s.BetOffers {
		basket := slices.Contains([]int64{1001159512, 1001159732, 1001159509}, o.Criterion.ID)
		if basket && byID[o.EventID] == "STARTED" && slices.Contains(o.LineType, "MAIN_LINE") && slices.Contains(o.Tags, "OFFERED_LIVE") {
			inGame++
		}
		for _, oc := range o.Outcomes {
			if oc.ID < 4_200_000_000 || o.ID < 2_600_000_000 || o.ID > 4_000_000_000 {
				t.Fatalf("ids: offer %d, outcome %d", o.ID, oc.ID)
			}
			if len(oc.Odds) > 1 {
				several++
			}
		}
	}
	if inGame == 0 || several == 0 || status["STARTED"] == 0 || status["NOT_STARTED"] == 0 {
		t.Errorf("%d in-game offers, %d outcomes with several prices, events %v", inGame, several, status)
	}
}

func TestGeneratorFeed(t *testing.T) {
	cfg := GenConfig{Seed: 5, Events: 4, Offers: 10}
	feed, err := NewGeneratorFeed(NewGenerator(cfg), FeedConfig{Keep: 1024, Warmup: 700, Reach: 500})
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, Config{Feed: feed, Style: Stream, TailMessages: 20, Rate: 50_000})
	c := open(t, s)
	c.snapshot()
	msgs, done := c.until("SESSION_SNAPSHOT_COMPLETED")
	tail, _ := c.until("SESSION_REPLAY_COMPLETED")
	if len(tail) != 20 || tail[0].Offset <= done.Offset {
		t.Fatalf("tail of %d from %d after %d", len(tail), tail[0].Offset, done.Offset)
	}
	msgs = append(append(msgs, tail...), c.take(3000)...)
	c.conn.Close()
	g := NewGenerator(cfg)
	var all []Message
	for range 700 + 3020 {
		all = append(all, g.Next())
	}
	if err := DiffStates(fold(t, msgs), fold(t, all)); err != nil {
		t.Fatal(err)
	}
	if _, err := feed.Replay(all[10].Offset, 10); !errors.Is(err, ErrTooOld) {
		t.Errorf("replay of what is forgotten: %v", err)
	}
	if _, err := feed.Batch(3, 1); !errors.Is(err, ErrTooOld) {
		t.Errorf("batch of what is forgotten: %v", err)
	}
	d := open(t, s)
	d.replay(all[3600].Offset)
	got := []Message{}
	rep, _ := d.until("SESSION_REPLAY_COMPLETED")
	got = append(append(got, rep...), d.take(50)...)
	same(t, got[:119], all[3601:])
	s.Close() // from here on nobody else uses the feed
	// Ahead of what was made: within reach, and beyond.
	ahead := feed.last() + 100
	if r, err := feed.Replay(ahead, 10); err != nil || r.Offset != ahead || len(r.Messages) != 0 {
		t.Errorf("replay ahead: %+v, %v", r, err)
	}
	if _, err := feed.Replay(feed.last()+1<<30, 10); !errors.Is(err, ErrTooOld) {
		t.Errorf("replay far ahead: %v", err)
	}
}

func BenchmarkGenerator(b *testing.B) {
	g := NewGenerator(GenConfig{Seed: 1})
	for b.Loop() {
		g.Next()
	}
}
