package book

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// TestScenarios reads stories. Their verbs:
//
//	apply [restart]   a record a line, "TIME MARKET KIND JSON"; prints answers and
//	                  executions. Times are of 2024-10-04, or of the next day behind
//	                  a "+"; the market "-" is none. restart: from a checkpoint before
//	                  each record
//	state             prints the export, a market or order a line
//
// `go test -run Scenarios -args -rewrite` writes the answers.
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata/scenarios", func(t *testing.T, path string) {
		s := &scenario{f: newTestFold(), store: map[string][]byte{}}
		datadriven.RunTest(t, path, s.run)
	})
}

type scenario struct {
	f     *testFold
	store map[string][]byte
}

func (s *scenario) run(t *testing.T, d *datadriven.TestData) string {
	var out strings.Builder
	switch d.Cmd {
	case "apply":
		for line := range strings.Lines(d.Input) {
			if d.HasArg("restart") {
				s.f.commit(t, s.store)
				s.f = s.f.restart(t, s.store)
			}
			s.apply(t, &out, strings.TrimSpace(line))
		}
	case "state":
		var export strings.Builder
		if err := s.f.b.Export(&export); err != nil {
			t.Fatal(err)
		}
		if !json.Valid([]byte(export.String())) {
			t.Fatalf("the export is no JSON: %s", &export)
		}
		text := strings.ReplaceAll(export.String(), `{"id":`, "\n"+`{"id":`)
		out.WriteString(strings.ReplaceAll(text, `{"order":`, "\n  "+`{"order":`))
	default:
		t.Fatalf("%s: unknown verb %q", d.Pos, d.Cmd)
	}
	return out.String()
}

func (s *scenario) apply(t *testing.T, out *strings.Builder, line string) {
	f := strings.SplitN(line, " ", 4)
	clock, later := strings.CutPrefix(f[0], "+")
	at, err := time.Parse("2006-01-02 15:04:05", "2024-10-04 "+clock)
	if err != nil {
		t.Fatal(err)
	}
	if later {
		at = at.AddDate(0, 0, 1)
	}
	bodies := map[string]schema.Body{
		"NEW": &schema.OrderNew{}, "CANCEL": &schema.OrderCancel{}, "REPLACE": &schema.OrderReplace{},
		"MASS_CANCEL": &schema.MassCancel{}, "MARKET": &schema.Market{}, "KILL": &schema.Kill{}, "LIMITS": &schema.BookLimits{}, "TICK": &schema.Tick{},
	}
	body := bodies[f[2]]
	if err := json.Unmarshal([]byte(f[3]), body); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	a := s.f.apply(t, step{strings.TrimPrefix(f[1], "-"), at.UnixNano(), body})
	if _, tick := body.(*schema.Tick); !tick {
		fmt.Fprintln(out, describe(&a))
	}
	for _, o := range s.f.last {
		for _, x := range o.Items {
			b, err := json.Marshal(x)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(out, "  %s %s\n", o.market, b)
		}
	}
}

func describe(a *Answer) string {
	text := fmt.Sprintf("%d: accepted", a.Offset)
	if !a.Accepted() {
		text = fmt.Sprintf("%d: %s", a.Offset, a.Code)
	}
	if a.Repeated() {
		text += fmt.Sprintf(", as %d", a.Original)
	}
	if a.Order.Number != 0 {
		text += fmt.Sprintf(", order %d: %s, %d open, %d filled", a.Order.Number, a.Order.Side, a.Order.Remaining, a.Order.Filled)
	}
	if a.Orders != 0 {
		text += fmt.Sprintf(", %d orders", a.Orders)
	}
	return text
}
