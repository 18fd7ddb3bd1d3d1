package main

import (
	"bufio"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// writeSchema prints what -o json and -o jsonl print, from the Go type. A
// field's meaning stands in its doc tag.
func writeSchema(out io.Writer, v *outputValue) error {
	w := bufio.NewWriter(out)
	switch {
	case v.list && !slices.Contains(v.known, formatJSON):
		fmt.Fprintln(w, "jsonl: one object a line. An object has:")
	case v.list:
		fmt.Fprintln(w, "json: one array of objects; jsonl: one object a line. An object has:")
	default:
		fmt.Fprintln(w, "json: one object with:")
	}
	writeFields(w, v.sample, "  ")
	return flushed(w)
}

func writeFields(w io.Writer, t reflect.Type, indent string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		fmt.Fprintf(w, "%s%s\n", indent, typeName(t))
		return
	}
	for f := range t.Fields() {
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() {
			continue
		}
		if f.Anonymous && name == "" {
			writeFields(w, f.Type, indent)
			continue
		}
		doc := f.Tag.Get("doc")
		if strings.Contains(rest, "omitempty") || strings.Contains(rest, "omitzero") {
			doc = strings.TrimPrefix(doc+"; absent when empty", "; ")
		}
		line := fmt.Sprintf("%s%-*s %-9s %s", indent, 20-len(indent), name, typeName(f.Type), doc)
		fmt.Fprintln(w, strings.TrimRight(line, " "))
		if inner := element(f.Type); inner.Kind() == reflect.Struct && typeName(inner) == "object" {
			writeFields(w, inner, indent+"  ")
		}
	}
}

// element is what a list, a pointer or an optional value holds, or the type
// itself.
func element(t reflect.Type) reflect.Type {
	for {
		inner, optional := optionalOf(t)
		switch {
		case optional:
			t = inner
		case t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map:
			t = t.Elem()
		default:
			return t
		}
	}
}

// optionalOf is the type of the value of a [schema.Opt].
func optionalOf(t reflect.Type) (reflect.Type, bool) {
	if t.Kind() != reflect.Struct || t.NumField() != 2 || t.Field(0).Name != "V" || t.Field(1).Name != "OK" {
		return nil, false
	}
	return t.Field(0).Type, true
}

var (
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
	rawMessage    = reflect.TypeFor[json.RawMessage]()
)

// typeName is the JSON type that values of the Go type become.
func typeName(t reflect.Type) string {
	if inner, optional := optionalOf(t); optional {
		return typeName(inner)
	}
	switch {
	case t == rawMessage || t.Kind() == reflect.Interface:
		return "any"
	case t.Implements(textMarshaler):
		return "string"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return "string"
		}
		return "array"
	case reflect.Struct, reflect.Map:
		return "object"
	case reflect.Float32, reflect.Float64:
		return "number"
	}
	return "integer"
}
