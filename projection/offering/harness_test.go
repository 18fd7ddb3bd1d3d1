package offering_test

import (
	"testing"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/offering"
	"github.com/deadheat-io/deadheat/projection/projectiontest"
)

// feedBodies is what a session with a snapshot and a generated feed journals.
func feedBodies(t testing.TB, n int) []schema.Body {
	t.Helper()
	g := kambitest.NewGenerator(kambitest.GenConfig{Seed: 3, Events: 6, Offers: 4})
	decoder := kambijson.NewDecoder()
	bodies := []schema.Body{
		&schema.OfferingConfig{Window: 300, Criteria: offering.DefaultConfig().Criteria, Jurisdictions: kambitest.Offerings()},
		&schema.FeedUp{Source: "test"}, &schema.SnapshotBegin{Source: "test"},
	}
	var offset int64
	for i := range n {
		flow := schema.FlowRealtime
		if i < n/4 {
			flow = schema.FlowSnapshot
		}
		m := g.Next()
		body, err := decoder.Decode(m.Line, flow)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, body)
		if offset = m.Offset; i == n/4 {
			bodies = append(bodies, &schema.SnapshotEnd{Source: "test", Offset: offset})
		}
		if i == n/2 { // a snapshot that is not completed, and a torn message
			bodies = append(bodies, &schema.RejectedRaw{Flow: flow, Reason: "syntax", Size: 1, Raw: []byte("{")}, &schema.SnapshotBegin{Source: "test"})
		}
		if i == n/2+20 {
			bodies = append(bodies, &schema.SnapshotBegin{Source: "test"})
		}
		if i == n/2+200 {
			bodies = append(bodies, &schema.SnapshotEnd{Source: "test", Offset: offset})
		}
	}
	return bodies
}

func TestHarness(t *testing.T) {
	projectiontest.Run(t, projectiontest.Case{
		New:     func() projection.Projection { return offering.New() },
		Bodies:  feedBodies(t, 1200),
		Crashes: 60,
	})
}
