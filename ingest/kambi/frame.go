package kambi

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
)

const (
	frameHead   = 4         // a frame begins with its length
	firstBuffer = 256 << 10 // grows up to the largest frame
)

// frameReader takes frames out of a stream of gzip members. Members, packets
// and frames have nothing to do with each other: one member may last for ever,
// or hold half a length prefix.
//
// It reads member by member on one shared buffered reader. A gzip reader left
// to itself goes on to the next member's header before it hands out the end of
// the last one; a feed that packs every message alone would never be heard.
//
// A member ends with a check sum of what it held. From a feed that ends its
// members, what a member holds is handed out only when the sum was right, as
// far as the member is at hand and the buffer has room for it. A member that
// goes on for ever is handed out as it comes: nothing will ever vouch for it.
type frameReader struct {
	limits Limits
	raw    *countingReader
	in     *bufio.Reader
	member gzip.Reader
	open   bool // a member is begun and not ended
	ends   bool // a member has ended, so others will

	buf    []byte
	lo, hi int // what is inflated and not handed out: buf[lo:hi]
	sure   int // may be handed out: buf[lo:sure]

	frames   int64 // handed out
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
		return nil, ended(causeFrame, "frame of %d bytes where 1 to %d are allowed (%s)", size, r.limits.Frame, r.place())
	}
	if err := r.need(frameHead + int(size)); err != nil {
		return nil, err
	}
	frame := r.buf[r.lo+frameHead : r.lo+frameHead+int(size)]
	r.lo += frameHead + int(size)
	r.frames++
	r.allow()
	return frame, nil
}

// last says for people which frame next returned.
func (r *frameReader) last() string { return fmt.Sprintf("frame %d of the session", r.frames) }

// place says for people where in the stream the next frame begins.
func (r *frameReader) place() string {
	return fmt.Sprintf("frame %d of the session, at byte %d unpacked, by %d packed", r.frames+1, r.inflated-int64(r.hi-r.lo), r.packed())
}

// need makes at least n bytes in the buffer be sure. What is not when an error
// comes is dropped: the feed is asked for it again.
func (r *frameReader) need(n int) error {
	for r.sure-r.lo < n {
		r.room()
		got, err := r.inflate(r.buf[r.hi:])
		r.hi += got
		if err != nil {
			err = r.end(err)
			r.hi = r.sure
			return err
		}
		if !r.open || !r.ends || r.hi == len(r.buf) || r.in.Buffered() == 0 {
			r.sure = r.hi
		}
	}
	return nil
}

// room makes free space behind what is in the buffer. Memory follows what has
// come, not what a length prefix promises.
func (r *frameReader) room() {
	if len(r.buf)-r.hi > len(r.buf)/2 {
		return
	}
	held := copy(r.buf, r.buf[r.lo:r.hi])
	r.lo, r.hi, r.sure = 0, held, r.sure-r.lo
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
		return ended(causeBomb, "%w (%s)", err, r.place())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		// An endless member ends in the middle by its nature.
		if r.hi == r.lo {
			return io.EOF
		}
		return ended(causeNetwork, "the connection ended inside a frame: %w", io.ErrUnexpectedEOF)
	case isInflate(err):
		return ended(causeInflate, "packed stream damaged: %w (%s)", err, r.place())
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
			r.open, r.ends, err = false, true, nil
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
		return ended(causeBomb, "the stream inflates to more than %d times its size (%d bytes above that, %d allowed; %s)",
			r.limits.Ratio, r.excess, r.limits.Free, r.place())
	}
	return nil
}
