package matcher

// holder is an account that has orders in a market: the ends of its list.
type holder struct {
	head, tail uint32 // pages
	market     Market
	account    Account
}

// page holds orders of one account in order of arrival. An order that goes leaves
// its seat empty, a page goes when it is empty. So an order finds its way out
// without touching its neighbours, which lie anywhere.
type page struct {
	next, prev uint32
	holder     uint32
	used, live uint16 // seats that were given, and orders that are left
	orders     [seats]uint32
}

const seats = 12 // of a page, which makes it a cache line; a seat number has four bits

// holder finds the list of an account, 0 if it has no orders.
func (e *Engine) holder(m Market, a Account) uint32 {
	t := tag(m, uint64(a))
	for at := e.owners.home(t); ; at++ {
		var h uint32
		if h, at = e.owners.next(t, at); h == 0 || e.holders[h].account == a && e.holders[h].market == m {
			return h
		}
	}
}

// own appends an order to the list of its account.
func (e *Engine) own(o *order, slot uint32) {
	h := e.holder(o.market, o.account)
	if h == 0 {
		h = e.takeHolder(o.market, o.account)
	}
	at := e.holders[h].tail
	if at == 0 || e.pages[at].used == seats {
		at = e.takePage(h)
	}
	p := &e.pages[at]
	seat := uint32(p.used)
	p.orders[seat] = slot
	p.used++
	p.live++
	o.seat = at<<4 | seat
}

// disown takes an order out of the list of its account.
func (e *Engine) disown(o *order) {
	at := o.seat >> 4
	p := &e.pages[at]
	p.orders[o.seat&15] = 0
	if p.live--; p.live == 0 {
		e.dropPage(at)
	}
}

func (e *Engine) takeHolder(m Market, a Account) uint32 {
	h := e.freed.holder
	if h != 0 {
		e.freed.holder = e.holders[h].head
	} else {
		e.holders = append(e.holders, holder{})
		h = uint32(len(e.holders) - 1)
	}
	e.holders[h] = holder{market: m, account: a}
	e.owners.add(tag(m, uint64(a)), h)
	return h
}

// takePage puts a page at the end of a list.
func (e *Engine) takePage(h uint32) uint32 {
	at := e.freed.page
	if at != 0 {
		e.freed.page = e.pages[at].next
	} else {
		e.pages = append(e.pages, page{})
		at = uint32(len(e.pages) - 1)
	}
	list := &e.holders[h]
	e.pages[at] = page{prev: list.tail, holder: h}
	if list.tail != 0 {
		e.pages[list.tail].next = at
	} else {
		list.head = at
	}
	list.tail = at
	return at
}

// dropPage takes an empty page out of its list, and the account that is left
// without one.
func (e *Engine) dropPage(at uint32) {
	p := &e.pages[at]
	list := &e.holders[p.holder]
	if p.prev != 0 {
		e.pages[p.prev].next = p.next
	} else {
		list.head = p.next
	}
	if p.next != 0 {
		e.pages[p.next].prev = p.prev
	} else {
		list.tail = p.prev
	}
	if list.head == 0 {
		e.owners.remove(tag(list.market, uint64(list.account)), p.holder)
		list.head = e.freed.holder
		e.freed.holder = p.holder
	}
	p.next = e.freed.page
	e.freed.page = at
}
