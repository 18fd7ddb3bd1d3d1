package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/matcher"
	"github.com/deadheat-io/deadheat/projection/book"
)

// bookView is a market and its book, from a store or a running process. The JSON
// is what GET /v1/books/MARKET answers.
type bookView struct {
	Market book.MarketInfo  `json:"market"`
	Bids   []book.Level     `json:"bids"`
	Asks   []book.Level     `json:"asks"`
	Orders []book.OrderInfo `json:"orders"`

	position string          // of a store; a running process is asked for now
	ladder   *matcher.Ladder // nil: not known
}

// viewOf reads a market of a book.
func viewOf(b *book.Book, market, position string) *bookView {
	v := &bookView{position: position, Orders: slices.Collect(b.Orders(market))}
	v.Market, _ = b.Market(market)
	v.Bids, v.Asks = b.Depth(market, -1)
	if l, ok := b.Ladder(market); ok {
		v.ladder = &l
	}
	return v
}

// maxLevels is how many levels of a side a running process is asked for.
const maxLevels = 1000

// askMarket asks a running process for a market. It does not tell its ladder; the
// usual one is taken for it when everything stands on that.
func (c *apiClient) askMarket(ctx context.Context, market string, orders bool) (*bookView, error) {
	path := fmt.Sprintf("/v1/books/%s?depth=%d", url.PathEscape(market), maxLevels)
	if orders {
		path += "&orders=true"
	}
	v := &bookView{}
	if err := c.get(ctx, path, v); err != nil {
		return nil, err
	}
	usual := matcher.BettingLadder()
	v.ladder = &usual
	for _, l := range slices.Concat(v.Bids, v.Asks) {
		if v.tick(l.Price) == 0 {
			v.ladder = nil
			break
		}
	}
	return v, nil
}

// odds tells whether prices are odds on a ladder.
func (v *bookView) odds() bool { return v.Market.Kind == schema.OddsMarket }

// tick is a price's place on the ladder, 0 if it has none.
func (v *bookView) tick(d schema.Decimal) int64 {
	if v.ladder == nil || !v.odds() || d.Places > schema.OddsPlaces {
		return 0
	}
	return v.ladder.Tick(d.Units * schema.Ten(schema.OddsPlaces-d.Places))
}

// price is the price at a place of the ladder, written as the market does.
func (v *bookView) price(tick int64) schema.Decimal {
	places := min(v.Market.Tick.Places, schema.OddsPlaces)
	return schema.Decimal{Units: v.ladder.Price(tick) / schema.Ten(schema.OddsPlaces-places), Places: places}
}

// sideNames are what the sides of a market are called: who bids, and who asks.
func (v *bookView) sideNames() (bid, ask string) {
	if v.odds() {
		return "LAY", "BACK"
	}
	return "BID", "ASK"
}

// ladderRow is one price of a ladder.
type ladderRow struct {
	Bid   int64          `json:"bid" doc:"lots shown that bid, or lay, at the price"`
	Price schema.Decimal `json:"price" doc:"the price"`
	Ask   int64          `json:"ask" doc:"lots shown that ask, or back, at the price"`
	Last  bool           `json:"last" doc:"the last trade was at the price"`
}

// rungs are the rows of a ladder, highest price first: the steps of an odds
// market from around below the best prices to around above them, of other
// markets the best levels of each side. The last price is always among them.
func (v *bookView) rungs(around int) []ladderRow {
	rows := map[schema.Decimal]ladderRow{}
	at := func(p schema.Decimal) ladderRow { r := rows[p]; r.Price = p; return r }
	if from, to := v.reach(around); from > 0 {
		for tick := from; tick <= to; tick++ {
			rows[v.price(tick)] = at(v.price(tick))
		}
	}
	known := len(rows) > 0
	for side, levels := range [2][]book.Level{v.Bids, v.Asks} {
		for i, l := range levels {
			if _, ok := rows[l.Price]; known && !ok || !known && i > around {
				continue
			}
			r := at(l.Price)
			if side == 0 {
				r.Bid = l.Shown
			} else {
				r.Ask = l.Shown
			}
			rows[l.Price] = r
		}
	}
	if last := v.Market.Last; last.OK {
		r := at(last.V)
		r.Last = true
		rows[last.V] = r
	}
	list := make([]ladderRow, 0, len(rows))
	for _, r := range rows {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b ladderRow) int { return b.Price.Cmp(a.Price) })
	return list
}

// reach is the span of ticks around the best prices, or around the last price of
// an empty book; 0 when there is no ladder or no price.
func (v *bookView) reach(around int) (from, to int64) {
	var best []int64
	for _, levels := range [2][]book.Level{v.Bids, v.Asks} {
		if len(levels) > 0 {
			best = append(best, v.tick(levels[0].Price))
		}
	}
	if len(best) == 0 && v.Market.Last.OK {
		best = append(best, v.tick(v.Market.Last.V))
	}
	if len(best) == 0 || slices.Min(best) == 0 {
		return 0, 0
	}
	return max(1, slices.Min(best)-int64(around)), min(v.ladder.Len(), slices.Max(best)+int64(around))
}

// depthRow is one level of one side.
type depthRow struct {
	Side       string         `json:"side" doc:"bid or ask; of odds, bid is lay and ask is back"`
	Price      schema.Decimal `json:"price" doc:"of the level"`
	Shown      int64          `json:"shown" doc:"lots that others see"`
	Total      int64          `json:"total" doc:"lots with what icebergs hide"`
	Cumulative int64          `json:"cumulative" doc:"total of this level and all better ones"`
	Orders     int            `json:"orders" doc:"how many"`
}

// depth lists at most n levels of each side, best first; 0 is all.
func (v *bookView) depth(n int) (rows []depthRow) {
	for side, levels := range [2][]book.Level{v.Bids, v.Asks} {
		sum := int64(0)
		for i, l := range levels {
			if n > 0 && i == n {
				break
			}
			sum += l.Total
			rows = append(rows, depthRow{[]string{"bid", "ask"}[side], l.Price, l.Shown, l.Total, sum, l.Orders})
		}
	}
	return rows
}
