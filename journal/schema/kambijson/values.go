package kambijson

import (
	"strconv"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// integer reads what must be an integer.
func (d *Decoder) integer() int64 {
	if d.peek() != number {
		d.failValue("not an integer")
		return 0
	}
	n, ok := parseInt(d.scalar())
	if !ok {
		d.fail("not an integer of 64 bits")
	}
	return n
}

// parseInt takes plain integers: a fraction or an exponent would not come out
// as it came.
func parseInt(number []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(number), 10, 64)
	return n, err == nil
}

// text reads what must be a text.
func (d *Decoder) text() string {
	if d.peek() != text {
		d.failValue("not a text")
		return ""
	}
	if v := d.scalar(); d.err == nil {
		return d.texts.get(d.unquote(v))
	}
	return ""
}

// The opt functions read the value of a known member; what does not have the
// known shape is kept with the members that are not known.

func (d *Decoder) optText(name string) (s schema.Opt[string]) {
	if d.peek() == text {
		return schema.Some(d.text())
	}
	d.keep(name)
	return s
}

func (d *Decoder) optInt(name string) (n schema.Opt[int64]) {
	if d.peek() != number {
		d.keep(name)
		return n
	}
	v := d.scalar()
	if n.V, n.OK = parseInt(v); !n.OK {
		n.V = 0
		d.keepScalar(name, v)
	}
	return n
}

func (d *Decoder) optBool(name string) (b schema.Opt[bool]) {
	switch d.peek() {
	case yes, no:
		return schema.Some(len(d.scalar()) == len("true"))
	}
	d.keep(name)
	return b
}

func (d *Decoder) optOdds(name string) (o schema.Opt[schema.Odds]) {
	if d.peek() != number {
		d.keep(name)
		return o
	}
	v := d.scalar()
	odds, err := schema.ParseOdds(string(v))
	if err != nil {
		d.keepScalar(name, v)
		return o
	}
	return schema.Some(odds)
}
