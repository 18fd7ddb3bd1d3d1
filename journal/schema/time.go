package schema

import (
	"fmt"
	"time"
)

// Time is a point in time in ns since 1970, UTC. JSON has it as RFC 3339, since
// the number is too large for readers that keep numbers in a float.
type Time int64

// String is the RFC 3339 form.
func (t Time) String() string { return time.Unix(0, int64(t)).UTC().Format(time.RFC3339Nano) }

// MarshalText prints the RFC 3339 form.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads RFC 3339 in any zone. A time that ns in an int64 cannot
// hold is refused.
func (t *Time) UnmarshalText(text []byte) error {
	at, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil {
		return fmt.Errorf("time %q: want RFC 3339, such as 2026-01-02T15:04:05Z", text)
	}
	ns := at.UnixNano()
	if !time.Unix(0, ns).Equal(at) {
		return fmt.Errorf("time %q is out of range", text)
	}
	*t = Time(ns)
	return nil
}
