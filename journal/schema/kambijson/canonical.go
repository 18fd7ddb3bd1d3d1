package kambijson

import (
	"bytes"
	"slices"
	"sync"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/go-json-experiment/json/jsontext"
)

// frame is one object being collected in canonical form: where in d.out and
// d.members it begins. Objects nest, so frames are a stack whose top is d.top.
type frame struct{ out, members int }

// member is one member in d.out: "name":value from start to end, the name up
// to name.
type member struct{ start, name, end int }

// open reads the beginning of an object and collects into a new frame. It
// returns the outer frame, to give back to rest or close.
func (d *Decoder) open() frame {
	outer := d.top
	d.top = frame{len(d.out), len(d.members)}
	d.token()
	return outer
}

// rest ends the frame and takes out what was kept; absent when that is nothing.
func (d *Decoder) rest(outer frame) (kept schema.JSON) {
	at := d.top.out
	if len(d.members) > d.top.members {
		d.closed(outer)
		kept = schema.JSON(d.out[at:])
	}
	d.out, d.top = d.out[:at], outer
	return kept
}

// closed ends the frame and leaves the object in d.out.
func (d *Decoder) closed(outer frame) {
	members := d.members[d.top.members:]
	if len(members) == 0 {
		d.out = append(d.out, '{')
	} else if !slices.IsSortedFunc(members, d.byName) {
		slices.SortFunc(members, d.byName)
		d.arrange(members)
	}
	d.out = append(d.out, '}')
	d.members, d.top = d.members[:d.top.members], outer
}

// arrange rewrites the frame's members in their new order.
func (d *Decoder) arrange(members []member) {
	d.spare = d.spare[:0]
	for i, m := range members {
		if i > 0 {
			d.spare = append(d.spare, ',')
		}
		d.spare = append(d.spare, d.out[m.start:m.end]...)
	}
	copy(d.out[d.top.out+1:], d.spare)
}

// byName orders members by the content of their names, by code point.
func (d *Decoder) byName(a, b member) int {
	return bytes.Compare(d.nameOf(a), d.nameOf(b))
}

func (d *Decoder) nameOf(m member) []byte {
	quoted := d.out[m.start:m.name]
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	name, _ := jsontext.AppendUnquote(nil, quoted) // written by us: no error
	return name
}

// keep puts the member whose value comes next into the frame.
func (d *Decoder) keep(name string) {
	m := begin(d, name)
	d.value()
	d.end(m)
}

// keepNext is keep for the member that next found.
func (d *Decoder) keepNext() {
	m := begin(d, d.name)
	d.value()
	d.end(m)
}

// keepScalar is keep for a value that was read already and is canonical.
func (d *Decoder) keepScalar(name string, value []byte) {
	m := begin(d, name)
	d.out = append(d.out, value...)
	d.end(m)
}

// begin writes a member's name, and what stands before it.
func begin[T string | []byte](d *Decoder, name T) (m member) {
	if len(d.members) == d.top.members {
		d.out = append(d.out, '{')
	} else {
		d.out = append(d.out, ',')
	}
	m.start = len(d.out)
	d.out, _ = jsontext.AppendQuote(d.out, name) // checked by the parser: no error
	m.name = len(d.out)
	d.out = append(d.out, ':')
	return m
}

func (d *Decoder) end(m member) {
	m.end = len(d.out)
	d.members = append(d.members, m)
}

// value appends the canonical form of the value that comes next to d.out.
// MaxDepth bounds the recursion.
func (d *Decoder) value() {
	switch d.peek() {
	case object:
		outer := d.open()
		for d.next() {
			d.keepNext()
		}
		d.closed(outer)
	case list:
		d.token()
		d.out = append(d.out, '[')
		for first := true; d.more(); first = false {
			if !first {
				d.out = append(d.out, ',')
			}
			d.value()
		}
		d.out = append(d.out, ']')
	case text:
		v := d.scalar()
		if bytes.IndexByte(v, '\\') < 0 {
			d.out = append(d.out, v...)
		} else {
			d.out, _ = jsontext.AppendQuote(d.out, d.unquote(v))
		}
	default:
		d.out = append(d.out, d.scalar()...)
	}
}

var decoders = sync.Pool{New: func() any { return NewDecoder() }}

// Canonical is the one canonical form of a JSON value: names sorted by code
// point, no white space, no escape that can be left out, numbers as they came.
// It refuses what [Decoder.Decode] would refuse as JSON.
func Canonical(value []byte) (schema.JSON, error) {
	d := decoders.Get().(*Decoder)
	defer decoders.Put(d)
	return d.canonical(value)
}

func (d *Decoder) canonical(value []byte) (schema.JSON, error) {
	d.start(value)
	defer d.release()
	d.value()
	d.finish()
	if d.err != nil {
		return "", d.err
	}
	return schema.JSON(d.out), nil
}
