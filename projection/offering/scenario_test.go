package offering_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
	"github.com/deadheat-io/deadheat/projection/offering"
)

// TestScenarios reads stories. Their verbs:
//
//	config window=N criteria=(…) jurisdictions=(…)
//	feed [flow=realtime|replay|snapshot]   one message a line; prints what surfaces
//	snapshot-begin | snapshot-end offset=N
//	state                                  prints the export, an entity a line
//	stats                                  prints the counters and the floor
//
// `go test -run Scenarios -args -rewrite` writes the answers.
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := &scenario{p: offering.New(), decoder: kambijson.NewDecoder()}
		datadriven.RunTest(t, path, s.run)
	})
}

type scenario struct {
	p       *offering.Offering
	decoder *kambijson.Decoder
	at      int64
	out     strings.Builder
}

func (s *scenario) run(t *testing.T, d *datadriven.TestData) string {
	s.out.Reset()
	switch d.Cmd {
	case "config":
		c := s.p.Config()
		d.MaybeScanArgs(t, "window", &c.Window)
		if d.HasArg("jurisdictions") {
			c.Jurisdictions = d.CmdArgs[len(d.CmdArgs)-1].Vals
		}
		s.apply(&c)
	case "feed":
		s.feed(t, d)
	case "snapshot-begin":
		s.apply(&schema.SnapshotBegin{})
	case "snapshot-end":
		var offset int64
		d.ScanArgs(t, "offset", &offset)
		s.apply(&schema.SnapshotEnd{Offset: offset})
	case "state":
		return s.state(t)
	case "stats":
		st := s.p.Stats()
		fmt.Fprintf(&s.out, "applied %d, duplicate %d, late %d, unknown %d, rejected %d, floor %d, resync %t\n",
			st.Applied, st.Duplicate, st.Late, st.Unknown, st.Rejected, s.p.Floor(), s.p.Resync())
	default:
		t.Fatalf("%s: unknown verb %q", d.Pos, d.Cmd)
	}
	return s.out.String()
}

func (s *scenario) feed(t *testing.T, d *datadriven.TestData) {
	flow := schema.FlowRealtime
	if d.HasArg("flow") {
		var name string
		d.ScanArgs(t, "flow", &name)
		flow = map[string]schema.Flow{"snapshot": schema.FlowSnapshot, "replay": schema.FlowReplay, "realtime": schema.FlowRealtime}[name]
	}
	for line := range strings.Lines(d.Input) {
		body, err := s.decoder.Decode([]byte(strings.TrimSpace(line)), flow)
		if err != nil {
			fmt.Fprintf(&s.out, "rejected: %s\n", kambijson.Reason(err))
			body = &schema.RejectedRaw{Flow: flow, Reason: kambijson.Reason(err), Raw: []byte(line)}
		}
		s.apply(body)
	}
}

func (s *scenario) apply(body schema.Body) {
	r := journal.Record{Offset: s.at, Time: s.at * 1e9, Kind: body.RecordKind(), Body: codec.Body(body)}
	s.at++
	err := s.p.Apply(&r, func(_ []byte, out schema.Body) {
		for _, item := range out.(*schema.Surfaced).Items {
			b, err := json.Marshal(item)
			if err != nil {
				b = []byte(err.Error())
			}
			fmt.Fprintf(&s.out, "%s\n", b)
		}
	})
	if err != nil {
		fmt.Fprintf(&s.out, "stopped: %v\n", err)
	}
}

func (s *scenario) state(t *testing.T) string {
	for _, key := range s.p.Keys() {
		b, err := s.p.Get(key)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&s.out, "%s %s\n", key, b)
	}
	var export bytes.Buffer
	if err := s.p.Export(&export); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(export.Bytes()) {
		t.Fatalf("the export is no JSON: %s", &export)
	}
	return s.out.String()
}

// Bytes that are msgpack, but not what their kind says, stop the partition
// before they change anything.
func TestMalformedBodiesStop(t *testing.T) {
	for name, body := range map[string][]byte{
		"a status that is a number": {0x97, 3, 1, 0xc0, 0xc0, 0xc0, 7, 5},
		"an unknown flow":           {0x97, 9, 1, 0xc0, 0xc0, 0xc0, 7, 0xa1, 'x'},
		"rest that is no JSON":      {0x97, 3, 1, 0xc0, 0xa1, '{', 0xc0, 7, 0xa1, 'x'},
		"a value too many":          {0x97, 3, 1, 0xc0, 0xc0, 0xc0, 7, 0xa1, 'x', 1},
	} {
		p := offering.New()
		r := journal.Record{Kind: schema.KindEventStatus, Body: body}
		if err := p.Apply(&r, func([]byte, schema.Body) {}); err == nil || !strings.Contains(err.Error(), "EVENT_STATUS_UPDATED") {
			t.Errorf("%s: %v", name, err)
		}
		if s := p.Stats(); s.Applied != 0 {
			t.Errorf("%s: applied", name)
		}
	}
}
