package codec_test

import (
	"testing"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// A value that is checked has the bytes that it was written with, and one of
// another form is refused, as decoding it would.
func TestCheckedAgreesWithDecoding(t *testing.T) {
	words := codec.NewWriter()
	words.Words([]string{"MAIN_LINE", ""})
	prices := codec.NewWriter()
	prices.Prices([]schema.Price{{Offerings: []string{"a"}, Decimal: schema.Some(schema.Odds(1500))}, {}})
	str := codec.NewWriter()
	str.Str("OPEN")
	doc := codec.NewWriter()
	doc.Str(`{"home":"1"}`)
	number := codec.NewWriter()
	number.Int(5)
	none := codec.NewWriter()
	none.Nil()
	values := map[string][]byte{
		"words": words.Bytes(), "prices": prices.Bytes(), "str": str.Bytes(), "doc": doc.Bytes(), "int": number.Bytes(), "nil": none.Bytes(),
	}
	for name, c := range map[string]struct {
		shape codec.Shape
		takes []string
	}{
		"Str":         {codec.Str, []string{"str", "doc"}},
		"OptStr":      {codec.OptStr, []string{"str", "doc", "nil"}},
		"OptInt":      {codec.OptInt, []string{"int", "nil"}},
		"Words":       {codec.Words, []string{"words"}},
		"OptWords":    {codec.OptWords, []string{"words", "nil"}},
		"Prices":      {codec.Prices, []string{"prices"}},
		"OptPrices":   {codec.OptPrices, []string{"prices", "nil"}},
		"Document":    {codec.Document, []string{"doc"}},
		"OptDocument": {codec.OptDocument, []string{"doc", "nil"}},
	} {
		takes := map[string]bool{}
		for _, v := range c.takes {
			takes[v] = true
		}
		for v, b := range values {
			r := codec.Read(b)
			got := r.Checked(c.shape)
			if err := r.Done(); (err == nil) != takes[v] {
				t.Errorf("%s of %s: %v", name, v, err)
			} else if err == nil && string(got) != string(b) {
				t.Errorf("%s of %s: %x, want %x", name, v, got, b)
			}
		}
	}
}

func TestCheckedMakesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	w := codec.NewWriter()
	w.Prices([]schema.Price{{Offerings: []string{"an offering that is not short", "b"}, Decimal: schema.Some(schema.Odds(1500))}})
	b := w.Bytes()
	if n := testing.AllocsPerRun(100, func() {
		r := codec.Read(b)
		if r.Checked(codec.Prices); r.Done() != nil {
			t.Fatal(r.Err())
		}
	}); n > 2 { // the functions that read a part
		t.Errorf("%.0f allocations", n)
	}
}
