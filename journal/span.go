package journal

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Span is a range of a partition's records, as people write it. The grammar is
// that of Redpanda's rpk:
//
//	start          from the beginning, and follow
//	end            from the end, and follow
//	N, N:          from an offset, and follow
//	+N, -N         N after the beginning, N before the end; and follow
//	:N, N:M        up to an offset (without it)
//	:end, N:end    up to the end as of now
//	@T, @T:        from a time, and follow
//	@:T, @T:T      up to a time
//	@T:end         from a time up to the end as of now
//
// A time T is RFC 3339 (2026-02-14T10:00:00Z), a day (2026-02-14, UTC), a Unix
// time in seconds (10 digits) or milliseconds (13 digits), or a duration (-48h)
// relative to now. As the second time, a duration is relative to the first
// time, and to now when the first one is a duration too or missing:
// "@2026-02-14:1h" is an hour, "@-48h:-24h" is the day before yesterday.
type Span struct {
	// Follow says that the span has no end. Resolve ends it at what is there.
	Follow bool

	text     string
	from, to bound
}

// SpanError says that a text is no span.
type SpanError struct{ Text, Reason string }

func (e *SpanError) Error() string {
	return fmt.Sprintf("span %q: %s (such as :end, 100:200, -10, @-48h:-24h)", e.Text, e.Reason)
}

// bound is one end of a span.
type bound struct {
	kind boundKind
	n    int64 // offset, number of records, or ns since 1970
}

type boundKind uint8

const (
	atStart   boundKind = iota
	atEnd               // as of now
	atOffset            // n
	fromStart           // n after the beginning
	fromEnd             // n before the end
	atTime              // first record at or after n
)

// ParseSpan reads a span. Times that are durations are relative to now.
func ParseSpan(text string, now time.Time) (Span, error) {
	s := Span{text: text}
	var reason string
	if times, ok := strings.CutPrefix(text, "@"); ok {
		reason = s.parseTimes(times, now)
	} else {
		reason = s.parseOffsets(text)
	}
	if reason == "" && s.backwards() {
		reason = "it ends before it begins"
	}
	if reason != "" {
		return Span{}, &SpanError{text, reason}
	}
	return s, nil
}

// backwards tells whether the text alone shows that the span ends before it
// begins. Ends of different kinds are compared when they are resolved.
func (s Span) backwards() bool {
	if s.from.kind != s.to.kind {
		return false
	}
	if s.from.kind == fromEnd {
		return s.from.n < s.to.n
	}
	return s.from.n > s.to.n
}

// String is the text that the span was read from.
func (s Span) String() string { return s.text }

func (s *Span) parseOffsets(text string) (reason string) {
	first, second, two := strings.Cut(text, ":")
	if first == "" && second == "" {
		return "it is empty"
	}
	if s.from, reason = parseBound(first, "start"); reason != "" {
		return reason
	}
	s.Follow = second == ""
	if two && strings.HasPrefix(second, "+") {
		return "only the beginning can be counted from the start"
	}
	s.to, reason = parseBound(second, "end")
	return reason
}

// parseBound reads start, end, N, +N or -N; empty stands for the default.
func parseBound(text, empty string) (b bound, reason string) {
	if text == "" {
		text = empty
	}
	switch {
	case text == "start":
		return bound{kind: atStart}, ""
	case text == "end":
		return bound{kind: atEnd}, ""
	case text[0] == '+':
		b.kind = fromStart
	case text[0] == '-':
		b.kind = fromEnd
	default:
		b.kind = atOffset
	}
	digits := text
	if b.kind != atOffset {
		digits = text[1:]
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil {
		return b, fmt.Sprintf("%q is no offset", text)
	}
	b.n = int64(n)
	return b, ""
}

// parseTimes reads what follows the @. Times hold colons themselves, so every
// colon is tried as the one between them; at most one of them fits.
func (s *Span) parseTimes(text string, now time.Time) (reason string) {
	if t, ok := parseTime(text, now, now); ok {
		s.from, s.to, s.Follow = bound{atTime, t}, bound{kind: atEnd}, true
		return ""
	}
	for i, c := range text {
		if c != ':' {
			continue
		}
		if s.timePair(text[:i], text[i+1:], now) {
			return ""
		}
	}
	return "want @TIME, @TIME:, @:TIME or @TIME:TIME, where TIME is RFC 3339, YYYY-MM-DD, Unix s (10 digits) or ms (13), or a duration such as -48h"
}

func (s *Span) timePair(first, second string, now time.Time) bool {
	if first == "" && second == "" {
		return false
	}
	base := now // of a duration in second place
	s.from = bound{kind: atStart}
	if first != "" {
		t, ok := parseTime(first, now, now)
		if !ok {
			return false
		}
		s.from = bound{atTime, t}
		if _, err := time.ParseDuration(first); err != nil {
			base = time.Unix(0, t)
		}
	}
	s.Follow = second == ""
	if second == "" || second == "end" {
		s.to = bound{kind: atEnd}
		return true
	}
	t, ok := parseTime(second, now, base)
	s.to = bound{atTime, t}
	return ok
}

// Times must be in what int64 nanoseconds can hold, with room to spare.
const firstYear, lastYear = 1700, 2200

// parseTime reads one time as ns since 1970.
func parseTime(text string, now, base time.Time) (int64, bool) {
	t, ok := time.Time{}, false
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 && text[0] != '+' {
		switch len(text) {
		case 10:
			t, ok = time.Unix(n, 0), true
		case 13:
			t, ok = time.UnixMilli(n), true
		}
	} else if d, err := time.ParseDuration(text); err == nil {
		t, ok = base.Add(d), true
	} else if t, err = time.Parse(time.RFC3339Nano, text); err == nil {
		ok = true
	} else if t, err = time.Parse(time.DateOnly, text); err == nil {
		ok = true
	}
	if !ok || t.Year() < firstYear || t.Year() > lastYear {
		return 0, false
	}
	return t.UnixNano(), true
}
