package codec

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"github.com/vmihailenco/msgpack/v5"
)

// Writer appends canonical msgpack to a buffer. Use NewWriter.
type Writer struct {
	buf buffer
	enc *msgpack.Encoder
}

// buffer is the simplest target that the encoder takes without wrapping.
type buffer struct{ b []byte }

func (w *buffer) Write(p []byte) (int, error) { w.b = append(w.b, p...); return len(p), nil }
func (w *buffer) WriteByte(c byte) error      { w.b = append(w.b, c); return nil }

// NewWriter makes an empty writer. A writer can be used again after Reset.
func NewWriter() *Writer {
	w := new(Writer)
	w.enc = msgpack.NewEncoder(&w.buf)
	return w
}

// Reset forgets what was written; the buffer's memory is used again.
func (w *Writer) Reset() { w.buf.b = w.buf.b[:0] }

// Use makes the writer append to dst.
func (w *Writer) Use(dst []byte) { w.buf.b = dst }

// Bytes is what was written. It is valid until the writer is used again.
func (w *Writer) Bytes() []byte { return w.buf.b }

// Len is how many bytes were written.
func (w *Writer) Len() int { return len(w.buf.b) }

// The encoder's errors are those of its target, and a buffer has none.

// What takes one byte of code is appended here, since most values do; fuzzing
// compares it with the encoder.

// Array begins an array of n values.
func (w *Writer) Array(n int) {
	if n >= 0 && n < 16 {
		w.buf.b = append(w.buf.b, 0x90|byte(n))
		return
	}
	_ = w.enc.EncodeArrayLen(n)
}

// Int writes an integer in its shortest form.
func (w *Writer) Int(n int64) {
	switch {
	case n >= 0 && n < 1<<7:
		w.buf.b = append(w.buf.b, byte(n))
	case n >= 1<<7 && n < 1<<8:
		w.buf.b = append(w.buf.b, 0xcc, byte(n))
	case n >= 1<<8 && n < 1<<16:
		w.buf.b = append(w.buf.b, 0xcd, byte(n>>8), byte(n))
	case n >= 1<<16 && n < 1<<32:
		w.buf.b = binary.BigEndian.AppendUint32(append(w.buf.b, 0xce), uint32(n))
	case n >= 1<<32:
		w.buf.b = binary.BigEndian.AppendUint64(append(w.buf.b, 0xcf), uint64(n))
	default:
		_ = w.enc.EncodeInt(n)
	}
}

// Bool writes a truth value.
func (w *Writer) Bool(b bool) { _ = w.enc.EncodeBool(b) }

// Nil writes nil, which stands for absent.
func (w *Writer) Nil() { w.buf.b = append(w.buf.b, 0xc0) }

// Str writes a text. Every run of bytes in it that is not UTF-8 becomes one
// '?', so that what is written can be read: a reason cut in the middle of a
// letter must not stop every reader for ever.
func (w *Writer) Str(s string) {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "?")
	}
	if len(s) < 32 {
		w.buf.b = append(append(w.buf.b, 0xa0|byte(len(s))), s...)
		return
	}
	_ = w.enc.EncodeString(s)
}

// Bin writes bytes that are not text. Nil is written as no bytes.
func (w *Writer) Bin(b []byte) {
	_ = w.enc.EncodeBytesLen(len(b))
	w.Raw(b)
}

// Raw appends bytes that are msgpack already.
func (w *Writer) Raw(b []byte) { w.buf.b = append(w.buf.b, b...) }
