package segment

import (
	"fmt"
	"hash/crc32"
	"io"

	"github.com/deadheat-io/deadheat/journal"
)

// Chunk is how much a Scanner reads at a time.
const Chunk = 256 << 10

// hopChunk is how much it reads when it looks at batch headers only.
const hopChunk = 32 << 10

// keepBuffer is the largest buffer that a Scanner keeps for later batches.
const keepBuffer = 8 << 20

// Scanner walks the batches of a segment file in order.
type Scanner struct {
	r         io.ReaderAt
	file      string
	partition journal.Partition

	pos, end int64  // where the next batch begins; where the readable bytes end
	next     int64  // offset that comes next
	buf      []byte // bytes of the file from position at on
	at       int64
}

// ScannedBatch is a batch as it stands in the file. Body is valid until the
// Scanner is used again. The checksums are right, the frames are not looked at.
type ScannedBatch struct {
	BatchHeader
	Pos  int64
	Body []byte
}

// NewScanner begins after the header of a file, of which size bytes are to be
// read. The name is for errors.
func NewScanner(r io.ReaderAt, size int64, file string, h Header) *Scanner {
	return &Scanner{r: r, file: file, partition: h.Partition, pos: h.Size(), end: size, next: h.Base}
}

// Pos is where the next batch begins in the file.
func (s *Scanner) Pos() int64 { return s.pos }

// NextOffset is the offset of the first record of the next batch.
func (s *Scanner) NextOffset() int64 { return s.next }

// Left is how many bytes are left to read.
func (s *Scanner) Left() int64 { return s.end - s.pos }

// Extend says that the file can now be read up to size. The bytes so far are
// taken to be as they were.
func (s *Scanner) Extend(size int64) { s.end = max(s.end, size) }

// Move goes to a place where a batch of this file begins, and to a new size.
func (s *Scanner) Move(pos, next, size int64) {
	s.pos, s.next, s.end, s.buf = pos, next, size, s.buf[:0]
}

// Next returns the next batch. It fails with [io.EOF] at the end, with a
// [*journal.CorruptError] when what comes next is not the next batch, complete
// and unchanged, and then stays where it is.
func (s *Scanner) Next() (ScannedBatch, error) {
	h, err := s.header(Chunk)
	if err != nil {
		return ScannedBatch{}, err
	}
	b, err := s.window(int(h.Size()), Chunk)
	if err != nil {
		return ScannedBatch{}, err
	}
	body := b[BatchHeaderSize:]
	if crc32.Checksum(body, castagnoli) != h.BodySum {
		return ScannedBatch{}, s.corrupt("checksum of the batch of %d records does not match", h.Count)
	}
	batch := ScannedBatch{BatchHeader: h, Pos: s.pos, Body: body}
	s.pos, s.next = s.pos+h.Size(), h.Next()
	return batch, nil
}

// Peek returns the header of the next batch, which is known to be complete but
// not to be unchanged. It fails as Next does.
func (s *Scanner) Peek() (BatchHeader, error) { return s.header(hopChunk) }

// Fits tells whether a next batch is there with a body of at most n bytes.
func (s *Scanner) Fits(n int) bool {
	h, err := s.header(Chunk)
	return err == nil && h.Body <= n
}

// Skip goes over the next batch without reading its records.
func (s *Scanner) Skip() (BatchHeader, error) {
	h, err := s.header(hopChunk)
	if err == nil {
		s.pos, s.next = s.pos+h.Size(), h.Next()
	}
	return h, err
}

// SeekOffset goes forward to the batch that holds the offset. It stops with [io.EOF]
// when the file ends before.
func (s *Scanner) SeekOffset(offset int64) error {
	for {
		h, err := s.Peek()
		if err != nil {
			return err
		}
		if h.Next() > offset {
			return nil
		}
		s.pos, s.next = s.pos+h.Size(), h.Next()
	}
}

func (s *Scanner) corrupt(format string, args ...any) error {
	return &journal.CorruptError{
		Position: s.partition.At(s.next), File: s.file,
		Reason: fmt.Sprintf(format, args...) + fmt.Sprintf(", at byte %d", s.pos),
	}
}

// header reads the next batch's header and checks that the batch is all there.
func (s *Scanner) header(chunk int) (BatchHeader, error) {
	left := s.end - s.pos
	if left <= 0 {
		return BatchHeader{}, io.EOF
	}
	if left < BatchHeaderSize {
		return BatchHeader{}, s.corrupt("the file ends inside a batch header, %d bytes after it began", left)
	}
	b, err := s.window(BatchHeaderSize, chunk)
	if err != nil {
		return BatchHeader{}, err
	}
	h, reason := parseBatchHeader(b)
	if reason != "" {
		return h, s.corrupt("%s", reason)
	}
	if h.Base != s.next {
		return h, s.corrupt("the batch begins with offset %d, and %d comes next", h.Base, s.next)
	}
	if h.Size() > left {
		return h, s.corrupt("the file ends inside a batch of %d bytes, after %d of them", h.Size(), left)
	}
	return h, nil
}

// window returns the next n bytes, which are below the end. It reads ahead by
// up to chunk bytes.
func (s *Scanner) window(n, chunk int) ([]byte, error) {
	have := 0
	if from := s.pos - s.at; from >= 0 && from < int64(len(s.buf)) {
		if int64(len(s.buf))-from >= int64(n) {
			return s.buf[from : from+int64(n)], nil
		}
		have = copy(s.buf, s.buf[from:])
	}
	want := int(min(int64(max(n, chunk)), s.end-s.pos))
	if cap(s.buf) < want || (cap(s.buf) > keepBuffer && want <= Chunk) {
		grown := make([]byte, max(want, int(min(Chunk, s.end-s.pos))))
		copy(grown, s.buf[:have])
		s.buf = grown
	}
	s.buf, s.at = s.buf[:want], s.pos
	if err := readFull(s.r, s.buf[have:], s.pos+int64(have)); err != nil {
		s.buf = s.buf[:0]
		return nil, fmt.Errorf("%s: read %d bytes at byte %d of %s: %w", s.partition.At(s.next), want, s.pos, s.file, err)
	}
	return s.buf[:n], nil
}
