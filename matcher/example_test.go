package matcher_test

import (
	"fmt"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/matcher"
)

// Two bets meet at the odds of the one that rests.
func Example() {
	const race matcher.Market = 0
	e := matcher.New()
	e.Create(race, matcher.Config{Betting: true, Ladder: matcher.BettingLadder()})

	e.Submit(&matcher.Order{Market: race, ID: 1, Account: 7, Side: matcher.Lay, Type: matcher.LimitOrder, TIF: matcher.GTC, Price: 2500, Qty: 100})
	e.Submit(&matcher.Order{Market: race, ID: 2, Account: 8, Side: matcher.Back, Type: matcher.LimitOrder, TIF: matcher.GTC, Price: 2400, Qty: 30})
	e.Replace(&matcher.Replace{Market: race, ID: 1, Qty: schema.Some[int64](80)})
	e.Cancel(race, 3)

	for _, r := range e.Drain() {
		fmt.Println(r.ID, r.Kind, r.Qty, schema.Odds(r.Price), r.Code)
	}
	best, _ := e.Best(race, true)
	fmt.Println("best lay:", best.Shown, "at", schema.Odds(best.Price))

	replica, err := matcher.Load(e.AppendSnapshot(nil))
	fmt.Println("same state:", err == nil && replica.Hash() == e.Hash())
	// Output:
	// 1 accepted 100 2.5 ok
	// 2 accepted 30 2.4 ok
	// 2 traded 30 2.5 ok
	// 1 replaced 80 2.5 ok
	// 3 rejected 0 0.0 unknown_order
	// best lay: 50 at 2.5
	// same state: true
}
