package kambijson_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
)

// TestLimitsAreExact has messages at a limit and one beyond it.
func TestLimitsAreExact(t *testing.T) {
	nested := func(n int) string { // the message itself is the first
		return `{"offset":1,"x":` + strings.Repeat(`[`, n-1) + strings.Repeat(`]`, n-1) + `}`
	}
	listed := func(tokens int) string { // { offset 1 x [ … ] }
		return `{"offset":1,"x":[0` + strings.Repeat(`,0`, tokens-8) + `]}`
	}
	padded := func(bytes int) string { return `{"offset":1` + strings.Repeat(" ", bytes-12) + `}` }
	for _, c := range []struct {
		name    string
		message func(int) string
		limit   int
		reason  string
	}{
		{"depth", nested, kambijson.MaxDepth, "nested deeper than 32"},
		{"tokens", listed, kambijson.MaxTokens, "more than 131072 names, values and brackets"},
		{"bytes", padded, kambijson.MaxMessage, "message is larger than 4 MiB"},
	} {
		d := kambijson.NewDecoder()
		if _, err := d.Decode([]byte(c.message(c.limit)), schema.FlowRealtime); err != nil {
			t.Errorf("%s at the limit: %v", c.name, err)
		}
		_, err := d.Decode([]byte(c.message(c.limit+1)), schema.FlowRealtime)
		if !strings.HasPrefix(kambijson.Reason(err), c.reason) {
			t.Errorf("%s beyond the limit: %v, want %s", c.name, err, c.reason)
		}
		if _, err := d.Decode([]byte(full), schema.FlowRealtime); err != nil {
			t.Errorf("a message behind one beyond the limit of %s: %v", c.name, err)
		}
	}
}

// TestTinyFieldsTakeBoundedMemory has messages of the largest size that consist
// of the smallest values there are. Without a limit on their number each of
// them takes several hundred megabytes.
func TestTinyFieldsTakeBoundedMemory(t *testing.T) {
	fill := func(head, item, foot string) []byte {
		n := (kambijson.MaxMessage - len(head) - len(foot)) / (len(item) + 1)
		return []byte(head + item + strings.Repeat(","+item, n-1) + foot)
	}
	var members, outcomes strings.Builder
	for n := 0; members.Len() < kambijson.MaxMessage-32; n++ {
		fmt.Fprintf(&members, `"%x":0,`, n)
	}
	for n := 0; outcomes.Len() < kambijson.MaxMessage-100; n++ {
		fmt.Fprintf(&outcomes, `{"id":%d},`, n)
	}
	d := kambijson.NewDecoder()
	for name, message := range map[string][]byte{
		"lists":        fill(`{"offset":1,"x":[`, `[]`, `]}`),
		"members":      []byte(`{` + members.String() + `"offset":1}`),
		"outcomes":     []byte(`{"offset":1,"betOfferAdded":{"betOffer":{"id":1,"outcomes":[` + outcomes.String() + `{"id":-1}]}}}`),
		"participants": fill(`{"offset":1,"eventParticipantsUpdated":{"eventId":1,"participants":[`, `{}`, `]}}`),
		"prices":       fill(`{"offset":1,"outcomeOddsUpdated":{"betOfferId":1,"outcomeId":2,"odds":[`, `{}`, `]}}`),
		"tags":         fill(`{"offset":1,"eventTagsUpdated":{"id":1,"tags":[`, `""`, `]}}`),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := d.Decode(message, schema.FlowRealtime)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.HasPrefix(kambijson.Reason(err), "more than 131072") {
			t.Errorf("%s: %v", name, err)
		}
		grown := after.TotalAlloc - before.TotalAlloc
		t.Logf("%s: %d bytes allocated for %d", name, grown, len(message))
		if grown > 16*kambijson.MaxMessage {
			t.Errorf("%s: %d bytes allocated for %d", name, grown, len(message))
		}
	}
}
