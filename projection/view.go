package projection

import (
	"context"
	"fmt"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/snapshots"
)

// View is the state at one position, while nothing is folded.
type View struct {
	Projection Projection
	Position   journal.Position
	Chain      [32]byte
	hash       func() Digest
}

// Hash is the state hash at the view's position.
func (v *View) Hash() Digest { return v.hash() }

// errStopped says that a runner does not fold any more.
var errStopped = fmt.Errorf("the projection has stopped")

// Do calls f between two records. f must be quick, since nothing is folded
// meanwhile, and must not keep the view.
func (r *Runner) Do(ctx context.Context, f func(*View)) error {
	q := request{do: f, done: make(chan error, 1)}
	select {
	case r.requests <- q:
	case <-r.stopped:
		return errStopped
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-q.done
}

// Lane implements [journal.Fold]: it waits until everything below offset is
// folded and returns what is known of the lane then.
func (r *Runner) Lane(ctx context.Context, offset int64, name string) (journal.LaneState, error) {
	w := &laneWait{offset: offset, name: name, answer: make(chan journal.LaneState, 1)}
	select {
	case r.requests <- request{lane: w}:
	case <-r.stopped:
		return journal.LaneState{}, errStopped
	case <-ctx.Done():
		return journal.LaneState{}, ctx.Err()
	}
	select {
	case s := <-w.answer:
		return s, nil
	case <-r.stopped:
		return journal.LaneState{}, errStopped
	case <-ctx.Done():
		return journal.LaneState{}, ctx.Err()
	}
}

// Stopped is closed when the runner does not fold any more.
func (r *Runner) Stopped() <-chan struct{} { return r.stopped }

func (r *Runner) serve(q request) {
	if q.lane != nil {
		r.waiting = append(r.waiting, *q.lane)
		r.answerLanes()
		return
	}
	q.done <- call(q.do, &View{
		Projection: r.c.Projection, Position: r.c.Source.Partition.At(r.fold.Next()),
		Chain: r.fold.Chain(), hash: func() Digest { return r.fold.Hash(r.stage(snapshots.State)) },
	})
}

// call keeps a panic of a visitor from ending the fold.
func call(f func(*View), v *View) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("reading the state at %s: panic: %v", v.Position, p)
		}
	}()
	f(v)
	return nil
}

// answerLanes answers those whose offset has been passed.
func (r *Runner) answerLanes() {
	still := r.waiting[:0]
	for _, w := range r.waiting {
		if w.offset > r.fold.Next() {
			still = append(still, w)
			continue
		}
		w.answer <- r.fold.Lanes().State(w.name)
	}
	r.waiting = still
}

// Status says how far a runner is.
type Status struct {
	Source    Source
	Next      int64 // first offset not folded
	Committed int64 // Next of the last checkpoint
	Outputs   int64 // outputs made so far
	Pending   int   // of them, not yet seen in the output topic
	Settled   bool  // everything folded is committed and everything surfaced is published
}

// Status may be called at any time.
func (r *Runner) Status() Status {
	s := Status{Source: r.c.Source, Next: r.next.Load(), Committed: r.committed.Load()}
	s.Outputs, s.Pending = r.outbox.counts()
	s.Settled = s.Committed == s.Next && s.Pending == 0 && r.settled.Load()
	return s
}
