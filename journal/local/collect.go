package local

import (
	"fmt"
	"io"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/segment"
)

// read returns records that the view holds. What goes wrong is tried once more
// with the file opened anew: a writer that started again may have replaced it.
func (r *reader) read(v view) ([]journal.Record, error) {
	for try := 0; ; try++ {
		records, err := r.collect(v)
		if err != nil {
			_ = r.shut()
		}
		if len(records) > 0 { // an error comes again with the next call
			r.next = records[len(records)-1].Offset + 1
			return records, nil
		}
		if try > 0 {
			return nil, err
		}
	}
}

// collect reads batches until it has enough, or comes to the end of a segment.
func (r *reader) collect(v view) ([]journal.Record, error) {
	if r.scan == nil {
		offset := r.next
		if r.base >= 0 { // the same segment again, so that the same error comes again
			offset = r.base
		}
		if err := r.openAt(v, v.find(offset)); err != nil {
			return nil, err
		}
	}
	var out records
	if err := r.extend(v); err != nil {
		return nil, err
	}
	for len(out.list) == 0 || r.scan.Fits(cap(out.bytes)-len(out.bytes)) {
		b, err := r.scan.Next()
		if err == io.EOF { // with nothing yet: Fits knows of no batch at the end
			if err := r.nextSegment(v); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return out.list, err
		}
		if err := out.add(&b, r.next, r.scan.Left()); err != nil {
			return out.list, r.badRecord(err, b.Base)
		}
	}
	return out.list, nil
}

// extend lets the scanner read what the view holds of the open segment.
func (r *reader) extend(v view) error {
	switch {
	case r.full:
	case r.base == v.last():
		r.scan.Extend(v.size)
	default:
		info, err := r.file.Stat()
		if err != nil {
			return fmt.Errorf("%s: look at segment: %w", r.p.name.At(r.next), err)
		}
		r.scan.Extend(info.Size())
		r.full = true
	}
	return nil
}

// openAt opens a segment and goes to the batch that holds the next record.
func (r *reader) openAt(v view, i int) error {
	base := v.bases[i]
	f, _, err := r.p.openKnown(base)
	if err != nil {
		return err
	}
	_ = r.shut()
	h := r.p.header(base)
	r.file, r.base, r.full = f, base, false
	r.scan = segment.NewScanner(f, h.Size(), r.p.file(base), h)
	if err := r.extend(v); err != nil {
		return err
	}
	if err := r.scan.SeekOffset(r.next); err != nil && err != io.EOF {
		return err
	}
	return nil
}

// nextSegment goes on at the end of one.
func (r *reader) nextSegment(v view) error {
	at := r.scan.NextOffset()
	i := v.find(r.base) + 1
	if i >= len(v.bases) {
		return &journal.CorruptError{Position: r.p.name.At(at), File: r.p.file(r.base),
			Reason: fmt.Sprintf("the file ends, and records up to %d were there before", v.end-1)}
	}
	if at != v.bases[i] {
		return r.p.gap(at, v.bases[i])
	}
	return r.openAt(v, i)
}
