package segment

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// MaxBody is the longest body of a batch, in bytes. A length above it is
// damage, and no memory is taken for it.
const MaxBody = 64 << 20

// batchMagic begins every batch. Each byte has several bits, so that no single
// flipped bit makes one of them zero, which would look unwritten.
const batchMagic = 0xdeadbea7

// BatchHeaderSize is the length of a batch's header in the file.
const BatchHeaderSize = 40

// FrameHeaderSize is what a record takes in a body beside its key and value.
const FrameHeaderSize = 16

// BatchHeader is what stands before the records of a batch.
type BatchHeader struct {
	Body    int   // length of the body
	Base    int64 // offset of the first record
	Count   int   // records
	MaxTime int64 // highest time of a record, in ms
	Empty   int   // sectors of the body that hold nothing but zeros, see countEmpty
	BodySum uint32
}

// Next is the offset after the batch.
func (h BatchHeader) Next() int64 { return h.Base + int64(h.Count) }

// Size is the batch's length in the file, with its header.
func (h BatchHeader) Size() int64 { return BatchHeaderSize + int64(h.Body) }

func (h BatchHeader) put(b []byte) {
	be := binary.BigEndian
	be.PutUint32(b, batchMagic)
	be.PutUint32(b[4:], uint32(h.Body))
	be.PutUint64(b[8:], uint64(h.Base))
	be.PutUint32(b[16:], uint32(h.Count))
	be.PutUint64(b[20:], uint64(h.MaxTime))
	be.PutUint32(b[28:], uint32(h.Empty))
	be.PutUint32(b[32:], h.BodySum)
	be.PutUint32(b[36:], crc32.Checksum(b[:36], castagnoli))
}

// parseBatchHeader reads a header, or says what is wrong with it.
func parseBatchHeader(b []byte) (h BatchHeader, reason string) {
	be := binary.BigEndian
	if be.Uint32(b) != batchMagic {
		return h, "no batch begins here"
	}
	if crc32.Checksum(b[:36], castagnoli) != be.Uint32(b[36:]) {
		return h, "checksum of the batch header does not match"
	}
	body, count := be.Uint32(b[4:]), be.Uint32(b[16:])
	h = BatchHeader{
		Body: int(body), Base: int64(be.Uint64(b[8:])), Count: int(count),
		MaxTime: int64(be.Uint64(b[20:])), Empty: int(be.Uint32(b[28:])), BodySum: be.Uint32(b[32:]),
	}
	switch {
	case body > MaxBody:
		return h, fmt.Sprintf("body of %d bytes, more than %d", body, MaxBody)
	case count == 0 || uint64(count)*FrameHeaderSize > uint64(body):
		return h, fmt.Sprintf("%d records in a body of %d bytes", count, body)
	case h.Base < 0 || h.Base+int64(count) < 0:
		return h, fmt.Sprintf("base offset %d", h.Base)
	}
	return h, ""
}

// Frames are records in the form that a body holds. They can be made ahead,
// in parallel, and joined into a batch later.
//
// A record is added by Begin, then by appending its value to Bytes, then End;
// or by Add. The zero value is empty.
type Frames struct {
	Bytes   []byte
	Count   int
	MaxTime int64 // ms; meaningless while Count is 0
	from    int   // where the frame begun last begins
	key     int   // length of its key
}

// Begin begins a record; what is appended to Bytes from here on is its value.
func (f *Frames) Begin(key []byte, ms int64) {
	f.from, f.key = len(f.Bytes), len(key)
	be := binary.BigEndian
	f.Bytes = be.AppendUint32(f.Bytes, uint32(len(key)))
	f.Bytes = be.AppendUint32(f.Bytes, 0) // known at End
	f.Bytes = be.AppendUint64(f.Bytes, uint64(ms))
	f.Bytes = append(f.Bytes, key...)
	if f.Count == 0 || ms > f.MaxTime {
		f.MaxTime = ms
	}
	f.Count++
}

// End ends the record and returns the length of its value.
func (f *Frames) End() int {
	value := len(f.Bytes) - f.from - FrameHeaderSize - f.key
	binary.BigEndian.PutUint32(f.Bytes[f.from+4:], uint32(value))
	return value
}

// Add adds a record.
func (f *Frames) Add(key, value []byte, ms int64) {
	f.Begin(key, ms)
	f.Bytes = append(f.Bytes, value...)
	f.End()
}

// Batch builds the bytes of one batch. The zero value is empty.
type Batch struct {
	buf     []byte
	count   int
	maxTime int64
}

// Reset empties the batch; its memory is used again.
func (b *Batch) Reset() { b.buf, b.count = b.buf[:0], 0 }

// Count is how many records the batch has.
func (b *Batch) Count() int { return b.count }

// Size is how many bytes the batch takes in the file.
func (b *Batch) Size() int64 { return int64(max(len(b.buf), BatchHeaderSize)) }

// Add appends records. It refuses, and adds nothing, when the body would grow
// beyond MaxBody.
func (b *Batch) Add(f *Frames) error {
	if b.Size()-BatchHeaderSize+int64(len(f.Bytes)) > MaxBody {
		return fmt.Errorf("batch of %d bytes and %d more: a batch has at most %d", b.Size(), len(f.Bytes), MaxBody)
	}
	if f.Count == 0 {
		return nil
	}
	if len(b.buf) == 0 {
		b.buf = append(b.buf, make([]byte, BatchHeaderSize)...)
	}
	b.buf = append(b.buf, f.Bytes...)
	if b.count == 0 || f.MaxTime > b.maxTime {
		b.maxTime = f.MaxTime
	}
	b.count += f.Count
	return nil
}

// Seal completes the batch for its place: the offset of its first record and
// the position in the file where it will be written. The bytes are valid until
// Reset; an empty batch has none.
func (b *Batch) Seal(base, pos int64) []byte {
	if b.count == 0 {
		return nil
	}
	body := b.buf[BatchHeaderSize:]
	BatchHeader{
		Body: len(body), Base: base, Count: b.count, MaxTime: b.maxTime,
		Empty:   countEmpty(body, pos+BatchHeaderSize),
		BodySum: crc32.Checksum(body, castagnoli),
	}.put(b.buf)
	return b.buf
}
