package orders

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/deadheat-io/deadheat/journal"
)

// outcome is how far a send has come to an end.
type outcome uint8

const (
	answered outcome = iota + 1 // the fold has passed it
	unsent                      // nothing of it was appended, nor will be
	unknown                     // it may be in the journal or not
)

// send is what one request brings to one partition: it is appended whole or not
// at all. After done is closed nothing of it changes.
type send struct {
	entries []journal.Entry
	bytes   int64 // of the entries
	first   int64
	answers []Answer // one for each entry, if answered
	outcome outcome
	err     error // why not answered
	done    chan struct{}
}

// end gives a send its outcome.
func (p *partition) end(s *send, o outcome, err error) {
	n := int64(len(s.entries))
	s.outcome, s.err, s.entries = o, err, nil
	p.in.n.flying.Add(-n) // first, since the client may come back at once
	p.in.n.flyingBytes.Add(-s.bytes)
	close(s.done)
	p.in.landed(n)
}

// work is a list of sends that somebody waits for.
type work struct {
	mu    sync.Mutex
	list  []*send
	ready chan struct{}
}

func newWork() work { return work{ready: make(chan struct{}, 1)} }

func (w *work) put(sends ...*send) {
	w.mu.Lock()
	w.list = append(w.list, sends...)
	w.mu.Unlock()
	w.wake()
}

func (w *work) wake() {
	select {
	case w.ready <- struct{}{}:
	default:
	}
}

// take waits for sends, and takes as many from the front as more allows; nil when
// the context has ended. It always takes one.
func (w *work) take(ctx context.Context, more func(*send) bool) []*send {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.ready:
		}
		w.mu.Lock()
		n := 0
		for n < len(w.list) && (more(w.list[n]) || n == 0) {
			n++
		}
		group := append([]*send(nil), w.list[:n]...)
		rest := copy(w.list, w.list[n:])
		clear(w.list[rest:])
		w.list = w.list[:rest]
		w.mu.Unlock()
		if rest > 0 {
			w.wake()
		}
		if n > 0 {
			return group
		}
	}
}

// maxAppend is how many records go into one append, unless one request has more.
const maxAppend = 2000

// sendAll appends what is queued: what came while the last append was handed over
// goes together. It does not wait for the journal's answer.
func (p *partition) sendAll(ctx context.Context) {
	for {
		n := 0
		group := p.queued.take(ctx, func(s *send) bool { n += len(s.entries); return n <= maxAppend })
		if group == nil {
			return
		}
		p.append(ctx, group)
	}
}

// append hands a group to the lane.
func (p *partition) append(ctx context.Context, group []*send) {
	lane, err := p.openLane()
	if lane != nil {
		err = p.in.c.Fresh(ctx, p.at.Index)
	}
	if err != nil {
		p.endAll(group, unsent, err)
		return
	}
	now := p.in.c.Now().UnixNano()
	var entries []journal.Entry
	for _, s := range group {
		for i := range s.entries {
			s.entries[i].Time = now
		}
		entries = append(entries, s.entries...)
	}
	p.in.n.appends.Add(1)
	err = lane.Append(ctx, entries, func(first int64, err error) { p.appended(lane, group, first, err) })
	if err != nil { // there will be no answer, and nothing is in the journal
		p.endAll(group, unsent, err)
		p.lost(lane, err)
	}
}

// appended is the journal's answer. Answers come in order.
func (p *partition) appended(lane *journal.Lane, group []*send, first int64, err error) {
	if err != nil {
		o := unknown
		if errors.Is(err, journal.ErrTooLarge) {
			o = unsent
		}
		p.lost(lane, err)
		p.endAll(group, o, err)
		return
	}
	for _, s := range group {
		s.first = first
		first += int64(len(s.entries))
	}
	p.flown.put(group...)
}

func (p *partition) endAll(group []*send, o outcome, err error) {
	for _, s := range group {
		p.end(s, o, err)
	}
}

// maxAwait is over how many offsets answers are asked for at a time, unless one
// request has more.
const maxAwait = 8192

// awaitAll asks the fold what became of what was appended. An error means that
// the fold has ended.
func (p *partition) awaitAll(ctx context.Context) error {
	for {
		from := int64(-1)
		group := p.flown.take(ctx, func(s *send) bool {
			if from < 0 {
				from = s.first
			}
			return s.first+int64(len(s.entries))-from <= maxAwait
		})
		if group == nil {
			return nil
		}
		from, to := span(group)
		answers, err := p.answers.Await(ctx, from, to)
		if err == nil && int64(len(answers)) != to-from {
			err = fmt.Errorf("%d answers for the records from %d to %d", len(answers), from, to)
		}
		if err != nil {
			p.endAll(group, unknown, err)
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("order intake of %s: what became of the orders from %d on cannot be found out: %w", p.at, from, err)
		}
		for _, s := range group {
			p.answered(s, answers[s.first-from:][:len(s.entries)])
		}
	}
}

// span is the offsets from the first to the last record of a group.
func span(group []*send) (from, to int64) {
	from = group[0].first
	for _, s := range group {
		from, to = min(from, s.first), max(to, s.first+int64(len(s.entries)))
	}
	return from, to
}

// answered ends a send that the fold has passed. A record without an effect is one
// of a lane that somebody else has taken.
func (p *partition) answered(s *send, answers []Answer) {
	s.answers = answers
	for i := range answers {
		if !answers[i].Known {
			p.suspected()
			break
		}
	}
	p.end(s, answered, nil)
}
