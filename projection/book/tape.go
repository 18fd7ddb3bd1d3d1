package book

import "github.com/deadheat-io/deadheat/matcher"

// Tape records the commands that a book gives its engine, in order. Given again
// to an engine that was as the book's was when recording began, they lead to the
// same hash: so matching can be measured, or checked, alone. Who records takes
// Steps away from time to time, since they are never dropped.
type Tape struct {
	Steps []matcher.Step
}

// Record makes the book record on a tape from now on; nil ends it. A tape that
// is to begin with an empty engine is set before anything is folded.
func (b *Book) Record(t *Tape) { b.tape = t }

// note records a command on a tape, if there is one.
func (b *Book) note(op matcher.Op, m matcher.Market) *matcher.Step {
	if b.tape == nil {
		return &b.untaped
	}
	b.tape.Steps = append(b.tape.Steps, matcher.Step{Op: op, Market: m})
	return &b.tape.Steps[len(b.tape.Steps)-1]
}

// noteOrder and noteReplace record what is too large to be copied for no tape.
func (b *Book) noteOrder(o *matcher.Order) {
	if b.tape != nil {
		b.note(matcher.OpSubmit, o.Market).Order = *o
	}
}

func (b *Book) noteReplace(r *matcher.Replace) {
	if b.tape != nil {
		kept := *r
		b.note(matcher.OpReplace, r.Market).Replace = &kept
	}
}
