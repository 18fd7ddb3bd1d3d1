package kambijson_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
)

// sameJSON compares two texts as JSON values, by means of its own: objects are
// unordered, numbers count by exact value, texts by content.
func sameJSON(a, b []byte) error {
	va, err := parse(a)
	if err != nil {
		return err
	}
	vb, err := parse(b)
	if err != nil {
		return err
	}
	return same("", va, vb)
}

func parse(b []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("%q: %w", b, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("%q: more than one value", b)
	}
	return v, nil
}

func same(at string, a, b any) error {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return fmt.Errorf("%s: members of %v and %v", at, a, b)
		}
		for k := range a {
			if _, ok := b[k]; !ok {
				return fmt.Errorf("%s/%s is missing", at, k)
			}
			if err := same(at+"/"+k, a[k], b[k]); err != nil {
				return err
			}
		}
		return nil
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return fmt.Errorf("%s: items of %v and %v", at, a, b)
		}
		for i := range a {
			if err := same(fmt.Sprint(at, "/", i), a[i], b[i]); err != nil {
				return err
			}
		}
		return nil
	case json.Number:
		b, ok := b.(json.Number)
		if !ok || !sameNumber(string(a), string(b)) {
			return fmt.Errorf("%s: %v and %v", at, a, b)
		}
		return nil
	}
	if a != b {
		return fmt.Errorf("%s: %#v and %#v", at, a, b)
	}
	return nil
}

// sameNumber compares exactly; a rational of a huge exponent would fill the
// memory, and such a number is never rewritten, so its text must be the same.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	if huge(a) || huge(b) {
		return false
	}
	ra, ok1 := new(big.Rat).SetString(a)
	rb, ok2 := new(big.Rat).SetString(b)
	return ok1 && ok2 && ra.Cmp(rb) == 0
}

func huge(n string) bool {
	i := strings.IndexAny(n, "eE")
	if i < 0 {
		return false
	}
	e, err := strconv.Atoi(n[i+1:])
	return err != nil || e > 400 || e < -400
}
