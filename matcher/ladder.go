package matcher

import (
	"errors"
	"math/bits"
	"slices"
)

// Steps is a run of prices: From, From+By, ... up to To, both included.
type Steps struct{ From, To, By int64 }

// Ladder is the list of prices that a market knows, in ascending runs. The zero
// value is the unit ladder: every positive int64 is a price. A ladder is
// immutable; copies share it.
type Ladder struct{ runs []run }

// run is one run of steps and the tick index of its first price.
type run struct {
	Steps
	first   int64
	inverse uint64 // 2^63 / By, rounded up: a product with it is a division
}

// ErrLadder says that runs of steps do not make a ladder.
var ErrLadder = errors.New("not a ladder: at most 64 runs, prices positive and ascending, To reached from From in whole steps")

const maxRuns = 64

// NewLadder makes a ladder of at most 64 runs. No runs make the unit ladder.
func NewLadder(steps ...Steps) (Ladder, error) {
	if len(steps) > maxRuns {
		return Ladder{}, ErrLadder
	}
	var l Ladder
	last, first := int64(0), int64(1) // tick indexes begin at 1
	for _, s := range steps {
		if s.From <= last || s.To < s.From || s.By <= 0 || (s.To-s.From)%s.By != 0 {
			return Ladder{}, ErrLadder
		}
		l.runs = append(l.runs, run{s, first, (1<<63-1)/uint64(s.By) + 1})
		first += (s.To-s.From)/s.By + 1
		last = s.To
	}
	return l, nil
}

// betting is made once; a ladder is immutable.
var betting, _ = NewLadder(
	Steps{1010, 2000, 10}, Steps{2020, 3000, 20}, Steps{3050, 4000, 50}, Steps{4100, 6000, 100}, Steps{6200, 10_000, 200},
	Steps{10_500, 20_000, 500}, Steps{21_000, 30_000, 1000}, Steps{32_000, 50_000, 2000}, Steps{55_000, 100_000, 5000}, Steps{110_000, 1_000_000, 10_000},
)

// BettingLadder is the ladder of odds that betting exchanges use: 350 prices from
// 1.01 to 1000, in thousandths.
func BettingLadder() Ladder { return betting }

// Steps are the runs of the ladder, nil for the unit ladder.
func (l Ladder) Steps() []Steps {
	var s []Steps
	for _, r := range l.runs {
		s = append(s, r.Steps)
	}
	return s
}

// Len is the number of prices.
func (l Ladder) Len() int64 { return l.Floor(1<<63 - 1) }

// Tick is the index of a price, from 1, or 0 if the price is not on the ladder.
func (l Ladder) Tick(price int64) int64 {
	if l.runs == nil {
		return max(price, 0)
	}
	// The last run that does not begin above the price, found without a branch
	// that depends on it.
	runs, from := l.runs, 0
	for n := len(runs); n > 1; n -= n / 2 {
		middle := from + n/2
		if runs[middle].From <= price {
			from = middle
		}
	}
	r := &runs[from]
	away := uint64(price - r.From)
	n, _ := bits.Mul64(away<<1, r.inverse)
	if price < r.From || price > r.To || n*uint64(r.By) != away {
		return 0
	}
	return r.first + int64(n)
}

// Floor is the index of the highest price that is not above price, or 0 if
// there is none.
func (l Ladder) Floor(price int64) int64 {
	if l.runs == nil {
		return max(price, 0)
	}
	for i := len(l.runs) - 1; i >= 0; i-- {
		if r := &l.runs[i]; price >= r.From {
			return r.first + (min(price, r.To)-r.From)/r.By
		}
	}
	return 0
}

// Price is the price with an index from 1 to Len, 0 for any other.
func (l Ladder) Price(tick int64) int64 {
	if l.runs == nil {
		return max(tick, 0)
	}
	for i := len(l.runs) - 1; i >= 0; i-- {
		if r := &l.runs[i]; tick >= r.first {
			if n := tick - r.first; n <= (r.To-r.From)/r.By {
				return r.From + n*r.By
			}
			return 0
		}
	}
	return 0
}

func (l Ladder) equal(m Ladder) bool { return slices.Equal(l.runs, m.runs) }
