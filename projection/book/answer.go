package book

import "github.com/deadheat-io/deadheat/journal/schema"

// Answer is what became of one command.
type Answer struct {
	Offset   int64 // of the command
	Original int64 // of the command that decided: Offset, unless this one repeats it
	Time     int64 // of the record at Original, ns since 1970
	Did      int64 // how many executions that record made
	Command  schema.Kind
	Code     schema.RejectCode // 0: it took effect
	// Order is the order as the first command of this id left it; Number is 0
	// where there is none.
	Order  schema.OrderState
	Orders int64 // how many orders a mass cancel, a close or an end of day ended
	Cmd    schema.Opt[string]
}

// Accepted tells whether the command took effect.
func (a *Answer) Accepted() bool { return a.Code == 0 }

// Repeated tells whether the command changed nothing because it is known.
func (a *Answer) Repeated() bool { return a.Original != a.Offset }

// ringSize is how many answers are kept for those who ask late.
const ringSize = 1 << 15

// ring holds the last answers by offset. It is no part of the state: after a
// restart the way to an old answer is to send the command again.
type ring struct{ slots []Answer }

func (r *ring) put(a Answer) {
	if r.slots == nil {
		r.slots = make([]Answer, ringSize)
	}
	r.slots[a.Offset%ringSize] = a
}

// Answer tells what became of the command at an offset. It is false when there
// was none, or when it was folded by another process or long ago.
func (b *Book) Answer(offset int64) (Answer, bool) {
	if offset < 0 || b.answers.slots == nil {
		return Answer{}, false
	}
	a := b.answers.slots[offset%ringSize]
	return a, a.Offset == offset && a.Command != 0
}

// Notify makes the fold hand every answer to a function, which must be quick and
// must not keep the pointer. Nil ends it.
func (b *Book) Notify(f func(*Answer)) { b.notify = f }

// Known is what a new order was answered, while its id is known.
func (b *Book) Known(market, account, id string) (Answer, bool) {
	e := b.recall(b.orderKey(market, account, id))
	if e == nil {
		return Answer{}, false
	}
	c := command{body: &schema.OrderNew{}, account: account, id: id}
	return c.answer(e.offset, e), true
}

// answer is what an entry says of the command at an offset.
func (c *command) answer(offset int64, e *entry) Answer {
	return Answer{
		Offset: offset, Original: e.offset, Time: e.time, Did: e.did, Command: c.body.RecordKind(), Code: e.code, Orders: e.orders, Cmd: c.cmd,
		Order: schema.OrderState{Account: c.account, ID: c.id, Number: e.number, Side: e.side, Remaining: e.remaining, Filled: e.filled},
	}
}

// answer tells what the command that decided was given.
func (b *Book) answer(c *command, e *entry) {
	a := c.answer(b.offset, e)
	b.answers.put(a)
	if b.notify != nil {
		b.notify(&a)
	}
}
