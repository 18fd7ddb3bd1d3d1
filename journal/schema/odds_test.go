package schema_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deadheat-io/deadheat/journal/schema"
)

func TestParseOdds(t *testing.T) {
	for text, want := range map[string]schema.Odds{
		"2.35": 2350, "2": 2000, "2.0": 2000, "2.000000": 2000, "0": 0, "0.001": 1, "-1.0": -1000, "-0.5": -500,
		"1.5": 1500, "1.05": 1050, "1.005": 1005, "1.0050": 1005, "-0": 0, "-0.0": 0, "100": 100_000,
		"999999999999999.999": 999_999_999_999_999_999, "-999999999999999.999": -999_999_999_999_999_999,
	} {
		if got, err := schema.ParseOdds(text); err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d", text, int64(got), err, int64(want))
		}
	}
	for _, text := range []string{
		"", "-", "+1", ".5", "1.", "01", "00", "-01.5", "1.0005", "1.0001", "1e3", "1E3", "1.5e0", " 1", "1 ", "1.5 ",
		"0x1", "1,5", "NaN", "Infinity", "--1", "1.5.5", "1.-5", "1000000000000000", "9223372036854775808", "١",
	} {
		if got, err := schema.ParseOdds(text); !errors.Is(err, schema.ErrOdds) {
			t.Errorf("%q: %d, %v", text, int64(got), err)
		}
	}
}

func TestOddsAppend(t *testing.T) {
	for odds, want := range map[schema.Odds]string{
		2350: "2.35", 2000: "2.0", 1500: "1.5", 1050: "1.05", 1005: "1.005", 1: "0.001", 10: "0.01", 100: "0.1", 0: "0.0",
		-1000: "-1.0", -1: "-0.001", -500: "-0.5", math.MaxInt64: "9223372036854775.807", math.MinInt64: "-9223372036854775.808",
	} {
		if got := string(odds.Append([]byte("x"))); got != "x"+want {
			t.Errorf("%d: %s, want x%s", int64(odds), got, want)
		}
	}
	if b, err := json.Marshal(schema.Odds(1950)); err != nil || string(b) != "1.95" {
		t.Errorf("%s, %v", b, err)
	}
}

// TestOddsRoundTrip has every value that can be parsed.
func TestOddsRoundTrip(t *testing.T) {
	const most = 999_999_999_999_999_999
	rapid.Check(t, func(t *rapid.T) {
		odds := schema.Odds(rapid.Int64Range(-most, most).Draw(t, "odds"))
		text := odds.String()
		if back, err := schema.ParseOdds(text); err != nil || back != odds {
			t.Fatalf("%d prints as %s and reads as %d, %v", int64(odds), text, int64(back), err)
		}
		if !json.Valid([]byte(text)) {
			t.Fatalf("%s is no JSON number", text)
		}
	})
}

// FuzzOdds: what is accepted is a JSON number, and its shortest form means the same.
func FuzzOdds(f *testing.F) {
	for _, text := range []string{"2.35", "-1.000", "0", "1.0005", "1e3", "999999999999999.999", "-0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		odds, err := schema.ParseOdds(text)
		if err != nil {
			return
		}
		if !json.Valid([]byte(text)) || strings.TrimSpace(text) != text {
			t.Fatalf("%q is accepted and no JSON number", text)
		}
		if back, err := schema.ParseOdds(odds.String()); err != nil || back != odds {
			t.Fatalf("%q is %d, prints as %s, reads as %d, %v", text, int64(odds), odds, int64(back), err)
		}
	})
}
