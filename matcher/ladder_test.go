package matcher

import (
	"math"
	"testing"
)

// TestBettingLadder walks the 350 odds by the rule that is written on every
// betting exchange.
func TestBettingLadder(t *testing.T) {
	l := BettingLadder()
	if l.Len() != 350 {
		t.Fatalf("%d odds, want 350", l.Len())
	}
	price := int64(1010)
	for tick := int64(1); tick <= 350; tick++ {
		if l.Price(tick) != price || l.Tick(price) != tick || l.Floor(price+9) != tick || l.Tick(price+1) != 0 {
			t.Fatalf("tick %d is %d, want %d", tick, l.Price(tick), price)
		}
		for _, s := range []struct{ below, by int64 }{{2000, 10}, {3000, 20}, {4000, 50}, {6000, 100}, {10_000, 200},
			{20_000, 500}, {30_000, 1000}, {50_000, 2000}, {100_000, 5000}, {1_000_000, 10_000}} {
			if price < s.below {
				price += s.by
				break
			}
		}
	}
	for _, none := range []int64{math.MinInt64, -1, 0, 1000, 1009, 1_010_000, math.MaxInt64} {
		if l.Tick(none) != 0 {
			t.Errorf("%d is on the ladder", none)
		}
	}
	if l.Price(0) != 0 || l.Price(351) != 0 || l.Floor(math.MaxInt64) != 350 || l.Floor(1009) != 0 {
		t.Error("beyond the ends there is nothing")
	}
}

func TestUnitLadder(t *testing.T) {
	var l Ladder
	whole, err := NewLadder(Steps{1, math.MaxInt64, 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []int64{math.MinInt64, -1, 0, 1, 2, math.MaxInt64} {
		if want := max(p, 0); l.Tick(p) != want || l.Price(p) != want || whole.Tick(p) != want || whole.Price(p) != want {
			t.Errorf("%d: %d %d %d %d", p, l.Tick(p), l.Price(p), whole.Tick(p), whole.Price(p))
		}
	}
	if l.Len() != math.MaxInt64 || whole.Len() != math.MaxInt64 {
		t.Error("every positive price is there")
	}
}

func TestNoLadder(t *testing.T) {
	for _, steps := range [][]Steps{
		{{0, 10, 1}}, {{-5, 5, 1}}, {{10, 5, 1}}, {{1, 10, 0}}, {{1, 10, -1}}, {{1, 10, 2}},
		{{1, 10, 1}, {10, 20, 1}}, {{20, 30, 1}, {1, 10, 1}}, {{1, math.MaxInt64, 1}, {1, 2, 1}}, make([]Steps, 65),
	} {
		if _, err := NewLadder(steps...); err != ErrLadder {
			t.Errorf("%v: %v", steps, err)
		}
	}
}
