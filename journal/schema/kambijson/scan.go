package kambijson

import (
	"bytes"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of one message. An entity with a thousand outcomes has some 20,000
// tokens. In memory a token may take a hundred times its text, so that bytes
// alone would not bound what a message takes.
const (
	MaxMessage = 4 << 20 // bytes
	MaxDepth   = 32      // objects and lists inside each other
	MaxTokens  = 1 << 17 // names, values and brackets
)

// Kinds of values, by the first byte as jsontext has it.
const (
	object  = jsontext.Kind('{')
	list    = jsontext.Kind('[')
	text    = jsontext.Kind('"')
	number  = jsontext.Kind('0')
	yes, no = jsontext.Kind('t'), jsontext.Kind('f')
)

// start begins to read a message. The parser reads from the bytes themselves
// and never changes them.
func (d *Decoder) start(message []byte) {
	d.message, d.err = message, nil
	d.in = *bytes.NewBuffer(message)
	d.json.Reset(&d.in)
	d.out, d.members, d.top, d.tokens = d.out[:0], d.members[:0], frame{}, 0
	if len(message) > MaxMessage {
		d.fail("message is larger than 4 MiB")
	}
}

// finish checks that nothing comes behind the value.
func (d *Decoder) finish() {
	if d.err != nil {
		return
	}
	if _, err := d.json.ReadToken(); err == nil {
		d.fail("more than one value")
	} else if err != io.EOF {
		d.failSyntax(err)
	}
}

// peek is the kind of the value that comes next: its first byte, with any
// number's as '0', and 0 at the end or after an error. It only looks at the
// byte, as the parser's own peek costs as much as reading; what stands before
// the value is checked when the value is read.
func (d *Decoder) peek() jsontext.Kind {
	if d.err != nil {
		return 0
	}
	for _, c := range d.message[d.json.InputOffset():] {
		if kind := kindOf[c]; kind != 0 {
			return kind
		}
	}
	return 0
}

// kindOf is the kind of value that a byte begins: 0 for what stands between
// values.
var kindOf = func() (kinds [256]jsontext.Kind) {
	for c := range kinds {
		kinds[c] = jsontext.Kind(c)
	}
	for _, c := range "-123456789" {
		kinds[c] = number
	}
	for _, c := range " \t\n\r,:" {
		kinds[c] = 0
	}
	return kinds
}()

// token reads a bracket.
func (d *Decoder) token() {
	if d.err != nil {
		return
	}
	if _, err := d.json.ReadToken(); err != nil {
		d.failSyntax(err)
	} else if d.json.StackDepth() > MaxDepth {
		d.fail("nested deeper than 32")
	} else {
		d.spend()
	}
}

// spend counts a token.
func (d *Decoder) spend() {
	if d.tokens++; d.tokens > MaxTokens {
		d.fail("more than 131072 names, values and brackets")
	}
}

// scalar reads a value that peek found to be no object and no list. Its bytes
// are a part of the message.
func (d *Decoder) scalar() []byte {
	if d.err != nil {
		return nil
	}
	v, err := d.json.ReadValue()
	if err != nil {
		d.failSyntax(err)
		return v
	}
	d.spend()
	return v
}

// skip reads a value within the limits and forgets it.
func (d *Decoder) skip() {
	at := len(d.out)
	d.value()
	d.out = d.out[:at]
}

// next reads the name of the next member into d.name, or the end of the object.
func (d *Decoder) next() bool {
	switch d.peek() {
	case text:
		if v := d.scalar(); d.err == nil {
			d.name = d.unquote(v)
		}
	default: // the end, or a mistake, which the parser names
		d.token()
		return false
	}
	return d.err == nil
}

// more tells whether another item of a list comes, and reads the list's end.
func (d *Decoder) more() bool {
	switch d.peek() {
	case ']', 0:
		d.token()
		return false
	}
	return d.err == nil
}

// unquote returns the content of a quoted text, valid until the next call.
func (d *Decoder) unquote(quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	// The parser has checked the text already, so there is no error.
	d.unquoted, _ = jsontext.AppendUnquote(d.unquoted[:0], quoted)
	return d.unquoted
}
