package codec_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// roundTrip proves that a body comes back as it was, nil lists apart from empty
// ones, and that the oracle reads and writes the same bytes.
func roundTrip(t interface {
	Helper()
	Fatalf(string, ...any)
}, body schema.Body,
) {
	t.Helper()
	b := codec.Body(body)
	back, err := codec.DecodeBody(body.RecordKind(), b)
	if err != nil {
		t.Fatalf("%s %x: %v", body.RecordKind(), b, err)
	}
	if !reflect.DeepEqual(back, body) {
		t.Fatalf("%s\n came back as %+v\n        was %+v", body.RecordKind(), back, body)
	}
	if again := codec.Body(back); !bytes.Equal(again, b) {
		t.Fatalf("%s\n encoded again %x\n         first %x", body.RecordKind(), again, b)
	}
	if other, err := oracle(b); err != nil || !bytes.Equal(other, b) {
		t.Fatalf("%s: the oracle makes %x of %x, %v", body.RecordKind(), other, b, err)
	}
	if head := []byte("head"); !bytes.Equal(codec.AppendBody(head, body), append(head, b...)) {
		t.Fatalf("%s: AppendBody differs from Body", body.RecordKind())
	}
}

func TestBodyRoundTrip(t *testing.T) {
	for _, kind := range schema.Kinds() {
		t.Run(kind.String(), func(t *testing.T) {
			roundTrip(t, generate(kind, empty{}))
			roundTrip(t, generate(kind, new(full)))
			rapid.Check(t, func(t *rapid.T) { roundTrip(t, generate(kind, drawn{t})) })
		})
	}
}

// refusal is true for the errors that DecodeBody may return.
func refusal(err error) bool {
	var k *codec.KindError
	var d *codec.DecodeError
	return errors.As(err, &k) || errors.As(err, &d)
}

// canonical proves the law: what decodes encodes to the same bytes.
func canonical(t *testing.T, kind schema.Kind, b []byte) {
	t.Helper()
	body, err := codec.DecodeBody(kind, b)
	if err != nil {
		if body != nil || !refusal(err) {
			t.Fatalf("%s %x: body %v, error %T %v", kind, b, body, err, err)
		}
		return
	}
	if again := codec.Body(body); !bytes.Equal(again, b) {
		t.Fatalf("%s\n     decoded %x\n encodes to %x", kind, b, again)
	}
}

func TestBodyDamage(t *testing.T) {
	for _, kind := range schema.Kinds() {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			b := codec.Body(generate(kind, new(full)))
			for n := range b {
				if _, err := codec.DecodeBody(kind, b[:n]); !refusal(err) {
					t.Fatalf("cut at %d of %d: %v", n, len(b), err)
				}
			}
			if _, err := codec.DecodeBody(kind, append(bytes.Clone(b), 0)); !refusal(err) {
				t.Fatalf("one byte more: %v", err)
			}
			for i := range b {
				was := b[i]
				for c := range 256 {
					b[i] = byte(c)
					canonical(t, kind, b)
				}
				b[i] = was
			}
		})
	}
}

// TestMustHave has bodies that no reader could read; writing one is refused.
func TestMustHave(t *testing.T) {
	flow := schema.FlowRealtime
	for name, body := range map[string]schema.Body{
		"flow":         &schema.Message{Kind: schema.KindEventDeleted, ID: 1},
		"tags":         &schema.Message{Kind: schema.KindEventTags, Flow: flow},
		"participants": &schema.Message{Kind: schema.KindEventParticipants, Flow: flow},
		"score":        &schema.Message{Kind: schema.KindEventScore, Flow: flow},
		"odds":         &schema.Message{Kind: schema.KindOutcomeOdds, Flow: flow},
		"kind":         &schema.Message{Kind: schema.KindGenesis, Flow: flow},
		"message":      &schema.FeedUnknown{Flow: flow},
		"item flow":    &schema.Surfaced{Items: make([]schema.SurfacedItem, 1)},
		"type":         nil,
		"side":         &schema.OrderNew{Type: schema.OrderLimit, TIF: schema.GTC},
		"stp":          &schema.OrderNew{Side: schema.SideBuy, Type: schema.OrderLimit, TIF: schema.GTC, STP: 5},
		"action":       &schema.Market{},
		"market kind":  &schema.Market{Action: schema.MarketCreate, Kind: schema.Some(schema.MarketKind(3))},
		"partition":    &schema.Market{Action: schema.MarketHalt, Cause: schema.Some(schema.Cause{Partition: -1})},
		"execution":    &schema.Executions{Items: make([]schema.Execution, 1)},
		"trade price":  &schema.Executions{Items: []schema.Execution{{Type: schema.ExecTrade}}},
		"no command":   &schema.Executions{Items: []schema.Execution{{Type: schema.ExecRejected, Command: schema.KindTick, Code: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it was written")
				}
			}()
			codec.Body(body)
		})
	}
}

// TestNotUTF8 has what a clipped text leaves behind.
func TestNotUTF8(t *testing.T) {
	for was, want := range map[string]string{"caf\xc3": "caf?", "\xff\xfea\xff": "?a?", "café": "café"} {
		body, err := codec.DecodeBody(schema.KindFeedUp, codec.Body(&schema.FeedUp{Source: was}))
		if err != nil || body.(*schema.FeedUp).Source != want {
			t.Errorf("%q came back as %v, %v, want %q", was, body, err, want)
		}
	}
}

// FuzzBody proves the law on arbitrary bytes, for all kinds.
func FuzzBody(f *testing.F) {
	for _, kind := range schema.Kinds() {
		f.Add(uint16(kind), codec.Body(generate(kind, new(full))))
		f.Add(uint16(kind), codec.Body(generate(kind, empty{})))
	}
	f.Add(uint16(999), []byte{0x90})
	f.Fuzz(func(t *testing.T, kind uint16, b []byte) {
		canonical(t, schema.Kind(kind), b)
		if body, err := codec.DecodeBody(schema.Kind(kind), b); err == nil {
			if other, err := oracle(b); err != nil || !bytes.Equal(other, b) {
				t.Fatalf("the oracle makes %s of %s (%T), %v", hex.EncodeToString(other), hex.EncodeToString(b), body, err)
			}
		}
	})
}
