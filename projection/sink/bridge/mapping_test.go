package bridge_test

import (
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/projection/sink/bridge"
)

func TestCheckFindsFaults(t *testing.T) {
	for _, c := range []struct {
		m    bridge.Mapping
		want string // in the one fault; "" for none
	}{
		{bridge.Mapping{}, ""},
		{bridge.Mapping{Market: "{feed}.{event}-{criterion}/{offer}", Kind: "odds", Tick: "0.01", Ladder: []string{"1.5", "2"}}, ""},
		{bridge.Mapping{Market: "o{outcome}", Kind: "shares", Tick: "0.5", Lot: 10, On: bridge.On{"ignore", "halt", "ignore", "halt"}}, ""},
		{bridge.Mapping{On: bridge.On{Closed: "close", Gone: "close"}}, ""},
		{bridge.Mapping{Market: "{event}"}, "want {offer} or {outcome}"},
		{bridge.Mapping{Market: "fixed"}, "want {offer} or {outcome}"},
		{bridge.Mapping{Market: "{event}{offer}"}, "need text between them"},
		{bridge.Mapping{Market: "{event}12{offer}"}, "need text between them"},
		{bridge.Mapping{Market: "{offer"}, "a { without a }"},
		{bridge.Mapping{Market: "offer}{offer}"}, "a } without a {"},
		{bridge.Mapping{Market: "{offer}-{price}"}, "{price} is not known"},
		{bridge.Mapping{Kind: "bonds"}, "kind"},
		{bridge.Mapping{Tick: "-1"}, `tick "-1"`},
		{bridge.Mapping{Kind: "shares", Tick: "0"}, "tick is 0"},
		{bridge.Mapping{Tick: "0.02"}, "an odds market has"},
		{bridge.Mapping{Lot: -1}, "lot is -1"},
		{bridge.Mapping{Ladder: []string{"2", "1.5"}}, "ladder"},
		{bridge.Mapping{Ladder: []string{"x"}}, `"x"`},
		{bridge.Mapping{Kind: "shares", Ladder: []string{"2"}}, "want kind odds"},
		{bridge.Mapping{On: bridge.On{Suspended: "close"}}, "on.suspended is \"close\": want halt or ignore"},
		{bridge.Mapping{On: bridge.On{FeedDown: "no"}}, "on.feed_down"},
		{bridge.Mapping{On: bridge.On{Closed: "no"}}, "on.closed is \"no\": want halt, close or ignore"},
		{bridge.Mapping{On: bridge.On{Gone: "open"}}, "on.gone"},
	} {
		faults := c.m.Check()
		switch {
		case c.want == "" && len(faults) != 0:
			t.Errorf("%+v: %q", c.m, faults)
		case c.want != "" && (len(faults) != 1 || !strings.Contains(faults[0], c.want)):
			t.Errorf("%+v: %q, want %q", c.m, faults, c.want)
		}
	}
	if n := len(bridge.Mapping{Market: "x", Kind: "y", On: bridge.On{Gone: "z", Closed: "z"}}.Check()); n != 4 {
		t.Errorf("%d of 4 faults are told", n)
	}
}

func TestNewRefusesWhatCannotBe(t *testing.T) {
	if _, err := bridge.New(bridge.Config{}); err == nil {
		t.Error("a bridge between nothing and nothing was made")
	}
	p := newProcess(t, nil)
	good := bridge.Config{Journal: p.j, Feed: p.feed, Books: p.books, PartitionOf: partitionOf, Orders: ordersTopic}
	if _, err := bridge.New(good); err == nil || !strings.Contains(err.Error(), "partitions") {
		t.Errorf("no partitions: %v", err)
	}
	good.Partitions, good.Mapping.Market = 1, "x"
	if _, err := bridge.New(good); err == nil || !strings.Contains(err.Error(), "mapping") {
		t.Errorf("a mapping with a fault: %v", err)
	}
}
