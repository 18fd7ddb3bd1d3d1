package matcher

// Engine holds the books of many markets. Its methods are for one goroutine.
// Every command returns a [Code] or a count and appends its reports, which
// [Engine.Drain] hands over.
//
// All state lies in slabs without pointers, addressed by 32-bit slots: the
// garbage collector never scans them, and a copy is a few moves of memory.
type Engine struct {
	orders  []order // slot 0 is no order
	extras  []extra
	levels  []level
	nodes   []node
	rings   []links // by slot of an order
	books   []book  // by market
	freed   slots   // heads of the free lists
	ids     index   // (market, id) to order
	owners  index   // (market, account) to the slot of its ring
	expiry  []expiry
	ladders []Ladder  // 0 is the unit ladder
	resting int       // orders that rest or wait
	limit   int       // MaxOrders, less in tests
	cold    int       // orders that make sweeps look ahead, less in tests
	clock   int64     // the highest time handed to Expire
	aside   int64     // limit price of the order that is in no level
	dirty   []uint32  // markets whose hash is not in sum
	sum     uint64    // over the hashes of all other markets
	reach   [2]uint64 // while a command runs: the highest keys of stops that its trades reached, by side
	reports []Report
}

// slots are the heads of the lists of free slots, linked through their first
// spare link.
type slots struct{ order, extra, level, node uint32 }

// New is an engine without markets.
func New() *Engine {
	return &Engine{
		orders: make([]order, 1), rings: make([]links, 1), extras: make([]extra, 1), levels: make([]level, 1),
		nodes: make([]node, 1), ids: newIndex(), owners: newIndex(), ladders: make([]Ladder, 1), limit: MaxOrders, cold: cold,
	}
}

// Create opens a market. It is refused with [BadConfig], or with [MarketExists]
// even when the market was closed since.
func (e *Engine) Create(m Market, c Config) Code {
	switch {
	case m >= MaxMarkets || c.Low < 0 || c.High < 0 || c.High != 0 && c.Low > c.High:
		return BadConfig
	case e.book(m) != nil:
		return MarketExists
	}
	for len(e.books) <= int(m) {
		e.books = append(e.books, book{})
	}
	b := &e.books[m]
	*b = book{state: Open, betting: c.Betting, low: c.Low, high: c.High, ladder: e.intern(c.Ladder)}
	e.touch(m, b)
	return OK
}

// intern finds or adds a ladder.
func (e *Engine) intern(l Ladder) uint32 {
	for i := range e.ladders {
		if e.ladders[i].equal(l) {
			return uint32(i)
		}
	}
	e.ladders = append(e.ladders, l)
	return uint32(len(e.ladders) - 1)
}

// Halt stops trading in a market. A halted market stays so.
func (e *Engine) Halt(m Market) Code { return e.turn(m, Halted) }

// Resume opens a halted market. An open market stays so.
func (e *Engine) Resume(m Market) Code { return e.turn(m, Open) }

func (e *Engine) turn(m Market, s State) Code {
	b, code := e.living(m)
	if code == OK && b.state != s {
		b.state = s
		e.touch(m, b)
	}
	return code
}

// Close cancels everything that is left in a market, in book order, and takes
// nothing more, for ever.
func (e *Engine) Close(m Market) Code {
	b, code := e.living(m)
	if code == OK {
		e.clear(m, b, ByClose)
		b.state = Closed
		e.touch(m, b)
	}
	return code
}

// SetBand sets the price band of a market: the least and the greatest limit
// price taken, 0 for no bound. What rests already is not touched.
func (e *Engine) SetBand(m Market, low, high int64) Code {
	b, code := e.living(m)
	switch {
	case code != OK:
		return code
	case low < 0 || high < 0 || high != 0 && low > high:
		return BadConfig
	}
	b.low, b.high = low, high
	e.touch(m, b)
	return OK
}

// Drain hands over the reports since the last call. The slice is valid until
// the next command.
func (e *Engine) Drain() []Report {
	r := e.reports
	e.reports = e.reports[:0]
	return r
}

// book is a market that was created, or nil.
func (e *Engine) book(m Market) *book {
	if int64(m) < int64(len(e.books)) {
		if b := &e.books[m]; b.state != 0 {
			return b
		}
	}
	return nil
}

// living is a market that is not closed.
func (e *Engine) living(m Market) (*book, Code) {
	b := e.book(m)
	switch {
	case b == nil:
		return nil, UnknownMarket
	case b.state == Closed:
		return nil, MarketClosed
	}
	return b, OK
}
