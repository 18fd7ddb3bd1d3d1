package kambi

import (
	"slices"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// maxBarren is how many sessions in a row may bring nothing new before the
// offset asked for is given up for a snapshot.
const maxBarren = 3

// Resume tells where a session with the feed has to go on: it is a fold over
// the records of the feed's lane, and over nothing else, so that a client that
// starts with an empty memory asks for the same as one that never stopped.
//
// Its base is the offset of the last completed snapshot, or the offset last
// asked for. While a replay is open, messages may still come in any order, and
// only the base is safe. Behind it the feed is at most R messages out of
// order: whatever lies below the (R+1)-th largest offset has come.
//
// Make it with NewResume. It is not safe for several goroutines.
type Resume struct {
	tail     bool  // the fold began somewhere in the journal: what came before is not known
	based    bool  // base is known
	base     int64 // feed offset
	snapshot bool  // a snapshot was begun and not ended
	replay   bool  // a replay was begun and not ended
	live     bool  // real time was seen, so that without a base no replay is open either
	since    top   // offsets journalled since the base was set

	before  top  // offsets journalled before that, to know what is new
	session bool // between FEED_UP and FEED_DOWN
	fresh   bool // the session brought something new
	barren  int  // sessions in a row that did not
}

// NewResume makes the state of an empty journal. The feed sends no message
// behind more than r messages with a higher offset.
func NewResume(r int) *Resume {
	return &Resume{since: top{most: r + 1}, before: top{most: r + 1}}
}

// Next returns what the next session asks for: everything above offset, or a
// snapshot.
func (r *Resume) Next() (snapshot bool, offset int64) {
	barren := r.barren
	switch { // it ends here as far as the journal tells
	case r.session && r.fresh:
		barren = 0
	case r.session:
		barren++
	}
	switch {
	case r.snapshot, barren >= maxBarren:
		return true, 0
	case r.based && (r.replay || !r.since.full()):
		return false, r.base
	case r.since.full() && (r.based || r.tail && r.live):
		return false, r.since.lowest()
	}
	return true, 0
}

// determined tells whether a fold that began in the middle of the journal has
// seen enough: what came before could not change the answer, or could only
// have made the offset higher than it is, which asks for more than needed.
func (r *Resume) determined() bool {
	return r.snapshot || r.based || r.live && r.since.full()
}

// Barren is how many sessions in a row, the last ones, brought nothing new.
func (r *Resume) Barren() int { return r.barren }

// Observe folds one record. Offset is what its body carries as feed offset, if
// anything; flow is that of an entity message, 0 for other kinds.
func (r *Resume) Observe(kind schema.Kind, flow schema.Flow, offset schema.Opt[int64]) {
	switch kind {
	case schema.KindFeedUp:
		r.endSession()
		r.session, r.fresh = true, false
	case schema.KindFeedDown:
		r.endSession()
	case schema.KindSnapshotBegin:
		r.snapshot, r.replay = true, false
	case schema.KindSnapshotEnd:
		r.before.reset()
		r.setBase(offset.V)
		r.snapshot, r.replay, r.fresh, r.barren = false, false, true, 0
	case schema.KindReplayBegin:
		r.before.merge(&r.since)
		r.setBase(offset.V)
		r.replay = true
	case schema.KindReplayEnd:
		r.replay, r.live, r.fresh = false, true, true
	default:
		r.message(flow, offset)
	}
}

func (r *Resume) endSession() {
	if r.session {
		r.barren++
		if r.fresh {
			r.barren = 0
		}
	}
	r.session = false
}

func (r *Resume) setBase(offset int64) {
	r.based, r.base = true, offset
	r.since.reset()
}

// message is the hot path.
func (r *Resume) message(flow schema.Flow, offset schema.Opt[int64]) {
	if flow == schema.FlowRealtime {
		r.live, r.fresh = true, true
	}
	if flow == schema.FlowSnapshot {
		// A snapshot is open, even if its beginning was not seen. What it
		// holds says nothing about what is to come behind it.
		r.snapshot = true
		return
	}
	if !offset.OK || r.based && offset.V <= r.base {
		return
	}
	if !r.fresh && !r.before.has(offset.V) {
		r.fresh = true
	}
	r.since.add(offset.V)
}

// ObserveBody folds a record by its body.
func (r *Resume) ObserveBody(body schema.Body) {
	switch b := body.(type) {
	case *schema.Message:
		r.message(b.Flow, schema.Some(b.Offset))
	case *schema.FeedUnknown:
		r.message(b.Flow, b.Offset)
	case *schema.RejectedRaw:
		r.message(b.Flow, schema.Opt[int64]{})
	case *schema.SnapshotEnd:
		r.Observe(body.RecordKind(), 0, schema.Some(b.Offset))
	case *schema.ReplayBegin:
		r.Observe(body.RecordKind(), 0, schema.Some(b.Offset))
	case *schema.ReplayEnd:
		r.Observe(body.RecordKind(), 0, schema.Some(b.Offset))
	default:
		r.Observe(body.RecordKind(), 0, schema.Opt[int64]{})
	}
}

// ObserveRecord folds a record as read from the journal. Of an entity message
// only the head is decoded.
func (r *Resume) ObserveRecord(record *journal.Record) error {
	if record.Kind.Entity() {
		in := codec.Read(record.Body)
		head := in.MessageHead(record.Kind)
		if err := in.Err(); err != nil {
			return err
		}
		r.message(head.Flow, schema.Some(head.Offset))
		return nil
	}
	body, err := codec.DecodeBody(record.Kind, record.Body)
	if err != nil {
		return err
	}
	r.ObserveBody(body)
	return nil
}

// top keeps the largest distinct numbers it was given, in order. They come
// nearly sorted, so that an insertion moves little; nothing is allocated once
// its memory is there.
type top struct {
	most int
	all  []int64 // backing memory of twice most; the kept ones are all[head:]
	head int
}

func (t *top) kept() []int64 { return t.all[t.head:] }
func (t *top) full() bool    { return len(t.all)-t.head >= t.most }

// lowest is the smallest one kept; there must be one.
func (t *top) lowest() int64 { return t.all[t.head] }
func (t *top) reset()        { t.all, t.head = t.all[:0], 0 }

// has tells whether the number is kept, or lies below so many that are that it
// would not be.
func (t *top) has(n int64) bool {
	if t.full() && n < t.lowest() {
		return true
	}
	_, found := slices.BinarySearch(t.kept(), n)
	return found
}

func (t *top) add(n int64) {
	kept := t.kept()
	at := len(kept)
	if at > 0 && n <= kept[at-1] {
		var found bool
		if at, found = slices.BinarySearch(kept, n); found {
			return
		}
	}
	if t.full() {
		if at == 0 {
			return // smaller than all that are kept
		}
		t.head++ // the smallest one goes
		at--
	}
	if t.head >= t.most {
		t.all = t.all[:copy(t.all, t.all[t.head:])]
		t.head = 0
	}
	t.all = slices.Insert(t.all, t.head+at, n)
}

// merge adds what another one keeps.
func (t *top) merge(other *top) {
	for _, n := range other.kept() {
		t.add(n)
	}
}
