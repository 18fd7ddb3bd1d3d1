package codec

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// MaxDepth is how many arrays a value may lie in, one inside the other.
const MaxDepth = 16

// ErrNotCanonical says that bytes are msgpack, but not the one canonical form.
var ErrNotCanonical = errors.New("not canonical msgpack")

// Reader reads the bounded subset of msgpack that the journal uses: nil, bool,
// integers, text, bytes and arrays. The first error sticks: later reads return
// zero values, so a caller may check once, with Err or Done.
//
// The zero value reads nothing; use Read.
type Reader struct {
	b     []byte
	at    int
	err   error
	quiet bool // values are checked and not made; see Checked
}

// Read is a reader of the bytes.
func Read(b []byte) Reader { return Reader{b: b} }

// Err is the first error.
func (r *Reader) Err() error { return r.err }

// Done is the first error, or an error when bytes are left over.
func (r *Reader) Done() error {
	if r.err == nil && r.at != len(r.b) {
		r.fail("%d bytes left over", len(r.b)-r.at)
	}
	return r.err
}

// Failed makes the reader fail, for a value that has the right form and the
// wrong meaning.
func (r *Reader) Failed(format string, args ...any) { r.fail(format, args...) }

func (r *Reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("byte %d: %s", r.at, fmt.Sprintf(format, args...))
	}
}

func (r *Reader) notCanonical() {
	if r.err == nil {
		r.err = fmt.Errorf("byte %d: %w", r.at, ErrNotCanonical)
	}
}

// take returns the next n bytes.
func (r *Reader) take(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n < 0 || n > len(r.b)-r.at {
		r.fail("%d bytes wanted, %d left", n, len(r.b)-r.at)
		return nil
	}
	b := r.b[r.at : r.at+n : r.at+n]
	r.at += n
	return b
}

// code returns the next byte, or 0xc1, which msgpack never uses, after an error.
func (r *Reader) code() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0xc1
}

// uintN reads an n-byte big-endian number and checks that fewer would not do.
func (r *Reader) uintN(n int, least uint64) uint64 {
	b := r.take(n)
	if b == nil {
		return 0
	}
	var v uint64
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	if v < least {
		r.notCanonical()
	}
	return v
}

// Int reads an integer that an int64 can hold.
func (r *Reader) Int() int64 {
	if r.err == nil && r.at < len(r.b) && r.b[r.at] < 0x80 {
		r.at++
		return int64(r.b[r.at-1])
	}
	c := r.code()
	switch {
	case c <= 0x7f:
		return int64(c)
	case c >= 0xe0:
		return int64(int8(c))
	case c == 0xcc:
		return int64(r.uintN(1, 1<<7))
	case c == 0xcd:
		return int64(r.uintN(2, 1<<8))
	case c == 0xce:
		return int64(r.uintN(4, 1<<16))
	case c == 0xcf:
		v := r.uintN(8, 1<<32)
		if v > 1<<63-1 {
			r.fail("integer %d is too large", v)
			return 0
		}
		return int64(v)
	case c >= 0xd0 && c <= 0xd3:
		return r.negative(c)
	}
	r.fail("code 0x%02x where an integer comes", c)
	return 0
}

// negative reads the signed forms, which are canonical for negative numbers only.
func (r *Reader) negative(c byte) int64 {
	var v, above int64
	switch c {
	case 0xd0:
		v, above = int64(int8(r.uintN(1, 0))), -32
	case 0xd1:
		v, above = int64(int16(r.uintN(2, 0))), -1<<7
	case 0xd2:
		v, above = int64(int32(r.uintN(4, 0))), -1<<15
	default:
		v, above = int64(r.uintN(8, 0)), -1<<31
	}
	if v >= above {
		r.notCanonical()
		return 0
	}
	return v
}

// Bool reads a truth value.
func (r *Reader) Bool() bool {
	switch c := r.code(); c {
	case 0xc2:
		return false
	case 0xc3:
		return true
	default:
		r.fail("code 0x%02x where a bool comes", c)
		return false
	}
}

// Nil reads a nil if one comes, and tells whether it did.
func (r *Reader) Nil() bool {
	if r.err == nil && r.at < len(r.b) && r.b[r.at] == 0xc0 {
		r.at++
		return true
	}
	return false
}

// Array reads the head of an array and returns its length, which is never
// more than the bytes left.
func (r *Reader) Array() int {
	var n uint64
	switch c := r.code(); {
	case c >= 0x90 && c <= 0x9f:
		n = uint64(c & 0x0f)
	case c == 0xdc:
		n = r.uintN(2, 1<<4)
	case c == 0xdd:
		n = r.uintN(4, 1<<16)
	default:
		r.fail("code 0x%02x where an array comes", c)
	}
	if n > uint64(len(r.b)-r.at) {
		r.fail("array of %d values, %d bytes left", n, len(r.b)-r.at)
	}
	if r.err != nil {
		return 0
	}
	return int(n)
}

// arrayOf reads the head of an array whose values take at least size bytes
// each, so that what is allocated for it is bounded by the bytes at hand.
func (r *Reader) arrayOf(size int) int {
	n := r.Array()
	if n*size > len(r.b)-r.at {
		r.fail("array of %d values of at least %d bytes, %d bytes left", n, size, len(r.b)-r.at)
		return 0
	}
	return n
}

// Tuple reads the head of an array that must have n values.
func (r *Reader) Tuple(n int) {
	if got := r.Array(); got != n {
		r.fail("array of %d values where %d come", got, n)
	}
}

// StrBytes reads a text and returns its bytes, a part of the reader's own.
func (r *Reader) StrBytes() []byte {
	var n uint64
	switch c := r.code(); {
	case c >= 0xa0 && c <= 0xbf:
		n = uint64(c & 0x1f)
	case c == 0xd9:
		n = r.uintN(1, 1<<5)
	case c == 0xda:
		n = r.uintN(2, 1<<8)
	case c == 0xdb:
		n = r.uintN(4, 1<<16)
	default:
		r.fail("code 0x%02x where a text comes", c)
	}
	b := r.take(int(n))
	if !utf8.Valid(b) {
		r.fail("text is not UTF-8")
		return nil
	}
	return b
}

// Str reads a text.
func (r *Reader) Str() string {
	b := r.StrBytes()
	if r.quiet {
		return ""
	}
	return string(b)
}

// Bin reads bytes and returns them, a part of the reader's own.
func (r *Reader) Bin() []byte {
	var n uint64
	switch c := r.code(); c {
	case 0xc4:
		n = r.uintN(1, 0)
	case 0xc5:
		n = r.uintN(2, 1<<8)
	case 0xc6:
		n = r.uintN(4, 1<<16)
	default:
		r.fail("code 0x%02x where bytes come", c)
	}
	return r.take(int(n))
}

// Raw skips one value of any kind and returns its bytes, a part of the
// reader's own.
func (r *Reader) Raw() []byte {
	from := r.at
	r.skip(0)
	if r.err != nil {
		return nil
	}
	return r.b[from:r.at:r.at]
}

func (r *Reader) skip(depth int) {
	if depth > MaxDepth {
		r.fail("nested deeper than %d", MaxDepth)
	}
	if r.err != nil || r.at >= len(r.b) {
		r.take(1)
		return
	}
	switch c := r.b[r.at]; {
	case c == 0xc0, c == 0xc2, c == 0xc3:
		r.at++
	case c >= 0xa0 && c <= 0xbf, c >= 0xd9 && c <= 0xdb:
		r.StrBytes()
	case c >= 0x90 && c <= 0x9f, c == 0xdc, c == 0xdd:
		for n := r.Array(); n > 0 && r.err == nil; n-- {
			r.skip(depth + 1)
		}
	case c >= 0xc4 && c <= 0xc6:
		r.Bin()
	default:
		r.Int()
	}
}
