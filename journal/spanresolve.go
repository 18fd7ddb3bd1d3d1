package journal

import (
	"context"
	"fmt"
)

// Resolve finds the offsets [from, to) of the span in a partition as it is
// now; a span that follows ends where the partition ends. An offset that the
// journal does not hold is [ErrOutOfRange], never something near it: only
// counts from the end (-N) stop at the beginning.
func (s Span) Resolve(ctx context.Context, j Journal, p Partition) (from, to int64, err error) {
	start, end, err := j.Bounds(ctx, p)
	if err != nil {
		return 0, 0, fmt.Errorf("span %s of %s: %w", s.text, p, err)
	}
	if from, err = s.from.resolve(ctx, j, p, start, end); err != nil {
		return 0, 0, err
	}
	if to, err = s.to.resolve(ctx, j, p, start, end); err != nil {
		return 0, 0, err
	}
	if from > to {
		return 0, 0, &SpanError{s.text, fmt.Sprintf("in %s it begins at %d and ends before, at %d", p, from, to)}
	}
	return from, to, nil
}

func (b bound) resolve(ctx context.Context, j Journal, p Partition, start, end int64) (int64, error) {
	offset := b.n
	switch b.kind {
	case atStart:
		return start, nil
	case atEnd:
		return end, nil
	case fromEnd:
		return max(start, end-b.n), nil
	case atTime:
		offset, err := j.OffsetAt(ctx, p, b.n)
		return min(offset, end), err // records may have come after end was asked for
	case fromStart:
		if b.n > end-start { // asked before the sum, which could overflow
			return 0, outOfRange(p, end, "the journal ends here, %d records after its beginning; not %d", end-start, b.n)
		}
		offset = start + b.n
	}
	switch {
	case offset < start:
		return 0, outOfRange(p, offset, "the journal begins at %d; what was before is gone", start)
	case offset > end:
		return 0, outOfRange(p, offset, "the journal ends at %d", end)
	}
	return offset, nil
}

func outOfRange(p Partition, offset int64, format string, args ...any) error {
	return &PositionError{p.At(offset), fmt.Errorf("%w: "+format, append([]any{ErrOutOfRange}, args...)...)}
}
