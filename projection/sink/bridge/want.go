package bridge

import (
	"cmp"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection/offering"
)

// state is what a market should be.
type state uint8

const (
	leave   state = iota // as it is, and absent if it is not there
	running              // open if it is there
	open                 // open, and created if it is not there
	halted               // halted if it is there
	closed               // closed if it is there
)

// want is what one market should be, and why.
type want struct {
	market string
	offer  int64
	state  state
	reason string // for people
}

// wanted is what the markets of an offer should be.
func (c *mapping) wanted(s *offering.Shown, live bool) (state, string) {
	switch s.Status {
	case offering.OfferGone:
		return c.gone, "offer gone"
	case offering.OfferClosed:
		return c.closed, "offer closed"
	}
	trading := open
	if s.Status == offering.OfferSuspended {
		if c.suspended == halted {
			return halted, "offer suspended"
		}
		trading = running
	}
	switch {
	case !c.covers(s):
		return halted, "criterion not bridged"
	case !live && c.down == halted:
		return halted, "feed down"
	}
	return trading, "offer " + s.Status.String()
}

// deed is what is to be done about a want.
type deed uint8

const (
	nothing  deed = iota
	send          // a command
	wait          // until this feed's fold has come to what the book has taken
	reopened      // impossible: the market is closed for ever
)

// decide compares a want with what the book last took. At is the last record of
// the feed that is folded.
func (w *want) decide(t *Taken, source schema.Cause) (deed, schema.Market) {
	action := w.action(t)
	switch {
	case action == 0:
		return nothing, schema.Market{}
	case t.Known && t.Cause.Offset > source.Offset:
		return wait, schema.Market{}
	case t.Closed || t.Known && t.Action == schema.MarketClose:
		if w.state == open {
			return reopened, schema.Market{}
		}
		return nothing, schema.Market{}
	case t.Known && t.Cause.Offset == source.Offset:
		source.Part = t.Cause.Part + 1
	}
	return send, schema.Market{Action: action, Cause: schema.Some(source), Reason: schema.Some(w.reason)}
}

// action is what must be asked for, 0 for nothing, if the market can be changed.
func (w *want) action(t *Taken) schema.MarketAction {
	switch w.state {
	case open:
		if !t.Known {
			return schema.MarketCreate // also of a market that is there: then it is followed from now on
		}
		if t.Action == schema.MarketHalt || t.Action == schema.MarketClose {
			return schema.MarketResume
		}
	case running:
		if t.Known && t.Action == schema.MarketHalt {
			return schema.MarketResume
		}
	case halted:
		if t.Known && t.Action != schema.MarketHalt {
			return schema.MarketHalt
		}
	case closed:
		if t.Known && t.Action != schema.MarketClose {
			return schema.MarketClose
		}
	}
	return 0
}

// above tells whether a cause is above another one of the same partition.
func above(a, b schema.Cause) bool {
	return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Part, b.Part)) > 0
}
