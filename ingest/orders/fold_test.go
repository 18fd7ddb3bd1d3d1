package orders_test

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/deadheat-io/deadheat/ingest/orders"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/book"
)

// recorder is a book that remembers, beside its state, what the last records did
// and what orders were first answered.
type recorder struct {
	*book.Book
	did   [1 << 12]did
	names map[name]book.Answer
}

type name struct{ market, account, id string }

// did is what one record did.
type did struct {
	offset int64
	folded bool
	list   []orders.Execution
}

func newRecorder() *recorder {
	return &recorder{Book: book.New(), names: make(map[name]book.Answer)}
}

func (r *recorder) Apply(record *journal.Record, emit projection.Emit) error {
	d := did{offset: record.Offset, folded: true}
	err := r.Book.Apply(record, func(key []byte, body schema.Body) {
		e := body.(*schema.Executions)
		for i := range e.Items {
			d.list = append(d.list, orders.Execution{Market: string(key), N: e.First + int64(i), Execution: e.Items[i]})
		}
		emit(key, body)
	})
	r.did[record.Offset%int64(len(r.did))] = d
	if a, ok := r.Answer(record.Offset); ok && a.Command == schema.KindOrderNew && a.Code != schema.RejectIDReused {
		n := name{string(record.Key), a.Order.Account, a.Order.ID}
		if _, known := r.names[n]; !known {
			r.names[n] = a
		}
	}
	return err
}

// folded joins a runner and its book to what the intake asks for.
type folded struct {
	*projection.Runner
	book *recorder
}

var _ orders.Answers = (*folded)(nil)

func (f *folded) Await(ctx context.Context, from, to int64) ([]orders.Answer, error) {
	if _, err := f.Lane(ctx, to, ""); err != nil {
		return nil, err
	}
	list := make([]orders.Answer, to-from)
	err := f.Do(ctx, func(*projection.View) {
		for i := range list {
			if a, ok := f.book.Answer(from + int64(i)); ok {
				list[i] = answerOf(&a)
			}
		}
	})
	return list, err
}

func answerOf(a *book.Answer) orders.Answer {
	return orders.Answer{
		Known: true, Offset: a.Offset, Original: a.Original, Time: a.Time, Code: a.Code, Order: a.Order, Orders: a.Orders,
	}
}

func (f *folded) Find(ctx context.Context, market, account, id string) (found orders.Answer, ok bool, err error) {
	err = f.Do(ctx, func(*projection.View) {
		var a book.Answer
		if a, ok = f.book.names[name{market, account, id}]; !ok {
			return
		}
		found = answerOf(&a)
		if o, open := f.book.Order(market, account, id); open {
			found.Open = schema.Some(schema.OrderState{
				Account: o.Account, ID: o.ID, Number: o.Number, Side: o.Side, Remaining: o.Remaining, Filled: o.Filled,
			})
		}
	})
	return found, ok, err
}

func (f *folded) Executions(ctx context.Context, offset, _ int64) (list []orders.Execution, err error) {
	missing := true
	err = f.Do(ctx, func(*projection.View) {
		d := &f.book.did[offset%int64(len(f.book.did))]
		if missing = d.offset != offset || !d.folded; !missing {
			list = d.list
		}
	})
	if err == nil && missing {
		err = errors.New("it was folded long ago, or by another process")
	}
	return list, err
}

// faulty is a journal whose appends can be made to wait or to fail. Only those of
// commands: claims go through.
type faulty struct {
	journal.Journal
	mu   sync.Mutex
	mode fault
	dead map[string]bool // lanes and epochs of which an append failed: nothing of them lands
	held []func()        // answers that wait

	bounds chan struct{} // Bounds waits until it is closed
	claims int           // how many more land, and are answered with an error
}

type fault uint8

const (
	sound   fault = iota
	landing       // the append lands, and its answer is an error
	losing        // it does not land, and its answer is an error
	holding       // it lands, and its answer waits
	broken        // nothing is taken, for ever
)

var errDisk = errors.New("the disk made a noise")

func (j *faulty) set(mode fault) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for mode != holding && len(j.held) > 0 { // in order: later ones wait until all are gone
		held := j.held
		j.held = nil
		j.mu.Unlock()
		for _, answer := range held {
			answer()
		}
		j.mu.Lock()
	}
	j.mode = mode
}

// failClaims makes the next claims land and seem to fail.
func (j *faulty) failClaims(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.claims = n
}

// delayBounds makes Bounds wait: it is what opening a lane begins with.
func (j *faulty) delayBounds(until chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.bounds = until
}

func (j *faulty) Bounds(ctx context.Context, p journal.Partition) (int64, int64, error) {
	j.mu.Lock()
	until := j.bounds
	j.mu.Unlock()
	if until != nil {
		<-until
	}
	return j.Journal.Bounds(ctx, p)
}

func (j *faulty) Append(ctx context.Context, p journal.Partition, records []journal.Record, done func(int64, error)) error {
	j.mu.Lock()
	isBroken := j.mode == broken
	r := &records[0]
	noClaim := r.Kind == schema.KindClaim && j.claims > 0
	if noClaim {
		j.claims--
	}
	j.mu.Unlock()
	if noClaim {
		return j.Journal.Append(ctx, p, records, func(int64, error) { done(0, &journal.UnknownError{Partition: p, Err: errDisk}) })
	}
	if isBroken {
		return journal.ErrFailed
	}
	if !r.Kind.Command() {
		return j.Journal.Append(ctx, p, records, done)
	}
	epoch := fmt.Sprint(p, r.Lane, r.Epoch)
	j.mu.Lock()
	mode, dead := j.mode, j.dead[epoch]
	if mode == losing || mode == landing {
		j.dead[epoch] = true
	}
	j.mu.Unlock()
	unknown := &journal.UnknownError{Partition: p, Err: errDisk}
	switch {
	case dead, mode == losing:
		go done(0, unknown)
		return nil
	case mode == landing:
		return j.Journal.Append(ctx, p, records, func(int64, error) { done(0, unknown) })
	}
	return j.Journal.Append(ctx, p, records, func(first int64, err error) {
		j.mu.Lock()
		if j.mode == holding {
			j.held = append(j.held, func() { done(first, err) })
			j.mu.Unlock()
			return
		}
		j.mu.Unlock()
		done(first, err)
	})
}
