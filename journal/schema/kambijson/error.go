package kambijson

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxReason is the most bytes that [Reason] returns.
const MaxReason = 200

// maxPath bounds paths in errors: names of unknown members are the feed's own.
const maxPath = 120

// Error says why a message was refused, and where.
type Error struct {
	Path   string // JSON pointer (RFC 6901) to the value; "" is the message itself
	At     int64  // byte of the message at or after which it was found
	What   string
	Syntax error // the parser's own error, if it found it
}

// Error is what is wrong, the path and the byte.
func (e *Error) Error() string {
	path := e.Path
	if path == "" {
		path = "message"
	}
	return fmt.Sprintf("%s: %s (byte %d)", path, e.What, e.At)
}

// Unwrap is the parser's own error.
func (e *Error) Unwrap() error { return e.Syntax }

// Reason is a short text that is the same for equal mistakes: positions in
// lists print as *, bytes are left out. It is at most [MaxReason] bytes.
func Reason(err error) string {
	var e *Error
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &e):
		return clip(err.Error(), MaxReason)
	case e.Path == "":
		return clip(e.What, MaxReason)
	}
	steps := strings.Split(e.Path, "/")
	for i, s := range steps {
		if s != "" && strings.Trim(s, "0123456789") == "" {
			steps[i] = "*"
		}
	}
	return clip(e.What+" at "+strings.Join(steps, "/"), MaxReason)
}

// clip makes valid UTF-8 of a text and cuts it to n bytes, never inside a
// character.
func clip(s string, n int) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if len(s) <= n {
		return s
	}
	const dots = "..."
	n -= len(dots)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + dots
}

// fail records the first error, at the value read last.
func (d *Decoder) fail(what string) {
	if d.err == nil {
		d.err = &Error{
			Path: clip(string(d.json.StackPointer()), maxPath),
			At:   d.json.InputOffset(), What: what,
		}
	}
}

// failValue fails at the value that comes next.
func (d *Decoder) failValue(what string) {
	d.skip() // only a value that was read has a path of its own
	d.fail(what)
}

// failSyntax records an error of the parser in words of our own: its texts are
// free to change, and reasons are journalled.
func (d *Decoder) failSyntax(err error) {
	if d.err != nil {
		return
	}
	e := &Error{At: d.json.InputOffset(), What: "not valid JSON", Syntax: err}
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		e.Path, e.At = clip(string(s.JSONPointer), maxPath), s.ByteOffset
	}
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		e.What = "duplicate member name"
	case errors.Is(err, io.ErrUnexpectedEOF):
		e.What = "message ends too early"
	case errors.Is(err, io.EOF):
		e.What = "message is empty"
	case !utf8.Valid(d.message):
		e.What = "not valid UTF-8"
	}
	d.err = e
}
