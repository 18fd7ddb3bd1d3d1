package book

import (
	"math/rand"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/projectiontest"
)

// paced gives the harness's records the times and keys that a book needs: the
// harness counts ns, and knows no record without a key.
type paced struct{ *Book }

func (p paced) Apply(r *journal.Record, emit projection.Emit) error {
	c := *r
	c.Time *= 100 * second
	if l, err := codec.DecodeBody(r.Kind, r.Body); err == nil && r.Kind == schema.KindBookLimits && l.(*schema.BookLimits).Window.OK {
		c.Key = nil
	}
	return p.Book.Apply(&c, emit)
}

func TestHarness(t *testing.T) {
	rng := rand.New(rand.NewSource(11))
	bodies := []schema.Body{}
	for range 7 {
		bodies = append(bodies, &schema.Market{Action: schema.MarketCreate, Kind: schema.Some(schema.SharesMarket)})
	}
	bodies = append(bodies, &schema.BookLimits{Window: schema.Some[int64](300)})
	for i := range 1500 {
		switch {
		case i%10 == 0:
			bodies = append(bodies, &schema.Tick{})
		case i%17 == 0:
			bodies = append(bodies, bodies[len(bodies)-7]) // the same market, the same id
		default:
			bodies = append(bodies, randomBody(rng, "a", int64(i)*100*second))
		}
	}
	projectiontest.Run(t, projectiontest.Case{
		New:     func() projection.Projection { return paced{New()} },
		Bodies:  bodies,
		Crashes: 60,
	})
}
