package kambi

import (
	"context"
	"fmt"
	"math"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// margin is how many records at the beginning of a window only tell which
// epoch is in force. Claims that race for one epoch lie close together; of two
// of them the window must hold the first, or stale records would count.
const margin = 1000

// rebuild makes the resume state out of the end of the journal, and tells
// whether the last session ended without saying so. It reads windows that
// begin further and further back, until one holds enough; own is the epoch
// that was claimed just now.
//
// Records that take effect are told from stale ones as [journal.Lanes] does,
// as far as a window allows: a claim wins over the epoch one below its own,
// so a window in which epochs are missing shows that what it held before was
// stale, and that is forgotten. Records that came twice are passed over.
// Counting too few offsets only asks for more than is needed.
func rebuild(ctx context.Context, j journal.Journal, p journal.Partition, r int, own int64) (resume *Resume, up bool, err error) {
	start, end, err := j.Bounds(ctx, p)
	if err != nil {
		return nil, false, fmt.Errorf("find where to resume: %w", err)
	}
	for window := int64(2*r + 1000); ; window *= 2 {
		from := max(start, end-window)
		f := newTailFold(p, r, from)
		if err := journal.ReadRange(ctx, j, p, from, end, f.record); err != nil {
			return nil, false, fmt.Errorf("find where to resume: %w", err)
		}
		if f.epoch > own {
			return nil, false, fmt.Errorf("epoch %d of lane %q is claimed, ours is %d: %w", f.epoch, journal.LaneFeed, own, journal.ErrLaneLost)
		}
		if from == start || f.resume.determined() {
			return f.resume, f.up, nil
		}
	}
}

// tailFold folds a window of the journal.
type tailFold struct {
	partition journal.Partition
	r         int
	tail      bool  // the window does not begin at offset 0
	counts    int64 // records before this offset only tell the epoch

	epoch  int64 // of the feed's lane; 0 while not known
	next   int64 // seq that comes next; 0 while not known
	resume *Resume
	up     bool // a session has begun and not ended
}

func newTailFold(p journal.Partition, r int, from int64) *tailFold {
	f := &tailFold{partition: p, r: r, tail: from > 0}
	if f.tail {
		f.counts = from + margin
	}
	f.forget()
	return f
}

// forget drops what was folded: it was stale.
func (f *tailFold) forget() {
	f.resume, f.up = NewResume(f.r), false
	f.resume.tail = f.tail
}

func (f *tailFold) record(record *journal.Record) error {
	if record.Kind == schema.KindRetire {
		return f.retire(record)
	}
	if record.Lane != journal.LaneFeed || !f.effective(record) || record.Offset < f.counts {
		return nil
	}
	switch record.Kind {
	case schema.KindClaim:
		return nil
	case schema.KindFeedDown:
		f.up = false
	default:
		f.up = true // there is no record of a session outside of one
	}
	if err := f.resume.ObserveRecord(record); err != nil {
		return &journal.PositionError{Position: f.partition.At(record.Offset), Err: err}
	}
	return nil
}

// effective decides whether a record of the feed's lane takes effect.
func (f *tailFold) effective(record *journal.Record) bool {
	if record.Epoch < f.epoch || record.Kind == schema.KindClaim && record.Epoch == f.epoch {
		return false
	}
	if record.Epoch > f.epoch {
		known := f.epoch != 0
		follows := record.Kind == schema.KindClaim && record.Epoch == f.epoch+1
		if known && !follows {
			f.forget()
		}
		f.epoch, f.next = record.Epoch, record.Seq
	}
	if record.Seq < f.next {
		return false
	}
	f.next = record.Seq + 1
	return true
}

// retire ends the epoch: only a claim of a higher one takes effect now.
func (f *tailFold) retire(record *journal.Record) error {
	body, err := codec.DecodeBody(record.Kind, record.Body)
	if err != nil {
		return &journal.PositionError{Position: f.partition.At(record.Offset), Err: err}
	}
	if body.(*schema.Retire).Lane == journal.LaneFeed {
		f.next = math.MaxInt64
	}
	return nil
}
