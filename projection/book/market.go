package book

import (
	"container/heap"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/matcher"
	"github.com/deadheat-io/deadheat/projection"
)

// market is one market and the names that its engine does not know.
type market struct {
	id      string
	key     []byte         // of its records
	number  matcher.Market // the engine's
	there   bool           // it was created; else only its rejections are told
	seq     int64          // executions so far
	numbers int64          // orders so far
	causes  []Taken        // of each partition, sorted by partition
	limits  schema.BookLimits
	kills   kills
	money
	accounts map[string]*account
	seats    []*account // by the engine's number; nil where nobody sits
	free     numbers    // seats where nobody sits
	open     map[matcher.ID]*order
	oldest   *order // of a list of open orders by number
	newest   *order

	items []schema.Execution // of the record that is being folded
	dirty bool
	cell  projection.Cell
}

// account is an account that has orders in a market. Its number is the lowest
// one free when it came, which depends on who else was there alone, and it
// goes with its last order: nobody can fill a market with accounts.
type account struct {
	name   string
	number matcher.Account
	orders int64
}

// order is an open order: what the engine does not know of it, and what is
// handy to know without asking.
type order struct {
	market         *market
	account        *account
	id             string
	key            key
	number         int64
	side           schema.Side
	priced         bool // it has a limit price
	timed          bool // it ends at a time
	left, filled   int64
	kept           *entry // what the window has forgotten
	older, younger *order
}

func newMarket(id string) *market { return &market{id: id, key: []byte(id)} }

// create makes a market that the engine has under the next number.
func (b *Book) create(id string) *market {
	m := newMarket(id)
	m.number = matcher.Market(len(b.byNumber))
	b.register(m)
	return m
}

func (b *Book) register(m *market) {
	m.there = true
	m.accounts, m.open = make(map[string]*account), make(map[matcher.ID]*order)
	for len(b.byNumber) <= int(m.number) {
		b.byNumber = append(b.byNumber, nil)
	}
	b.byNumber[m.number] = m
	b.markets[m.id] = m
}

// touch notes that a market's key changes.
func (b *Book) touch(m *market) {
	if !m.dirty {
		m.dirty = true
		b.dirty = append(b.dirty, m)
	}
}

// sit finds an account or gives it a seat.
func (m *market) sit(name string) *account {
	a := m.accounts[name]
	if a == nil {
		n := len(m.seats)
		if len(m.free) > 0 {
			n = int(heap.Pop(&m.free).(uint32))
		} else {
			m.seats = append(m.seats, nil)
		}
		a = &account{name: name, number: matcher.Account(n)}
		m.seats[n], m.accounts[name] = a, a
	}
	return a
}

// rise frees the seat of an account without orders.
func (m *market) rise(a *account) {
	if a.orders == 0 {
		delete(m.accounts, a.name)
		m.seats[a.number] = nil
		heap.Push(&m.free, uint32(a.number))
	}
}

// begin enters an open order as the newest of its market.
func (b *Book) begin(o *order) {
	m := o.market
	o.account.orders++
	o.older = m.newest
	if o.older != nil {
		o.older.younger = o
	} else {
		m.oldest = o
	}
	m.newest = o
	m.open[matcher.ID(o.number)] = o
	b.orders[o.key] = o
	if o.timed {
		b.timed++
	}
}

// end forgets an order that is open no more. Its id counts as new in the window
// if the window had forgotten it.
func (b *Book) end(o *order) {
	m := o.market
	if o.older != nil {
		o.older.younger = o.younger
	} else {
		m.oldest = o.younger
	}
	if o.younger != nil {
		o.younger.older = o.older
	} else {
		m.newest = o.older
	}
	delete(m.open, matcher.ID(o.number))
	delete(b.orders, o.key)
	if o.timed {
		b.timed--
	}
	o.account.orders--
	m.rise(o.account)
	if o.kept != nil {
		e := *o.kept
		e.at = max(e.at, b.time)
		b.remember(e)
	}
}

// verdict is the order as it stands.
func (o *order) verdict() verdict {
	return verdict{side: o.side, number: o.number, remaining: o.left, filled: o.filled}
}

// numbers is a heap with the lowest first.
type numbers []uint32

func (n numbers) Len() int           { return len(n) }
func (n numbers) Less(i, j int) bool { return n[i] < n[j] }
func (n numbers) Swap(i, j int)      { n[i], n[j] = n[j], n[i] }
func (n *numbers) Push(x any)        { *n = append(*n, x.(uint32)) }
func (n *numbers) Pop() any {
	last := len(*n) - 1
	x := (*n)[last]
	*n = (*n)[:last]
	return x
}
