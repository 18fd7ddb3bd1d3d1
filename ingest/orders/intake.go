package orders

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/deadheat-io/deadheat/journal"
)

// Intake takes the orders of all partitions of a topic. Use New, [Intake.Run]
// and [Intake.Register].
type Intake struct {
	c     Config
	parts []*partition
	n     counts

	ctx     context.Context // of appends and of waits for the fold; ends after a stop
	cancel  context.CancelFunc
	stopped chan struct{} // closed when nobody answers any more

	mu       sync.Mutex
	stopping bool
	idle     chan struct{} // closed when nothing flies any more; nil until a stop waits for it
	err      error         // why Run ends, if it is not the caller who ended it
	fail     context.CancelFunc
}

// New checks the configuration. Nothing is taken before Run.
func New(c Config) (*Intake, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, err
	}
	in := &Intake{c: c, stopped: make(chan struct{})}
	in.ctx, in.cancel = context.WithCancel(context.Background())
	in.fail = func() {}
	for i, answers := range c.Answers {
		in.parts = append(in.parts, newPartition(in, int32(i), answers))
	}
	return in, nil
}

// Run opens the lanes and takes orders until the context ends; then it refuses
// new ones, waits a while for the answers to those that were sent, and returns
// nil. It is called once. An error means that trying again cannot help: one of
// [journal.ErrLaneLost] that another process writes this node's lane.
func (in *Intake) Run(ctx context.Context) error {
	keep, fail := context.WithCancel(ctx)
	defer fail()
	in.mu.Lock()
	in.fail = fail
	in.mu.Unlock()
	var wg sync.WaitGroup
	for _, p := range in.parts {
		wg.Go(func() { in.failed(p.keep(keep)) })
		wg.Go(func() { p.sendAll(in.ctx) })
		wg.Go(func() { in.failed(p.awaitAll(in.ctx)) })
	}
	<-keep.Done()
	in.drain()
	in.cancel()
	close(in.stopped)
	wg.Wait()
	for _, p := range in.parts {
		p.close()
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.err
}

// failed remembers the first error and ends the run.
func (in *Intake) failed(err error) {
	if err == nil {
		return
	}
	in.c.Logger.Error("the order intake stops", "err", err)
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.err == nil {
		in.err = err
	}
	in.fail()
}

// drain lets nothing new in and waits a bounded time for what is under way.
func (in *Intake) drain() {
	in.mu.Lock()
	in.stopping = true
	in.idle = make(chan struct{})
	if in.n.pending.Load() == 0 {
		close(in.idle)
		in.idle = nil
		in.mu.Unlock()
		return
	}
	idle := in.idle
	in.mu.Unlock()
	timer := time.NewTimer(in.c.Stop)
	defer timer.Stop()
	select {
	case <-idle:
	case <-timer.C:
		in.c.Logger.Warn("the order intake ends with commands unanswered", "commands", in.n.pending.Load())
	}
}

// errBusy and errStopping say why nothing of a request was sent.
var (
	errBusy     = errors.New("too many commands are in flight")
	errStopping = errors.New("the order intake is stopping")
)

// admit takes room for n commands of so many bytes, all or none.
func (in *Intake) admit(n, bytes int64) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.stopping {
		return errStopping
	}
	if !take(&in.n.flying, n, in.c.Limits.Flying) {
		return errBusy
	}
	if !take(&in.n.flyingBytes, bytes, in.c.Limits.FlyingBytes) {
		in.n.flying.Add(-n)
		return errBusy
	}
	in.n.pending.Add(n)
	in.n.commands.Add(n)
	return nil
}

// landed tells a stop that n commands have ended.
func (in *Intake) landed(n int64) {
	if in.n.pending.Add(-n) > 0 {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.idle != nil && in.n.pending.Load() == 0 {
		close(in.idle)
		in.idle = nil
	}
}

// Overtaken tells the intake that the fold has seen its lane claimed with an
// epoch. If it is not a claim of its own, the run ends.
func (in *Intake) Overtaken(partition int32, epoch int64) {
	if int(partition) < len(in.parts) && partition >= 0 {
		in.parts[partition].overtakenBy(epoch)
	}
}

// ready tells why nothing may be sent to some partitions.
func (in *Intake) ready(parts []*partition) error {
	if err := in.c.Ready(); err != nil {
		return err
	}
	for _, p := range parts {
		if err := p.closedReason(); err != nil {
			return err
		}
	}
	return nil
}

// Ready tells whether orders can be taken now; the error says why not.
func (in *Intake) Ready() error {
	in.mu.Lock()
	stopping := in.stopping
	in.mu.Unlock()
	if stopping {
		return errStopping
	}
	return in.ready(in.parts)
}

// permanent tells whether opening a lane again cannot help.
func permanent(err error) bool {
	for _, end := range []error{journal.ErrLaneLost, journal.ErrFailed, journal.ErrClosed, journal.ErrReadOnly, journal.ErrNoTopic} {
		if errors.Is(err, end) {
			return true
		}
	}
	return journal.IsCorrupt(err)
}

// laneError says what was wrong with a partition's lane.
func (p *partition) laneError(err error) error {
	return fmt.Errorf("order intake of %s: %w", p.at, err)
}
