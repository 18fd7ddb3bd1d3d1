package matcher

// holder is an account that has orders in a market: the ends of their list.
type holder struct {
	head, tail uint32
	market     Market
	account    Account
}

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
func (e *Engine) own(slot uint32) {
	o := &e.orders[slot]
	h := e.holder(o.market, o.account)
	if h == 0 {
		if h = e.freed.holder; h != 0 {
			e.freed.holder = e.holders[h].head
		} else {
			e.holders = append(e.holders, holder{})
			h = uint32(len(e.holders) - 1)
		}
		e.holders[h] = holder{market: o.market, account: o.account}
		e.owners.add(tag(o.market, uint64(o.account)), h)
	}
	list, d := &e.holders[h], &e.orders[slot].detail
	d.holder, d.prev, d.next = h, list.tail, 0
	if list.tail != 0 {
		e.orders[list.tail].detail.next = slot
	} else {
		list.head = slot
	}
	list.tail = slot
}

// disown takes an order out of the list of its account.
func (e *Engine) disown(slot uint32) {
	d := &e.orders[slot].detail
	list := &e.holders[d.holder]
	if d.prev != 0 {
		e.orders[d.prev].detail.next = d.next
	} else {
		list.head = d.next
	}
	if d.next != 0 {
		e.orders[d.next].detail.prev = d.prev
	} else {
		list.tail = d.prev
	}
	if list.head == 0 {
		e.owners.remove(tag(list.market, uint64(list.account)), d.holder)
		list.head = e.freed.holder
		e.freed.holder = d.holder
	}
}
