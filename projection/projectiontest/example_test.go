package projectiontest_test

import (
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/offering"
	"github.com/deadheat-io/deadheat/projection/projectiontest"
)

// A projection's test hands over how it is made and a history for it.
func ExampleRun() {
	_ = func(t *testing.T) { // in a test: func TestHarness(t *testing.T)
		projectiontest.Run(t, projectiontest.Case{
			New:    func() projection.Projection { return offering.New() },
			Bodies: []schema.Body{&schema.FeedUp{Source: "demo"}},
		})
	}
	// Output:
}
