package orders

import "sync/atomic"

// Stats are an intake's counters since it was made. They only grow, but for
// Flying and Open.
type Stats struct {
	Requests   int64 `json:"requests"`   // of any kind
	Commands   int64 `json:"commands"`   // that were sent, or about to be; one for each partition it goes to
	Appends    int64 `json:"appends"`    // that carried them
	Accepted   int64 `json:"accepted"`   // answers of the fold, as the next two
	Rejected   int64 `json:"rejected"`   //
	Duplicates int64 `json:"duplicates"` // of both
	Unknown    int64 `json:"unknown"`    // answers that did not come in time, or cannot come
	Unsent     int64 `json:"unsent"`     // commands whose append was not begun
	Refused    int64 `json:"refused"`    // lines and requests that are nonsense
	TooLarge   int64 `json:"too_large"`  // bodies and lines above a limit
	Full       int64 `json:"full"`       // requests that found no room
	NotReady   int64 `json:"not_ready"`  // requests that came while no order may be taken
	Left       int64 `json:"left"`       // clients that did not wait for their answer
	Claims     int64 `json:"claims"`     // lanes opened
	Lost       int64 `json:"lost"`       // lanes lost
	Flying     int64 `json:"flying"`     // commands without an answer of the fold
	Open       int64 `json:"open"`       // requests under way
}

// counts are the counters that Stats shows.
type counts struct {
	requests, commands, appends, accepted, rejected, duplicates, unknown, unsent, refused,
	tooLarge, full, notReady, left, claims, lost atomic.Int64

	flying, flyingBytes, open, bodies atomic.Int64

	pending atomic.Int64 // commands whose client may not know yet: what a stop waits for
}

// Stats may be called at any time.
func (in *Intake) Stats() Stats {
	n := &in.n
	return Stats{
		Requests: n.requests.Load(), Commands: n.commands.Load(), Appends: n.appends.Load(),
		Accepted: n.accepted.Load(), Rejected: n.rejected.Load(), Duplicates: n.duplicates.Load(),
		Unknown: n.unknown.Load(), Unsent: n.unsent.Load(), Refused: n.refused.Load(), TooLarge: n.tooLarge.Load(),
		Full: n.full.Load(), NotReady: n.notReady.Load(), Left: n.left.Load(), Claims: n.claims.Load(), Lost: n.lost.Load(),
		Flying: n.flying.Load(), Open: n.open.Load(),
	}
}

// take takes n of a counter that has a limit, or nothing.
func take(counter *atomic.Int64, n, limit int64) bool {
	if counter.Add(n) <= limit {
		return true
	}
	counter.Add(-n)
	return false
}
