package schema_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// decimalForm is the one form of a decimal, but for the number of its digits.
var decimalForm = regexp.MustCompile(`^(0|[1-9][0-9]*)(\.[0-9]{1,9})?$`)

// isDecimal says what ParseDecimal takes, in other words.
func isDecimal(text string) bool {
	return decimalForm.MatchString(text) && len(strings.Replace(text, ".", "", 1)) <= 18
}

// value is what a decimal is worth.
func value(t interface{ Fatalf(string, ...any) }, text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return r
}

// decimals draws every decimal, often of the longest.
func decimals() *rapid.Generator[schema.Decimal] {
	const most = 999_999_999_999_999_999
	return rapid.Custom(func(t *rapid.T) schema.Decimal {
		units := rapid.OneOf(rapid.Int64Range(0, most), rapid.SampledFrom([]int64{0, 1, 9, 10, 1e9 - 1, 1e9, most - 1, most})).Draw(t, "units")
		places := rapid.Uint8Range(0, schema.MaxPlaces).Draw(t, "places")
		return schema.Decimal{Units: units, Places: places}
	})
}

// TestDecimalIsItsText has every decimal come back from its text, with its
// places and its worth.
func TestDecimalIsItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := decimals().Draw(t, "decimal")
		text := d.String()
		back, err := schema.ParseDecimal(text)
		if err != nil || back != d {
			t.Fatalf("%+v prints as %q and reads as %+v, %v", d, text, back, err)
		}
		if places := len(text) - strings.Index(text+".", ".") - 1; max(places, 0) != int(d.Places) {
			t.Fatalf("%+v prints as %q", d, text)
		}
		worth := new(big.Rat).SetFrac(big.NewInt(d.Units), big.NewInt(schema.Ten(d.Places)))
		if worth.Cmp(value(t, text)) != 0 {
			t.Fatalf("%+v prints as %q, which is another value", d, text)
		}
		if got := string(d.Append([]byte("x"))); got != "x"+text {
			t.Fatalf("appended to x it is %q", got)
		}
		j, err := json.Marshal(d)
		var again schema.Decimal
		if err != nil || string(j) != `"`+text+`"` || json.Unmarshal(j, &again) != nil || again != d {
			t.Fatalf("in JSON it is %s, %v, and reads as %+v", j, err, again)
		}
	})
}

func TestDecimalCmp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, e := decimals().Draw(t, "d"), decimals().Draw(t, "e")
		if rapid.Bool().Draw(t, "near") { // the same value, or next to it, with other places
			e = d
			for e.Places < schema.MaxPlaces && e.Units < 1e17 && rapid.Bool().Draw(t, "wider") {
				e.Units, e.Places = e.Units*10, e.Places+1
			}
			e.Units = min(max(0, e.Units+rapid.Int64Range(-1, 1).Draw(t, "next")), 1e18-1)
		}
		want := value(t, d.String()).Cmp(value(t, e.String()))
		if d.Cmp(e) != want || e.Cmp(d) != -want {
			t.Fatalf("%s and %s: %d and %d, want %d", d, e, d.Cmp(e), e.Cmp(d), want)
		}
	})
}

func TestParseDecimal(t *testing.T) {
	for text, want := range map[string]schema.Decimal{
		"0": {}, "0.000000000": {Places: 9}, "101": schema.Whole(101), "101.50": {Units: 10150, Places: 2}, "0.05": {Units: 5, Places: 2},
		"999999999999999999": {Units: 1e18 - 1}, "999999999.999999999": {Units: 1e18 - 1, Places: 9},
	} {
		if d, err := schema.ParseDecimal(text); err != nil || d != want || d.String() != text {
			t.Errorf("%s reads as %+v, %v", text, d, err)
		}
	}
	for _, text := range []string{
		"", ".", "0.", ".5", "1.", "00", "01", "00.5", "-1", "+1", "-0", "1e3", "1E3", "1,5", "1.5.0", " 1", "1 ", "1_000", "0x1", "NaN", "Inf",
		"1000000000000000000", "1.0000000000", "0.0000000000", "9999999999.999999999", "٣", "1\x00", "99999999999999999999999999",
	} {
		if d, err := schema.ParseDecimal(text); !errors.Is(err, schema.ErrDecimal) || d != (schema.Decimal{}) {
			t.Errorf("%q reads as %+v, %v", text, d, err)
		}
	}
}

// FuzzDecimal proves the law of the form: what is read is written the same, and
// nothing else is read.
func FuzzDecimal(f *testing.F) {
	for _, text := range []string{"0", "101.25", "0.050", "01", "1.", "999999999.999999999", "1000000000000000000", "-1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := schema.ParseDecimal(text)
		if (err == nil) != isDecimal(text) {
			t.Fatalf("%q: %v", text, err)
		}
		if err == nil && d.String() != text {
			t.Fatalf("%q reads as %+v, which prints as %q", text, d, d)
		}
	})
}
