package kambijson_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
)

func TestCanonical(t *testing.T) {
	for value, canonical := range map[string]string{
		" null ": `null`, "\t-0.0E+1": `-0.0E+1`, `"\u0041\/\u001f\u007f\b\u2028"`: "\"A/\\u001f\x7f\\b\u2028\"",
		`[ ]`: `[]`, `{ }`: `{}`, `[1 , "a",{"b" :2,"a": [ {"d":0, "c":1}]}]`: `[1,"a",{"a":[{"c":1,"d":0}],"b":2}]`,
		// By code point, which is neither by UTF-16 nor by the escaped form.
		"{\"\U0001f600\":1,\"\uffff\":2,\"\\\"\":3,\"!\":4,\"#\":5,\"\\n\":6,\"\":7}": "{\"\":7,\"\\n\":6,\"!\":4,\"\\\"\":3,\"#\":5,\"\uffff\":2,\"\U0001f600\":1}",
		strings.Repeat("[", 32) + strings.Repeat("]", 32):                             strings.Repeat("[", 32) + strings.Repeat("]", 32),
	} {
		got, err := kambijson.Canonical([]byte(value))
		if err != nil || string(got) != canonical {
			t.Errorf("%s is %s (%v), want %s", value, got, err, canonical)
		}
		if again, err := kambijson.Canonical([]byte(got)); err != nil || again != got {
			t.Errorf("%s is again %s (%v)", got, again, err)
		}
	}
	for _, value := range []string{"", "1 2", "[1,]", `{"a":1,"a":1}`, `"\udead"`, "nul", "[}", strings.Repeat("[", 33) + strings.Repeat("]", 33)} {
		if got, err := kambijson.Canonical([]byte(value)); err == nil {
			t.Errorf("%s is %s", value, got)
		}
	}
}

// TestMerge has kept names around, and inside, the known ones.
func TestMerge(t *testing.T) {
	m := decode(t, `{"offset":1,"b":2,"eventDeleted":{"id":1,"\u0000":0,"z":1,"\"":2,"ida":{"}":",\"]"},"ic":[",",{"a":1}]}}`)
	want(t, "merged", string(kambijson.Append(nil, m)),
		`{"offset":1,"eventDeleted":{"\u0000":0,"\"":2,"ic":[",",{"a":1}],"id":1,"ida":{"}":",\"]"},"z":1},"b":2}`)
}

// TestOwned decodes twice from one buffer: what the first message gave must
// not be a part of it.
func TestOwned(t *testing.T) {
	d := kambijson.NewDecoder()
	for _, message := range []string{full, fullEvent, `{"type":"\u0041","more":["\u0041",{"b":1,"a":2}]}`} {
		buf := []byte(message)
		body, err := d.Decode(buf, schema.FlowReplay)
		if err != nil {
			t.Fatal(err)
		}
		before := codec.Body(body)
		for i := range buf {
			buf[i] = '#'
		}
		if _, err := d.Decode([]byte(strings.ReplaceAll(full, "O", "o")), schema.FlowReplay); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, codec.Body(body)) {
			t.Errorf("%s changed with its buffer", message)
		}
	}
}

func TestReason(t *testing.T) {
	long := strings.Repeat("é", 300)
	_, err := kambijson.Canonical([]byte(`{"` + long + `":[1,{"a":x}]}`))
	for _, err := range []error{err, fmt.Errorf("session: %w", err), errors.New(long)} {
		r := kambijson.Reason(err)
		want(t, "valid", utf8.ValidString(r), true)
		want(t, "short", r != "" && len(r) <= kambijson.MaxReason, true)
		want(t, "short error", len(err.Error()) < 700, true)
	}
	want(t, "none", kambijson.Reason(nil), "")
	_, err = kambijson.NewDecoder().Decode([]byte(`{"eventTagsUpdated":{"id":1,"tags":["a",[]]}}`), schema.FlowReplay)
	want(t, "error", err.Error(), "/eventTagsUpdated/tags/1: not a text (byte 42)")
	var e *kambijson.Error
	want(t, "type", errors.As(err, &e) && e.Syntax == nil, true)
}
