package segment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/deadheat-io/deadheat/journal"
)

// Tail is what Recover found out about a file.
type Tail struct {
	Next    int64  // offset after the last good batch
	Size    int64  // bytes up to the end of it
	Last    int64  // where the last good batch begins, 0 when there is none
	Batches int    // good batches
	Torn    int64  // bytes of a torn batch after it, which may be cut
	Reason  string // why they are taken for torn
}

// Recover reads the last segment file of a partition from beginning to end and
// decides what its tail is: complete, torn by a crash, or damaged. Only damage
// is an error, a [*journal.CorruptError] that names position and file. Nothing
// is written.
func Recover(r io.ReaderAt, size int64, file string, h Header) (Tail, error) {
	s := NewScanner(r, size, file, h)
	t := Tail{Next: h.Base, Size: s.Pos()}
	for {
		b, err := s.Next()
		switch {
		case err == nil:
			if err := checkFrames(b.Body, b.BatchHeader); err != nil {
				return t, &journal.CorruptError{Position: h.Partition.At(b.Base), File: file, Reason: err.Error()}
			}
			t.Next, t.Size, t.Last, t.Batches = s.NextOffset(), s.Pos(), b.Pos, t.Batches+1
			continue
		case err == io.EOF:
			return t, nil
		case !journal.IsCorrupt(err):
			return t, err
		}
		reason, err := s.Torn(err)
		if err != nil {
			return t, err
		}
		t.Torn, t.Reason = size-t.Size, reason
		return t, nil
	}
}

// Torn decides about a corrupt error that Next or Skip returned, provided that
// the file is the last one of its partition: when what stands between here and
// the end of the file is a batch that a crash or a running writer has left
// unfinished, it says why. Otherwise the file is damaged, and it returns the
// error, or one that says more.
func (s *Scanner) Torn(corrupt error) (reason string, err error) {
	var c *journal.CorruptError
	if !errors.As(corrupt, &c) {
		return "", corrupt
	}
	left := s.end - s.pos
	if left < BatchHeaderSize {
		return fmt.Sprintf("%d bytes, less than a batch header", left), nil
	}
	b, err := s.window(BatchHeaderSize, hopChunk)
	if err != nil {
		return "", err
	}
	h, bad := parseBatchHeader(b)
	if bad != "" {
		return s.tornHeader(c)
	}
	switch {
	case h.Base != s.next:
		return "", corrupt
	case h.Size() > left:
		return fmt.Sprintf("%d bytes of a batch of %d", left, h.Size()), nil
	case h.Size() < left: // a later write proves that this batch was complete once
		return "", corrupt
	}
	return s.tornBody(h, corrupt)
}

// tornBody looks at a batch of full length, at the end of the file, whose
// checksum is wrong. It may have been acknowledged, so that anything but
// unwritten sectors is damage.
func (s *Scanner) tornBody(h BatchHeader, corrupt error) (string, error) {
	b, err := s.window(int(h.Size()), Chunk)
	if err != nil {
		return "", err
	}
	n := countEmpty(b[BatchHeaderSize:], s.pos+BatchHeaderSize)
	if n <= h.Empty {
		return "", corrupt
	}
	return fmt.Sprintf("a batch of %d bytes with %d sectors that were never written", h.Size(), n-h.Empty), nil
}

// tornHeader looks at bytes that are not a batch header. Unwritten sectors may
// explain that, unless a valid batch follows.
func (s *Scanner) tornHeader(corrupt *journal.CorruptError) (string, error) {
	zero, err := allZero(s.r, s.pos, s.end)
	if err != nil {
		return "", err
	}
	if zero {
		return fmt.Sprintf("%d bytes that were never written", s.end-s.pos), nil
	}
	unwritten, err := s.headerUnwritten()
	if err != nil {
		return "", err
	}
	if !unwritten {
		return "", corrupt
	}
	at, found, err := s.laterBatch()
	if err != nil {
		return "", err
	}
	if found {
		c := *corrupt
		c.Reason += fmt.Sprintf(", and a valid batch follows at byte %d", at)
		return "", &c
	}
	return "a batch header that was never written", nil
}

// headerUnwritten tells whether a sector that holds a part of the header that
// should be here is full of zeros.
func (s *Scanner) headerUnwritten() (bool, error) {
	edge := s.pos + sector - s.pos%sector
	zero, err := allZero(s.r, s.pos, min(edge, s.end))
	if err != nil || zero || edge >= s.pos+BatchHeaderSize {
		return zero, err
	}
	to := min(edge+sector, s.end)
	if to-edge < minPiece {
		return false, nil
	}
	return allZero(s.r, edge, to)
}

// laterBatch looks for a valid batch header anywhere after this place.
func (s *Scanner) laterBatch() (at int64, found bool, err error) {
	mark := binary.BigEndian.AppendUint32(nil, batchMagic)
	buf := make([]byte, min(Chunk, s.end-s.pos))
	for pos := s.pos + 1; s.end-pos >= BatchHeaderSize; {
		b := buf[:min(int64(len(buf)), s.end-pos)]
		if err := readFull(s.r, b, pos); err != nil {
			return 0, false, err
		}
		for i := 0; ; i++ {
			j := bytes.Index(b[i:], mark)
			if j < 0 || i+j+BatchHeaderSize > len(b) {
				break
			}
			i += j
			if h, bad := parseBatchHeader(b[i:]); bad == "" && h.Base > s.next {
				return pos + int64(i), true, nil
			}
		}
		pos += int64(len(b)) - BatchHeaderSize + 1
	}
	return 0, false, nil
}
