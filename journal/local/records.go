package local

import (
	"fmt"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/segment"
)

// records gathers what one Next returns. The bytes are copied out of the
// scanner's buffer once, batch by batch; keys and values are parts of them.
type records struct {
	list  []journal.Record
	bytes []byte
	lane  string // of the last record: the next one has the same, mostly
}

// badFrame is an error in record i of a batch.
type badFrame struct {
	i      int
	frame  bool // the frame itself is wrong: damage
	reason error
}

func (e *badFrame) Error() string { return fmt.Sprintf("record %d of the batch: %v", e.i, e.reason) }

// add appends the records of a batch from an offset on. left is how much of
// the segment comes after it.
func (s *records) add(b *segment.ScannedBatch, from, left int64) error {
	if s.bytes == nil {
		body := int64(len(b.Body))
		s.bytes = make([]byte, 0, max(body, min(nextBytes, body+left)))
		s.list = make([]journal.Record, 0, b.Count*(cap(s.bytes)/len(b.Body))) // if the others are alike
	}
	at := len(s.bytes)
	s.bytes = append(s.bytes, b.Body...)
	rest := s.bytes[at:]
	for i := range b.Count {
		frame, after, err := segment.Cut(rest)
		if err != nil {
			return &badFrame{i, true, err}
		}
		rest = after
		offset := b.Base + int64(i)
		if offset < from {
			continue
		}
		s.list = append(s.list, journal.Record{Offset: offset, Lane: s.lane, Key: frame.Key})
		r := &s.list[len(s.list)-1]
		if err := codec.DecodeRecord(frame.Value, r); err != nil {
			s.list = s.list[:len(s.list)-1]
			return &badFrame{i, false, err}
		}
		s.lane = r.Lane
	}
	if len(rest) > 0 {
		return &badFrame{b.Count, true, fmt.Errorf("%d bytes after the last record", len(rest))}
	}
	return nil
}

// badRecord gives an error of add its place.
func (r *reader) badRecord(err error, base int64) error {
	bad, ok := err.(*badFrame)
	if !ok {
		return err
	}
	at := r.p.name.At(base + int64(bad.i))
	if bad.frame {
		return &journal.CorruptError{Position: at, File: r.p.file(r.base), Reason: bad.Error()}
	}
	return &journal.PositionError{Position: at, Err: bad.reason}
}
