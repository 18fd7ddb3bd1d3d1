package codec

import (
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

// Array begins an array of n values.
func (w *Writer) Array(n int) { _ = w.enc.EncodeArrayLen(n) }

// Int writes an integer in its shortest form.
func (w *Writer) Int(n int64) { _ = w.enc.EncodeInt(n) }

// Bool writes a truth value.
func (w *Writer) Bool(b bool) { _ = w.enc.EncodeBool(b) }

// Nil writes nil, which stands for absent.
func (w *Writer) Nil() { _ = w.enc.EncodeNil() }

// Str writes a text. Every run of bytes in it that is not UTF-8 becomes one
// '?', so that what is written can be read: a reason cut in the middle of a
// letter must not stop every reader for ever.
func (w *Writer) Str(s string) {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "?")
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
