package matchertest_test

import (
	"testing"

	"github.com/deadheat-io/deadheat/matcher"
	"github.com/deadheat-io/deadheat/matcher/matchertest"
)

// TestWorkloads holds the flows: they are the same for ever, and they are what
// they say.
func TestWorkloads(t *testing.T) {
	for _, c := range []struct {
		w    *matchertest.Workload
		want matchertest.Totals
	}{
		{matchertest.Mixed(100_000), matchertest.Totals{Trades: 39_793, Qty: 1_511_911, Notional: 151_283_097_710}},
		{matchertest.Betting(100_000), matchertest.Totals{Trades: 39_919, Qty: 1_511_911, Notional: 40_316_696_200}},
	} {
		if c.w.Want != c.want {
			t.Errorf("%s trades %d, want %d", c.w.Name, c.w.Want, c.want)
		}
		e := c.w.Prepare()
		if err := c.w.Check(matchertest.Run(e, c.w.Ops)); err != nil {
			t.Error(err)
		}
		if e.Len() < 8_000 || e.Len() > 12_000 {
			t.Errorf("%s leaves %d orders", c.w.Name, e.Len())
		}
		kinds := make(map[matcher.TIF]int)
		for _, op := range c.w.Ops {
			kinds[op.TIF]++
		}
		t.Logf("%s: passive, cancels, trading: %d %d %d", c.w.Name, kinds[matcher.GTC], kinds[0], kinds[matcher.IOC])
		for kind, percent := range map[matcher.TIF]int{matcher.GTC: 60, 0: 30, matcher.IOC: 10} {
			if n := kinds[kind] * 100 / len(c.w.Ops); n < percent-1 || n > percent+1 {
				t.Errorf("%s: %d %% of kind %d, want %d", c.w.Name, n, kind, percent)
			}
		}
		w := *c.w
		w.Want.Qty++
		if w.Check(c.w.Want) == nil {
			t.Error("wrong totals pass")
		}
	}
}

func TestSpread(t *testing.T) {
	e := matcher.New()
	e.Create(0, matcher.Config{})
	ops := matchertest.Spread()
	if got := matchertest.Run(e, ops); got != (matchertest.Totals{}) || e.Len() != len(ops) || len(ops) != 500_000 {
		t.Fatalf("%d orders rest, %d trade", e.Len(), got)
	}
	levels := len(e.Depth(nil, 0, true, -1))
	sweep := matchertest.Sweep(1<<30, 1000)
	if got := matchertest.Run(e, []matchertest.Op{sweep}); got.Trades != 1000 || got.Qty != 1000*matchertest.SpreadQty || e.Len() != len(ops)-1000 {
		t.Errorf("a sweep of 1,000 orders trades %d", got)
	}
	if levels != 95_069 {
		t.Errorf("%d prices", levels)
	}
}
