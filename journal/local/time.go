package local

import (
	"context"
	"fmt"
	"io"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/segment"
)

// OffsetAt returns the first record stamped at or after a time. Both are taken
// in whole milliseconds, so that no record at or after the time is before it.
// Times may go back from record to record, so every batch has to be asked: by
// its header, or by what is remembered of its whole segment.
func (j *Journal) OffsetAt(ctx context.Context, name journal.Partition, time int64) (int64, error) {
	p, err := j.partition(ctx, name)
	if err != nil {
		return 0, err
	}
	v, _, err := p.look(ctx, everything)
	if err != nil {
		return 0, err
	}
	ms := time / 1e6
	for i, base := range v.bases {
		if err := j.alive(ctx); err != nil {
			return 0, err
		}
		p.mu.Lock()
		highest, known := p.maxTimes[base]
		p.mu.Unlock()
		if known && highest < ms {
			continue
		}
		offset, found, err := p.offsetIn(v, i, ms)
		if found || err != nil {
			return offset, err
		}
	}
	return v.end, nil
}

// offsetIn looks through one segment.
func (p *partition) offsetIn(v view, i int, ms int64) (offset int64, found bool, err error) {
	base := v.bases[i]
	f, size, err := p.openKnown(base)
	if err != nil {
		return 0, false, err
	}
	defer f.Close()
	last := i == len(v.bases)-1
	if last {
		size = v.size
	}
	s := segment.NewScanner(f, size, p.file(base), p.header(base))
	highest := int64(-1 << 63)
	for {
		h, err := s.Peek()
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, false, err
		}
		highest = max(highest, h.MaxTime)
		if h.MaxTime >= ms {
			return p.offsetInBatch(s, ms)
		}
		if _, err := s.Skip(); err != nil {
			return 0, false, err
		}
	}
	if last {
		return 0, false, nil
	}
	if s.NextOffset() != v.bases[i+1] {
		return 0, false, p.gap(s.NextOffset(), v.bases[i+1])
	}
	p.mu.Lock()
	p.maxTimes[base] = highest
	p.mu.Unlock()
	return 0, false, nil
}

// offsetInBatch looks through the next batch, whose header promises a record.
func (p *partition) offsetInBatch(s *segment.Scanner, ms int64) (int64, bool, error) {
	b, err := s.Next()
	if err != nil {
		return 0, false, err
	}
	rest := b.Body
	for i := range b.Count {
		frame, after, err := segment.Cut(rest)
		if err != nil {
			return 0, false, &journal.CorruptError{Position: p.name.At(b.Base + int64(i)), Reason: err.Error()}
		}
		if frame.Time >= ms {
			return b.Base + int64(i), true, nil
		}
		rest = after
	}
	return 0, false, &journal.CorruptError{Position: p.name.At(b.Base),
		Reason: fmt.Sprintf("no record of the batch has the time %d ms that its header tells", b.MaxTime)}
}
