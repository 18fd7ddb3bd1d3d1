package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// ErrPumpClosed says that the pump was closed.
var ErrPumpClosed = errors.New("pump closed")

// Appender is where a pump appends to: a [journal.Lane].
type Appender interface {
	Append(ctx context.Context, entries []journal.Entry, done func(first int64, err error)) error
}

// Item is one record on its way into a lane. Its body is encoded by the pump,
// in another goroutine than the source's, so that two cores share the work.
// The body must not change once it is put.
type Item struct {
	Body schema.Body
	Key  []byte
	Time int64 // ns since 1970
	Size int   // bytes of memory that the item takes until it is durable, roughly

	// Limit is the largest encoding of key and body; what a record may have
	// if 0. TooLarge makes what is journalled in place of a larger one.
	// Without it such a body fails the pump.
	Limit    int
	TooLarge func(size int) (body schema.Body, key []byte)
}

// PumpConfig says where a pump appends to and how much it holds.
type PumpConfig struct {
	Lane Appender

	MaxItems  int // put and not yet durable; default 16,384
	MaxBytes  int // of them, by Item.Size; default 64 MiB
	MaxFlying int // encoded bytes that the lane has not answered; default 16 MiB

	// Batches under way at a time; default 8. A small number makes batches
	// grow by themselves when records come faster than the journal answers.
	MaxBatches int
	BatchItems int // most records in a batch; default 1,000
	BatchBytes int // a batch is closed when it has this many encoded bytes; default 1 MiB

	// Durable is told of every batch that is in the journal, in order, with
	// the offset of its first record, before Flush returns for it. The items
	// are valid only during the call. It is called from a goroutine of the
	// journal and must not wait for the pump.
	Durable func(first int64, items []Item)
}

func (c PumpConfig) withDefaults() PumpConfig {
	set := func(v *int, to int) {
		if *v <= 0 {
			*v = to
		}
	}
	set(&c.MaxItems, 16<<10)
	set(&c.MaxBytes, 64<<20)
	set(&c.MaxFlying, 16<<20)
	set(&c.MaxBatches, 8)
	set(&c.BatchItems, 1000)
	set(&c.BatchBytes, 1<<20)
	return c
}

// Pump carries items from a source into a lane: bounded, in order, in batches,
// several at a time. Any number of goroutines may put.
type Pump struct {
	c      PumpConfig
	ctx    context.Context // of the appends; ends when the pump is closed
	cancel context.CancelFunc
	failed chan struct{} // closed at the first error
	ended  chan struct{} // closed when the pump's goroutine has ended

	observing sync.Mutex // held while Durable runs; taken before mu

	mu      sync.Mutex
	changed *sync.Cond // something below changed
	queue   []Item
	spare   []Item // memory of the last queue, to be used again
	held    int    // items put and not yet durable
	bytes   int    // their size
	batches int    // handed to the lane and not answered
	flying  int    // their encoded bytes
	put     int64  // items put, ever
	durable int64  // items known to be in the journal, ever
	err     error  // the first one
	free    []*batch
}

// NewPump starts a pump. Close ends it.
func NewPump(c PumpConfig) *Pump {
	p := &Pump{c: c.withDefaults(), failed: make(chan struct{}), ended: make(chan struct{})}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.changed = sync.NewCond(&p.mu)
	go p.run()
	return p
}

// Put queues an item. While the pump is full it waits; this is the
// back-pressure that a source passes on to whoever sends. An item larger than
// the pump's bytes is taken alone.
func (p *Pump) Put(ctx context.Context, item Item) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	full := func() bool {
		return p.held > 0 && (p.held >= p.c.MaxItems || p.bytes+item.Size > p.c.MaxBytes)
	}
	if p.err == nil && full() {
		if err := p.wait(ctx, func() bool { return !full() }); err != nil {
			return err
		}
	}
	if p.err != nil {
		return p.err
	}
	p.queue = append(p.queue, item)
	p.held++
	p.bytes += item.Size
	p.put++
	if len(p.queue) == 1 {
		p.changed.Broadcast()
	}
	return nil
}

// wait lets go of mu until ready says so, the pump fails or the context ends.
func (p *Pump) wait(ctx context.Context, ready func() bool) error {
	stop := context.AfterFunc(ctx, func() {
		p.mu.Lock() // or the broadcast could fall between a look at the context and the wait
		defer p.mu.Unlock()
		p.changed.Broadcast()
	})
	defer stop()
	for p.err == nil && !ready() {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.changed.Wait()
	}
	return p.err
}

// Flush waits until everything put before the call is durable.
func (p *Pump) Flush(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	until := p.put
	return p.wait(ctx, func() bool { return p.durable >= until })
}

// Failed is closed when the pump has failed, for those who wait elsewhere.
func (p *Pump) Failed() <-chan struct{} { return p.failed }

// Err is the first error, nil while there is none.
func (p *Pump) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Held is how many items, and how many bytes of them, are not durable yet.
func (p *Pump) Held() (items, bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held, p.bytes
}

// Close ends the pump and gives up what it holds; whoever wants that durable
// calls Flush before. It waits for the lane's answers until the context ends.
// After Close, Durable is not called any more.
func (p *Pump) Close(ctx context.Context) {
	p.fail(ErrPumpClosed)
	p.cancel()
	<-p.ended
	stop := context.AfterFunc(ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.changed.Broadcast()
	})
	defer stop()
	p.mu.Lock()
	for p.batches > 0 && ctx.Err() == nil {
		p.changed.Wait()
	}
	p.mu.Unlock()
	p.observing.Lock() // a running Durable ends first; later ones see the error
	defer p.observing.Unlock()
}

// fail remembers the first error and wakes everybody.
func (p *Pump) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = fmt.Errorf("journal what was received: %w", err)
		close(p.failed)
	}
	p.changed.Broadcast()
}
