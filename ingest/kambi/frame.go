package kambi

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
)

const (
	frameHead   = 4        // a frame begins with its length
	firstBuffer = 64 << 10 // grows up to the largest frame
)

// frameReader takes frames out of a stream of gzip members. Members, packets
// and frames have nothing to do with each other: one member may last for ever,
// or hold half a length prefix.
//
// It reads member by member on one shared buffered reader. A gzip reader left
// to itself goes on to the next member's header before it hands out the end of
// the last one; a feed that packs every message alone would never be heard.
type frameReader struct {
	limits Limits
	raw    *countingReader
	in     *bufio.Reader
	member gzip.Reader
	open   bool // a member is begun and not ended

	buf    []byte
	lo, hi int // what is inflated and not handed out: buf[lo:hi]

	inflated int64 // since the beginning of the stream
	excess   int64 // inflated bytes above Ratio times the packed ones; never below 0
	consumed int64 // packed bytes when excess was taken last
}

// countingReader counts what comes from the wire, and stops a stream that
// brings bytes without end and no frame.
type countingReader struct {
	in    io.Reader
	total int64
	until int64 // no more than this
}

var errNoFrames = errors.New("more packed bytes than the largest frame can need, and no frame")

func (r *countingReader) Read(b []byte) (int, error) {
	if r.total >= r.until {
		return 0, errNoFrames
	}
	n, err := r.in.Read(b)
	r.total += int64(n)
	return n, err
}

func newFrameReader(in io.Reader, limits Limits) *frameReader {
	raw := &countingReader{in: in}
	r := &frameReader{limits: limits, raw: raw, in: bufio.NewReaderSize(raw, 32<<10), buf: make([]byte, firstBuffer)}
	r.allow()
	return r
}

// allow sets how many packed bytes the next frame may take. Packing never
// makes data much larger, except in many tiny members or flushes; hence twice.
func (r *frameReader) allow() {
	r.raw.until = r.raw.total + 2*int64(r.limits.Frame) + 1<<20
}

// packed is how many packed bytes the inflater has taken.
func (r *frameReader) packed() int64 { return r.raw.total - int64(r.in.Buffered()) }

// next returns the next frame, which is valid until the next call. The error
// is io.EOF when the stream ends between two frames.
func (r *frameReader) next() ([]byte, error) {
	if err := r.need(frameHead); err != nil {
		return nil, err
	}
	size := int64(binary.BigEndian.Uint32(r.buf[r.lo:]))
	if size == 0 || size > int64(r.limits.Frame) {
		return nil, ended(causeFrame, "frame of %d bytes where 1 to %d are allowed", size, r.limits.Frame)
	}
	if err := r.need(frameHead + int(size)); err != nil {
		return nil, err
	}
	frame := r.buf[r.lo+frameHead : r.lo+frameHead+int(size)]
	r.lo += frameHead + int(size)
	r.allow()
	return frame, nil
}

// need makes at least n bytes be in the buffer.
func (r *frameReader) need(n int) error {
	for r.hi-r.lo < n {
		r.room(n)
		got, err := r.inflate(r.buf[r.hi:])
		r.hi += got
		if err != nil && r.hi-r.lo < n {
			return r.end(err)
		}
	}
	return nil
}

// room makes free space behind what is in the buffer. Memory follows what has
// come, not what a length prefix promises.
func (r *frameReader) room(n int) {
	if r.lo == r.hi {
		r.lo, r.hi = 0, 0
	}
	if r.hi < len(r.buf) && r.lo+n <= len(r.buf) {
		return
	}
	held := copy(r.buf, r.buf[r.lo:r.hi])
	r.lo, r.hi = 0, held
	if held == len(r.buf) {
		larger := make([]byte, min(2*len(r.buf), max(firstBuffer, r.limits.Frame+frameHead)))
		copy(larger, r.buf)
		r.buf = larger
	}
}

// isInflate tells errors of the packed stream from errors of the network.
func isInflate(err error) bool {
	var corrupt flate.CorruptInputError
	var internal flate.InternalError
	return errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) ||
		errors.As(err, &corrupt) || errors.As(err, &internal)
}

// end says what an error of the stream means for the session.
func (r *frameReader) end(err error) error {
	var known *endError
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, errNoFrames):
		return ended(causeBomb, "%w", err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		// An endless member ends in the middle by its nature.
		if r.hi == r.lo {
			return io.EOF
		}
		return ended(causeNetwork, "the connection ended inside a frame: %w", io.ErrUnexpectedEOF)
	case isInflate(err):
		return ended(causeInflate, "packed stream damaged near byte %d: %w", r.packed(), err)
	}
	return ended(causeNetwork, "%w", err)
}

// inflate reads unpacked bytes, across members.
func (r *frameReader) inflate(b []byte) (int, error) {
	for {
		if !r.open {
			if err := r.member.Reset(r.in); err != nil {
				return 0, err
			}
			r.member.Multistream(false)
			r.open = true
		}
		n, err := r.member.Read(b)
		if errors.Is(err, io.EOF) {
			r.open, err = false, nil
		}
		if over := r.measure(n); over != nil {
			return 0, over
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// measure keeps count of how much larger the stream grows than it came. The
// inflater holds back up to 32 KiB, whose packed bytes are counted before
// they are; Free must leave room for that.
func (r *frameReader) measure(n int) error {
	packed := r.packed()
	r.inflated += int64(n)
	r.excess = max(0, r.excess+int64(n)-int64(r.limits.Ratio)*(packed-r.consumed))
	r.consumed = packed
	if r.excess > int64(r.limits.Free) {
		return ended(causeBomb, "the stream inflates to more than %d times its size (%d bytes above that, %d allowed)",
			r.limits.Ratio, r.excess, r.limits.Free)
	}
	return nil
}
