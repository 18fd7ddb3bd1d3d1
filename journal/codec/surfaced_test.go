package codec_test

import (
	"bytes"
	"testing"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// FuzzSurfaced proves the law on outputs, whose lists lie four deep: what
// decodes encodes to the same bytes, the oracle reads and writes them too, and
// memory follows the bytes at hand and not what they promise.
func FuzzSurfaced(f *testing.F) {
	odds := []schema.SurfacedPrice{{Offerings: []string{"a", "b"}, Decimal: schema.Some(schema.Odds(1950)), Mask: 3}, {Offerings: []string{}}}
	event := &schema.SurfacedEvent{EventID: 1, Sport: schema.Some("FOOTBALL"), Participants: []schema.SurfacedParticipant{{ID: schema.Some(int64(2))}, {}}}
	offer := &schema.SurfacedOffer{BetOfferID: -1, MainLine: true, Outcomes: []schema.SurfacedOutcome{{ID: 1 << 40, Odds: odds}, {Odds: []schema.SurfacedPrice{}}}}
	for _, items := range [][]schema.SurfacedItem{
		{},
		{{Type: schema.SurfacedEventData, Flow: schema.FlowRealtime, Time: 1, Event: event}},
		{{Type: "other", Flow: schema.FlowSnapshot, Time: -1, Offer: offer}, {Flow: schema.FlowReplay, Event: event, Offer: offer}},
	} {
		f.Add(codec.Body(&schema.Surfaced{Cause: 7, Part: 1, Items: items}))
	}
	f.Add(codec.Body(generate(schema.KindSurfaced, new(full))))
	f.Add([]byte("\x93\x01\x00\xdd\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := allocated(func() { _, _ = codec.DecodeBody(schema.KindSurfaced, b) }); got > 64<<10+64*uint64(len(b)) {
			t.Fatalf("%d bytes allocated for %d", got, len(b))
		}
		canonical(t, schema.KindSurfaced, b)
		if _, err := codec.DecodeBody(schema.KindSurfaced, b); err == nil {
			if other, err := oracle(b); err != nil || !bytes.Equal(other, b) {
				t.Fatalf("the oracle makes %x of %x, %v", other, b, err)
			}
		}
	})
}
