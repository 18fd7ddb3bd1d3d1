package kambijson

import (
	"strconv"
	"strings"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/go-json-experiment/json/jsontext"
)

// writer writes one object: members with known names, which come in sorted
// order, merged with those that were kept, which are sorted already.
type writer struct {
	dst   []byte
	kept  string // "name":value,"name":value
	later bool   // a member was written
}

func newWriter(dst []byte, rest schema.JSON) writer {
	return writer{dst: append(dst, '{'), kept: inner(rest)}
}

// inner is the members of a kept object without their braces.
func inner(rest schema.JSON) string {
	if len(rest) < len("{}") {
		return ""
	}
	return string(rest[1 : len(rest)-1])
}

// name begins a member; what was kept and sorts before it comes first.
func (w *writer) name(name string) {
	for w.kept != "" {
		end := memberEnd(w.kept)
		if nameOf(w.kept[:end]) >= name {
			break
		}
		w.keep(end)
	}
	w.comma()
	w.dst = append(w.dst, '"')
	w.dst = append(w.dst, name...)
	w.dst = append(w.dst, '"', ':')
}

// done ends the object.
func (w *writer) done() []byte {
	if w.kept != "" {
		w.keep(len(w.kept))
	}
	return append(w.dst, '}')
}

func (w *writer) keep(end int) {
	w.comma()
	w.dst = append(w.dst, w.kept[:end]...)
	w.kept = strings.TrimPrefix(w.kept[end:], ",")
}

func (w *writer) comma() {
	if w.later {
		w.dst = append(w.dst, ',')
	}
	w.later = true
}

// memberEnd is where the first of several members ends.
func memberEnd(members string) int {
	depth, quoted := 0, false
	for i := 0; i < len(members); i++ {
		c := members[i]
		switch {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		case c == ',' && depth == 0:
			return i
		}
	}
	return len(members)
}

// nameOf is the name of a member.
func nameOf(member string) string {
	for i := 1; i < len(member); i++ {
		switch member[i] {
		case '"':
			return member[1:i]
		case '\\': // rare
			d := jsontext.NewDecoder(strings.NewReader(member))
			t, err := d.ReadToken()
			if err != nil {
				return member
			}
			return t.String()
		}
	}
	return member
}

// has tells whether a kept object has a member of the name.
func has(rest schema.JSON, name string) bool {
	for kept := inner(rest); kept != ""; {
		end := memberEnd(kept)
		if nameOf(kept[:end]) == name {
			return true
		}
		kept = strings.TrimPrefix(kept[end:], ",")
	}
	return false
}

// quote appends a text with no escape that can be left out. Texts that were
// decoded are valid UTF-8, so there is no error.
func quote(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

func (w *writer) text(name string, s schema.Opt[string]) {
	if s.OK {
		w.name(name)
		w.dst = quote(w.dst, s.V)
	}
}

func (w *writer) int(name string, n schema.Opt[int64]) {
	if n.OK {
		w.name(name)
		w.dst = strconv.AppendInt(w.dst, n.V, 10)
	}
}

func (w *writer) bool(name string, b schema.Opt[bool]) {
	if b.OK {
		w.name(name)
		w.dst = strconv.AppendBool(w.dst, b.V)
	}
}

func (w *writer) json(name string, j schema.JSON) {
	if j != "" {
		w.name(name)
		w.dst = append(w.dst, j...)
	}
}

// array writes a list; nil is absent, which an empty list is not.
func array[T any](w *writer, name string, items []T, item func([]byte, *T) []byte) {
	if items == nil {
		return
	}
	w.name(name)
	w.dst = append(w.dst, '[')
	for i := range items {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		w.dst = item(w.dst, &items[i])
	}
	w.dst = append(w.dst, ']')
}

func (w *writer) words(name string, words []string) {
	array(w, name, words, func(dst []byte, s *string) []byte { return quote(dst, *s) })
}
