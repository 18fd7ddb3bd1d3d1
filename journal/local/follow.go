package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/segment"
)

// follow is how a read-only journal finds out what the writer has done: it
// looks at the directory and at the end of the last segment.
type follow struct {
	followMu sync.Mutex // one at a time
	base     int64      // the last segment looked at
	pos      int64      // and up to where it was complete; 0 at first
}

// refresh brings the view up to date. What looks like damage may be the writer
// at work, so it is read again a few times before it is reported. The view is
// valid beside an error: what it holds can be read.
func (p *partition) refresh(ctx context.Context) (view, error) {
	p.followMu.Lock()
	defer p.followMu.Unlock()
	for try := 0; ; try++ {
		v, err := p.lookAgain()
		if err == nil || try == damageRetries || !(journal.IsCorrupt(err) || missing(err)) {
			return v, err
		}
		timer := time.NewTimer(damageWait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return v, ctx.Err()
		case <-p.j.stop:
			timer.Stop()
			return v, journal.ErrClosed
		}
	}
}

// lookAgain does it once.
func (p *partition) lookAgain() (view, error) {
	old := p.view // only refresh changes it
	bases, err := p.listSegments()
	if err != nil {
		return old, err
	}
	// The list comes before the size: a segment that another one follows in the
	// list does not grow any more.
	v, err := p.tail(bases)
	if errors.Is(err, segment.ErrNoHeader) { // the next writer makes it anew
		if len(bases) > 1 {
			v, err = p.tail(bases[:len(bases)-1])
		} else {
			v, err = view{bases: bases}, nil
		}
	}
	if v.bases == nil {
		return old, err
	}
	if v.end < old.end {
		return old, errors.Join(err, &journal.CorruptError{Position: p.name.At(v.end), File: p.file(v.last()),
			Reason: fmt.Sprintf("records %d to %d were there before and are missing now", v.end, old.end-1)})
	}
	p.publish(v)
	return v, err
}

// tail finds the end of the last segment. It opens the file each time, because
// a writer that starts again may have replaced it.
func (p *partition) tail(bases []int64) (view, error) {
	base := bases[len(bases)-1]
	f, size, err := p.openSegment(base)
	if err != nil {
		return view{}, err
	}
	defer f.Close()
	s := segment.NewScanner(f, size, p.file(base), p.header(base))
	if p.base == base && p.pos > 0 && p.pos <= size {
		s.Move(p.pos, p.view.end, size)
	}
	err = findEnd(s, size)
	p.base, p.pos = base, s.Pos()
	return view{bases: bases, end: s.NextOffset(), size: s.Pos()}, err
}

// findEnd moves to the end of the last complete batch. All but that one are
// followed by another, so that they were durable once; the records of the last
// one are verified.
func findEnd(s *segment.Scanner, size int64) error {
	pos, next := s.Pos(), s.NextOffset()
	var err error
	for {
		before, offset := s.Pos(), s.NextOffset()
		if _, err = s.Skip(); err != nil {
			break
		}
		pos, next = before, offset
	}
	if err != io.EOF {
		if _, err := s.Torn(err); err != nil {
			return err
		}
	}
	s.Move(pos, next, size)
	if _, err := s.Next(); err != nil && err != io.EOF {
		_, err = s.Torn(err)
		return err
	}
	return nil
}
