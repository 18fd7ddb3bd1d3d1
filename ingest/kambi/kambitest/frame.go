package kambitest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/klauspost/compress/gzip"
)

// Style is how the server packs what it sends.
type Style int

const (
	// Member makes every send one complete gzip member.
	Member Style = iota
	// Stream keeps one endless gzip stream and ends every send with a sync flush.
	Stream
)

// String returns "member" or "stream".
func (s Style) String() string {
	if s == Stream {
		return "stream"
	}
	return "member"
}

// ParseStyle is the reverse of String.
func ParseStyle(s string) (Style, error) {
	switch s {
	case "member":
		return Member, nil
	case "stream":
		return Stream, nil
	}
	return 0, fmt.Errorf("frame style %q: want member or stream", s)
}

// flushBytes is how much a stream collects before it flushes inside one send.
const flushBytes = 64 << 10

// FrameWriter packs frames (uint32 big endian length, then the payload) into gzip.
// It is not safe for concurrent use.
type FrameWriter struct {
	w      io.Writer
	style  Style
	gz     *gzip.Writer
	plain  []byte
	packed bytes.Buffer
	rng    *rand.Rand // nil: bytes go out as they are
}

// NewFrameWriter returns a writer in the given style. A splitSeed other than 0 splits
// what it writes at places drawn from that seed: between gzip members (or flushes) in
// the middle of a frame, and between writes, down to single bytes.
func NewFrameWriter(w io.Writer, style Style, splitSeed int64) *FrameWriter {
	f := &FrameWriter{w: w, style: style}
	// The level is fixed and valid, so NewWriterLevel cannot fail.
	f.gz, _ = gzip.NewWriterLevel(&f.packed, gzip.BestSpeed)
	if splitSeed != 0 {
		f.rng = newRand(splitSeed)
	}
	return f
}

// Send writes the payloads as frames of one send.
func (f *FrameWriter) Send(payloads ...[]byte) error {
	f.plain = f.plain[:0]
	for _, p := range payloads {
		f.plain = binary.BigEndian.AppendUint32(f.plain, uint32(len(p)))
		f.plain = append(f.plain, p...)
		if f.style == Stream && len(f.plain) >= flushBytes {
			if err := f.flush(); err != nil {
				return err
			}
		}
	}
	return f.flush()
}

// flush packs and writes what is collected.
func (f *FrameWriter) flush() error {
	rest := f.plain
	for len(rest) > 0 {
		n := len(rest)
		if f.rng != nil && n > 1 && f.rng.IntN(3) == 0 {
			n = 1 + f.rng.IntN(n-1)
		}
		if err := f.pack(rest[:n]); err != nil {
			return fmt.Errorf("pack frames: %w", err)
		}
		rest = rest[n:]
	}
	f.plain = f.plain[:0]
	err := f.write(f.packed.Bytes())
	f.packed.Reset()
	return err
}

func (f *FrameWriter) pack(p []byte) error {
	if f.style == Member {
		f.gz.Reset(&f.packed)
	}
	if _, err := f.gz.Write(p); err != nil {
		return err
	}
	if f.style == Member {
		return f.gz.Close()
	}
	return f.gz.Flush()
}

// write puts the packed bytes on the wire, split when asked for. Single bytes are
// kept to the first few: each one costs a TLS record.
func (f *FrameWriter) write(p []byte) error {
	single := 0
	if f.rng != nil && f.rng.IntN(8) == 0 {
		single = 40
	}
	for len(p) > 0 {
		n := len(p)
		switch {
		case single > 0:
			n, single = 1, single-1
		case f.rng != nil && n > 1 && f.rng.IntN(2) == 0:
			n = 1 + f.rng.IntN(n)
		}
		if _, err := f.w.Write(p[:n]); err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// newRand returns the generator behind everything seeded here.
func newRand(seed int64) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(seed), 0x9e3779b97f4a7c15))
}
