package kambitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"sort"
	"strings"
)

// sets are the lists whose order means nothing: the feed reorders them freely.
var sets = map[string]bool{"tags": true, "participants": true, "outcomes": true, "lineType": true}

// DiffStates compares two exported states (see [Naive.State]) and returns an error that
// names the first difference, nil when there is none. The lists tags, participants,
// outcomes and lineType are compared as sets, numbers by their value.
func DiffStates(got, want []byte) error {
	var a, b any
	if err := decode(got, &a); err != nil {
		return fmt.Errorf("first state: %w", err)
	}
	if err := decode(want, &b); err != nil {
		return fmt.Errorf("second state: %w", err)
	}
	return diff("", normal("", a), normal("", b))
}

func decode(b []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	return dec.Decode(v)
}

// normal sorts the lists that are sets, innermost first.
func normal(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = normal(k, x)
		}
	case []any:
		for i, x := range v {
			v[i] = normal("", x)
		}
		if sets[key] {
			keys := make(map[int]string, len(v))
			order := make([]int, len(v))
			for i, x := range v {
				text, _ := marshal(idFirst(x)) // came out of a decoder, so it goes back
				keys[i], order[i] = string(text), i
			}
			sort.Slice(order, func(i, j int) bool { return keys[order[i]] < keys[order[j]] })
			sorted := make([]any, len(v))
			for i, at := range order {
				sorted[i] = v[at]
			}
			return sorted
		}
	}
	return v
}

// idFirst pairs an object with its id, so that objects that differ elsewhere are
// still compared with their namesakes.
func idFirst(v any) any {
	if m, ok := v.(map[string]any); ok {
		return []any{m["id"], m}
	}
	return v
}

func diff(path string, got, want any) error {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			break
		}
		all := maps.Clone(g)
		maps.Copy(all, w)
		for _, k := range slices.Sorted(maps.Keys(all)) {
			x, inGot := g[k]
			y, inWant := w[k]
			if inGot != inWant {
				return fmt.Errorf("state differs at %s.%s: in the first %t, in the second %t", path, k, inGot, inWant)
			}
			if err := diff(path+"."+k, x, y); err != nil {
				return err
			}
		}
		return nil
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			break
		}
		for i := range w {
			if err := diff(fmt.Sprintf("%s[%d]", path, i), g[i], w[i]); err != nil {
				return err
			}
		}
		return nil
	case json.Number:
		if g, ok := got.(json.Number); ok && sameNumber(g, w) {
			return nil
		}
	default:
		if got == want {
			return nil
		}
	}
	return fmt.Errorf("state differs at %s: %s, want %s", path, brief(got), brief(want))
}

// sameNumber compares by value: 2 and 2.0 are the same price.
func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	if len(a) > 40 || len(b) > 40 || strings.ContainsAny(string(a+b), "eE") {
		return false // an exponent could ask for a number of any size
	}
	x, ok1 := new(big.Rat).SetString(string(a))
	y, ok2 := new(big.Rat).SetString(string(b))
	return ok1 && ok2 && x.Cmp(y) == 0
}

func brief(v any) string {
	b, err := marshal(v)
	if err != nil {
		return err.Error()
	}
	if len(b) > 200 {
		return string(b[:200]) + "..."
	}
	return string(b)
}
