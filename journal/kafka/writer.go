package kafka

import (
	"fmt"
	"sync"
	"time"

	"github.com/deadheat-io/deadheat/journal"
)

// writer is the queue of appends to one partition, and the one goroutine that
// hands them to a client, a burst at a time.
type writer struct {
	j    *Journal
	p    journal.Partition
	turn chan struct{} // held by the Append that waits for space

	mu      sync.Mutex
	work    sync.Cond
	queue   []*call
	queued  int64         // bytes in the queue and in the burst under way
	space   chan struct{} // closed when the queue shrinks; nil while nobody waits
	closing bool
	late    chan struct{} // closed when closing has taken too long
	// lost is the highest epoch of each lane that has lost records. What such
	// an epoch still has to say would land behind a hole.
	lost map[string]int64

	answers journal.Answers
	sender  sender
}

func newWriter(j *Journal, p journal.Partition) *writer {
	w := &writer{j: j, p: p, turn: make(chan struct{}, 1), late: make(chan struct{}), lost: map[string]int64{}}
	w.work.L = &w.mu
	w.sender = sender{w: w}
	return w
}

// put queues a call. It returns a channel to wait for when there is no space;
// a call that is larger than the queue goes in when it is empty.
func (w *writer) put(c *call) (space <-chan struct{}, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closing {
		return nil, journal.ErrClosed
	}
	for _, l := range c.lanes {
		if epoch, ok := w.lost[l.name]; ok && l.epoch <= epoch {
			return nil, fmt.Errorf("lane %q, epoch %d: %w: earlier records of it were not appended", l.name, l.epoch, journal.ErrLaneLost)
		}
	}
	if w.queued > 0 && w.queued+c.size > w.j.opts.QueueBytes {
		if w.space == nil {
			w.space = make(chan struct{})
		}
		return w.space, nil
	}
	w.queue = append(w.queue, c)
	w.queued += c.size
	w.work.Signal()
	return nil, nil
}

// take waits for calls; none when the writer is closed and all are answered.
func (w *writer) take() []*call {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.queue) == 0 && !w.closing {
		w.work.Wait()
	}
	calls := w.queue
	w.queue = nil
	return calls
}

// close lets the writer end when all is answered, or when that takes too long.
func (w *writer) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closing = true
	w.work.Signal()
	time.AfterFunc(w.j.opts.CloseWait, func() { close(w.late) })
}

// run sends what is queued until the writer is closed.
func (w *writer) run() {
	var answering sync.WaitGroup
	answering.Go(w.answers.Run)
	for {
		calls := w.take()
		if calls == nil {
			break
		}
		for err := error(nil); len(calls) > 0; {
			var ended []*call
			if ended, calls, err = w.sender.burst(calls); err != nil {
				w.fail(append(ended, calls...), err)
				break
			}
			w.answer(ended)
		}
	}
	w.sender.close()
	w.answers.Close()
	answering.Wait()
}

// answer answers calls that are in the log.
func (w *writer) answer(calls []*call) {
	for _, c := range calls {
		w.answers.Put(c.done, c.first, nil)
	}
	w.shrink(calls)
}

// fail answers calls that may or may not be in the log, and everything behind
// them: from now on nothing of their lanes' epochs is accepted.
func (w *writer) fail(calls []*call, err error) {
	w.mu.Lock()
	calls = append(calls, w.queue...)
	w.queue = nil
	for _, c := range calls {
		for _, l := range c.lanes {
			if l.name != "" {
				w.lost[l.name] = max(w.lost[l.name], l.epoch)
			}
		}
	}
	w.mu.Unlock()
	for _, c := range calls {
		w.answers.Put(c.done, 0, &journal.UnknownError{Partition: w.p, Err: err})
	}
	w.shrink(calls)
}

// shrink gives back the space of calls.
func (w *writer) shrink(calls []*call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range calls {
		w.queued -= c.size
	}
	if w.space != nil {
		close(w.space)
		w.space = nil
	}
}
