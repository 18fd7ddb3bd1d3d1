package book

import (
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/matcher"
	"github.com/deadheat-io/deadheat/projection"
)

// Name is the projection's name.
const Name = "book"

// Rules is the version of the rules in this package.
const Rules = 1

// Stats count what happened since this process began to fold. They are no part
// of the state.
type Stats struct {
	Commands int64
	Rejected int64 // of them
	Repeated int64 // of them: known already
	Trades   int64
	Ended    int64 // orders that expired
}

// Book is the projection. Use New.
type Book struct {
	engine   *matcher.Engine
	markets  map[string]*market
	byNumber []*market // the engine's numbers, in order of creation
	orders   map[key]*order
	window   window
	limits   schema.BookLimits // of the partition, all of them set
	kills    kills             // of the partition
	time     int64
	ticked   int64 // time of the last tick
	timed    int   // open orders that end at a time

	metaCell  projection.Cell
	metaDirty bool
	dirty     []*market

	// Of the record that is being folded:
	offset  int64
	stamp   int64     // its time
	touched []*market // those with executions, in order of the first
	did     int64     // how many executions so far

	pure    bool         // ids are not remembered, see [NewPure]
	tape    *Tape        // nil: nothing is recorded
	untaped matcher.Step // what is noted goes here then

	answers ring
	notify  func(*Answer)
	stats   Stats
	w       *codec.Writer
	scratch []byte
}

// New is the projection at offset 0.
func New() *Book {
	b := &Book{
		engine: matcher.New(), markets: make(map[string]*market), orders: make(map[key]*order),
		window: newWindow(), limits: DefaultLimits(), w: codec.NewWriter(),
	}
	b.window.leave = b.keepOpen
	return b
}

// NewPure is a book that remembers no ids: a new order is rejected with
// duplicate_id while an order of the same market, account and id is open, and
// whatever else comes twice is carried out twice. Nothing else differs. It is for
// files of commands; the projection of a journal must know what it has done.
func NewPure() *Book {
	b := New()
	b.pure = true
	return b
}

// Name implements [projection.Projection].
func (b *Book) Name() string { return Name }

// Rules implements [projection.Projection].
func (b *Book) Rules() int64 { return Rules }

// Stats are the counters since this process began to fold.
func (b *Book) Stats() Stats { return b.stats }

// Apply implements [projection.Projection].
func (b *Book) Apply(r *journal.Record, emit projection.Emit) error {
	if !r.Kind.Command() && r.Kind != schema.KindTick {
		return nil // of the journal, or of another projection
	}
	body, err := codec.DecodeBody(r.Kind, r.Body)
	if err != nil {
		return err
	}
	b.offset, b.stamp = r.Offset, r.Time
	b.advance(r.Time, r.Kind == schema.KindTick)
	if r.Kind != schema.KindTick {
		b.command(string(r.Key), body)
	}
	b.flush(emit)
	return nil
}

// Command folds one command that lies in no journal, as [Book.Apply] folds a
// record. A command that has a time is given a tick of that time before it, and
// what both did is numbered as one; without a time, time stands still.
func (b *Book) Command(offset int64, at schema.Opt[schema.Time], market string, body schema.Body, emit projection.Emit) {
	b.offset, b.stamp = offset, b.time
	if at.OK {
		b.stamp = int64(at.V)
		b.advance(b.stamp, true)
	}
	b.command(market, body)
	b.flush(emit)
}

// command gives one command its answer.
func (b *Book) command(market string, body schema.Body) {
	c := newCommand(market, body)
	b.stats.Commands++
	if !c.valid() {
		b.reject(&c, schema.RejectInvalid)
		return
	}
	if c.known() && !b.pure {
		c.key, c.digest = b.identify(&c)
		if known := b.recall(c.key); known != nil {
			b.repeat(&c, known)
			return
		}
	}
	if c.sent.OK && int64(c.sent.V) <= b.window.floor {
		b.reject(&c, tooOld)
		return
	}
	e := entry{key: c.key, body: c.digest, at: b.sentBy(c.sent), offset: b.offset, time: b.stamp}
	code := b.execute(&c, &e)
	if code != 0 {
		e.verdict = verdict{code: code}
		b.reject(&c, code)
		e.did = b.did
	} else {
		e.did = b.did
		b.answer(&c, &e)
	}
	if c.known() && !b.pure {
		b.remember(e)
	}
}

// tooOld is the code for a command that may be a repetition of a forgotten one.
const tooOld = schema.RejectTooOld

// execute carries a command out and tells what became of it.
func (b *Book) execute(c *command, e *entry) schema.RejectCode {
	m := b.markets[c.market]
	switch body := c.body.(type) {
	case *schema.OrderNew:
		return b.place(m, body, e)
	case *schema.OrderCancel:
		return b.cancel(m, body, e)
	case *schema.OrderReplace:
		return b.replace(m, body, e)
	case *schema.MassCancel:
		return b.massCancel(m, c, body.Account, e)
	case *schema.Kill:
		return b.kill(m, c, body, e)
	case *schema.Market:
		return b.manage(m, c.market, body, e)
	case *schema.BookLimits:
		return b.limit(m, c.market, body)
	}
	return schema.RejectInvalid
}

// repeat answers a command whose id is known.
func (b *Book) repeat(c *command, known *entry) {
	if known.body != c.digest {
		b.reject(c, schema.RejectIDReused)
		return
	}
	b.stats.Repeated++
	b.answer(c, known)
}

// recall finds what is known of an id.
func (b *Book) recall(k key) *entry {
	if e := b.window.find(k); e != nil {
		return e
	}
	if o := b.orders[k]; o != nil {
		return o.kept
	}
	return nil
}

// keepOpen keeps what is known of an open order when the window forgets it.
func (b *Book) keepOpen(e *entry) {
	if o := b.orders[e.key]; o != nil {
		kept := *e
		o.kept = &kept
		b.touch(o.market)
	}
}
