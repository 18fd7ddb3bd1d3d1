package schema

// Check implements [Command].
func (o *OrderNew) Check() error {
	return first(
		CheckID("account", o.Account),
		CheckID("id", o.ID),
		sides.check(uint8(o.Side)),
		orderTypes.check(uint8(o.Type)),
		tifs.check(uint8(o.TIF)),
		stps.check(uint8(o.STP)),
		checkLeast("qty", o.Qty, 1),
		o.checkPrices(),
		o.checkTime(),
		o.checkShown(),
		checkOptTime("sent_at", o.SentAt),
	)
}

func (o *OrderNew) checkPrices() error {
	priced := o.Type == OrderLimit || o.Type == OrderStopLimit
	stops := o.Type == OrderStop || o.Type == OrderStopLimit
	owner := "a " + o.Type.String() + " order"
	return first(
		checkPresence("price", o.Price.OK, priced, owner),
		checkPresence("stop_price", o.StopPrice.OK, stops, owner),
		checkOptPrice("price", o.Price),
		checkOptPrice("stop_price", o.StopPrice),
	)
}

// checkTime holds the deadline against the time in force. A market order never
// rests, whatever its time in force.
func (o *OrderNew) checkTime() error {
	return first(
		checkPresence("expire_at", o.ExpireAt.OK, o.TIF == GTD, "a "+o.TIF.String()+" order"),
		checkOptTime("expire_at", o.ExpireAt),
	)
}

// checkShown has what only an order that rests at a price can have.
func (o *OrderNew) checkShown() error {
	priced := o.Type == OrderLimit || o.Type == OrderStopLimit
	return first(
		fault(o.DisplayQty.OK && (!priced || o.atOnce()), "display_qty is given: a %s order with tif %s never rests at a price", o.Type, o.TIF),
		checkOptLeast("display_qty", o.DisplayQty, 1),
		fault(o.DisplayQty.V > o.Qty, "display_qty is %d, above qty, which is %d", o.DisplayQty.V, o.Qty),
		fault(o.PostOnly && (o.Type != OrderLimit || o.atOnce()), "post_only is set: want a limit order that may rest, not %s with tif %s", o.Type, o.TIF),
	)
}

// atOnce tells whether the order trades when it comes, or wakes up, and never rests.
func (o *OrderNew) atOnce() bool { return o.TIF == IOC || o.TIF == FOK }

// Check implements [Command].
func (o *OrderCancel) Check() error {
	return first(
		CheckID("account", o.Account),
		CheckID("id", o.ID),
		checkOptID("cmd", o.Cmd),
		checkOptTime("sent_at", o.SentAt),
	)
}

// Check implements [Command].
func (o *OrderReplace) Check() error {
	changes := o.Price.OK || o.Qty.OK || o.DisplayQty.OK || o.StopPrice.OK || o.ExpireAt.OK
	return first(
		CheckID("account", o.Account),
		CheckID("id", o.ID),
		checkOptID("cmd", o.Cmd),
		fault(!changes, "nothing is to change: want price, qty, display_qty, stop_price or expire_at"),
		checkOptPrice("price", o.Price),
		checkOptPrice("stop_price", o.StopPrice),
		checkOptLeast("qty", o.Qty, 1),
		checkOptLeast("display_qty", o.DisplayQty, 0),
		fault(o.Qty.OK && o.DisplayQty.V > o.Qty.V, "display_qty is %d, above qty, which is %d", o.DisplayQty.V, o.Qty.V),
		checkOptTime("expire_at", o.ExpireAt),
		checkOptTime("sent_at", o.SentAt),
	)
}

// Check implements [Command].
func (k *Kill) Check() error {
	return first(
		checkOptID("account", k.Account),
		checkOptID("cmd", k.Cmd),
		checkOptTime("sent_at", k.SentAt),
		checkText("reason", k.Reason.V, MaxReason),
	)
}

// Check implements [Command].
func (m *MassCancel) Check() error {
	return first(
		checkOptID("account", m.Account),
		checkOptID("cmd", m.Cmd),
		checkOptTime("sent_at", m.SentAt),
	)
}
