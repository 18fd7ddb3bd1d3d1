package main

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/book"
)

// bookAnswer is a market and the levels of its book, best first.
type bookAnswer struct {
	Market book.MarketInfo  `json:"market"`
	Bids   []book.Level     `json:"bids"`
	Asks   []book.Level     `json:"asks"`
	Orders []book.OrderInfo `json:"orders,omitempty"` // with ?orders=true
}

const (
	defaultDepth = 20
	maxDepth     = 1000
)

// books lists the markets of all partitions.
func (e *engine) books(w http.ResponseWriter, r *http.Request) {
	list := []book.MarketInfo{}
	for _, u := range e.units {
		if u.desk == nil {
			continue
		}
		err := u.runner.Do(r.Context(), func(v *projection.View) {
			for _, id := range u.desk.book.Markets() {
				m, _ := u.desk.book.Market(id)
				list = append(list, m)
			}
		})
		if err != nil {
			refuse(w, http.StatusServiceUnavailable, "%s: %v", u.part.Partition, err)
			return
		}
	}
	answer(w, http.StatusOK, list)
}

// book shows one market.
func (e *engine) book(w http.ResponseWriter, r *http.Request) {
	depth := defaultDepth
	if text := r.URL.Query().Get("depth"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > maxDepth {
			refuse(w, http.StatusBadRequest, "depth %q: want 0 to %d", text, maxDepth)
			return
		}
		depth = n
	}
	orders, id := r.URL.Query().Get("orders") == "true", r.PathValue("market")
	for _, u := range e.units {
		if u.desk == nil {
			continue
		}
		var found bool
		var b bookAnswer
		err := u.runner.Do(r.Context(), func(v *projection.View) {
			if b.Market, found = u.desk.book.Market(id); !found {
				return
			}
			position(w, v)
			b.Bids, b.Asks = u.desk.book.Depth(id, depth)
			if orders {
				b.Orders = slices.Collect(u.desk.book.Orders(id))
			}
		})
		switch {
		case err != nil:
			refuse(w, http.StatusServiceUnavailable, "%s: %v", u.part.Partition, err)
			return
		case found:
			answer(w, http.StatusOK, b)
			return
		}
	}
	refuse(w, http.StatusNotFound, "there is no market %q", id)
}
