package journal

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

var spanNow = time.Date(2026, 2, 20, 12, 0, 0, 0, time.UTC)

// spanJournal is a partition with one record a minute: offset n is stamped n
// minutes after the beginning of February 14.
type spanJournal struct {
	Journal
	start, end int64
}

var spanDay = time.Date(2026, 2, 14, 0, 0, 0, 0, time.UTC)

func (j spanJournal) Bounds(context.Context, Partition) (start, end int64, err error) {
	return j.start, j.end, nil
}

func (j spanJournal) OffsetAt(_ context.Context, _ Partition, ns int64) (int64, error) {
	minutes := (ns - spanDay.UnixNano() + int64(time.Minute) - 1) / int64(time.Minute)
	return min(max(minutes, j.start), j.end), nil
}

func TestSpan(t *testing.T) {
	j := spanJournal{start: 10, end: 1000}
	now := spanDay.Add(900 * time.Minute)
	const follow = true
	for _, c := range []struct {
		text     string
		from, to int64
		follow   bool
	}{
		{"start", 10, 1000, follow},
		{"start:", 10, 1000, follow},
		{"start:end", 10, 1000, false},
		{":end", 10, 1000, false},
		{"end", 1000, 1000, follow},
		{"end:end", 1000, 1000, false},
		{"100", 100, 1000, follow},
		{"100:", 100, 1000, follow},
		{"100:end", 100, 1000, false},
		{":100", 10, 100, false},
		{":10", 10, 10, false},
		{"100:200", 100, 200, false},
		{"100:100", 100, 100, false},
		{"1000", 1000, 1000, follow},
		{"+5", 15, 1000, follow},
		{"+0:20", 10, 20, false},
		{"+990", 1000, 1000, follow},
		{"-5", 995, 1000, follow},
		{"-5:end", 995, 1000, false},
		{"-100:-50", 900, 950, false},
		{"-5000", 10, 1000, follow}, // no more than there are
		{"-9223372036854775807:end", 10, 1000, false},
		{"@2026-02-14", 10, 1000, follow},
		{"@2026-02-14:", 10, 1000, follow},
		{"@2026-02-14T01:00:00Z", 60, 1000, follow},
		{"@2026-02-14T02:00:00+01:00", 60, 1000, follow},
		{"@2026-02-14T01:00:00Z:end", 60, 1000, false},
		{"@2026-02-14T01:00:00Z:2026-02-14T02:00:00Z", 60, 120, false},
		{"@2026-02-14T01:00:00.5Z:2026-02-14T03:00:00+01:00", 61, 120, false},
		{"@:2026-02-14T01:00:00Z", 10, 60, false},
		{"@2026-02-14:1h", 10, 60, false},
		{"@2026-02-14:1h30m", 10, 90, false},
		{"@2026-02-14T01:00:00Z:1m30s", 60, 62, false},
		{"@-1h", 840, 1000, follow},
		{"@-3h:-2h", 720, 780, false},
		{"@-3h:end", 720, 1000, false},
		{"@:-1h", 10, 840, false},
		{"@-1h:2026-02-14T15:00:00Z", 840, 900, false},
		{"@1771027200", 10, 1000, follow},
		{"@1771030800:1771034400", 60, 120, false},
		{"@1771030800000:1h", 60, 120, false},
		{"@2030-01-01", 1000, 1000, follow},
	} {
		s, err := ParseSpan(c.text, now)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		from, to, err := s.Resolve(t.Context(), j, Partition{Topic: "t"})
		if err != nil || from != c.from || to != c.to || s.Follow != c.follow || s.String() != c.text {
			t.Errorf("%s: [%d, %d) follow %t, %v; want [%d, %d) follow %t", c.text, from, to, s.Follow, err, c.from, c.to, c.follow)
		}
	}
}

func TestSpanRefused(t *testing.T) {
	for _, text := range []string{
		"", ":", "x", "1:2:3", "1:x", "--1", "+-1", "1:+2", "1.5", "0x10", "9223372036854775808",
		"200:100", "-5:-10", "@", "@:", "@x", "@end", "@start", "@:x", "@12345", "@2026-02-30",
		"@2026-02-14:-1h", "@-1h:-2h", "@2026-02-15:2026-02-14", "@9999999999999", "@-9999999h", " 1", "1 ",
		"@2026-02-14T01:00:00Z:2026-02-14T02:00:00Z:1h", "@1h:",
	} {
		_, err := ParseSpan(text, spanNow)
		if text == "@1h:" { // an hour from now: odd, and rpk takes it
			if err != nil {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		if _, ok := errors.AsType[*SpanError](err); !ok {
			t.Errorf("%q: %v, want a SpanError", text, err)
		}
	}
}

func TestSpanNotHeld(t *testing.T) {
	j := spanJournal{start: 10, end: 1000}
	for _, c := range []struct{ text, says string }{
		{"9", "t/0:9: offset out of range: the journal begins at 10"},
		{":9", "begins at 10"},
		{"1001", "t/0:1001: offset out of range: the journal ends at 1000"},
		{"20:2000", "ends at 1000"},
		{"+991", "990 records after its beginning"},
		{"+9223372036854775807", "ends here"},
	} {
		s, err := ParseSpan(c.text, spanNow)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = s.Resolve(t.Context(), j, Partition{Topic: "t"})
		if !errors.Is(err, ErrOutOfRange) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want out of range, %q", c.text, err, c.says)
		}
	}
	s, err := ParseSpan("end:500", spanNow)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Resolve(t.Context(), j, Partition{Topic: "t"})
	if _, ok := errors.AsType[*SpanError](err); !ok {
		t.Errorf("end:500: %v, want a SpanError", err)
	}
}

// FuzzSpan checks that no text panics, and that what is taken resolves to
// offsets the journal holds, in order.
func FuzzSpan(f *testing.F) {
	for _, seed := range []string{":end", "100:200", "-10", "+5:", "@-48h:-24h", "@2026-02-14T01:00:00Z:1h", "@1771027200:1771027200000"} {
		f.Add(seed)
	}
	j := spanJournal{start: 10, end: 1000}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSpan(text, spanNow)
		if err != nil {
			return
		}
		from, to, err := s.Resolve(t.Context(), j, Partition{Topic: "t"})
		_, wrong := errors.AsType[*SpanError](err)
		if err != nil && !wrong && !errors.Is(err, ErrOutOfRange) {
			t.Fatalf("%q: %v", text, err)
		}
		if err == nil && (from < j.start || from > to || to > j.end) {
			t.Fatalf("%q: [%d, %d) of [%d, %d)", text, from, to, j.start, j.end)
		}
	})
}
