package journal_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
)

func TestParsePosition(t *testing.T) {
	for text, want := range map[string]journal.Position{
		"feed.demo/0:1200": journal.Partition{Topic: "feed.demo"}.At(1200),
		"orders/11:0":      journal.Partition{Topic: "orders", Index: 11}.At(0),
		"orders:7":         journal.Partition{Topic: "orders"}.At(7),
	} {
		if got, err := journal.ParsePosition(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", ":", "orders", "orders/0", "orders/0:", "orders/0:x", "orders/0:-1", "orders/x:1", "orders/-1:1", "/0:1", "a b/0:1",
		"orders/0:1:2", "orders/0/1:2", "orders/2147483648:1", "orders/0:9223372036854775808", "../0:1",
	} {
		if got, err := journal.ParsePosition(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestPositionText(t *testing.T) {
	p := journal.Partition{Topic: "feed.demo", Index: 3}
	back, err := journal.ParsePartition(p.String())
	if err != nil || back != p || p.String() != "feed.demo/3" {
		t.Errorf("%s, %v, %v", p, back, err)
	}
	pos := p.At(9)
	again, err := journal.ParsePosition(pos.String())
	if err != nil || again != pos || fmt.Sprint(pos) != "feed.demo/3:9" {
		t.Errorf("%s, %v, %v", pos, again, err)
	}
	if p, err := journal.ParsePartition("orders"); err != nil || p != (journal.Partition{Topic: "orders"}) {
		t.Errorf("%v, %v", p, err)
	}
}

func TestCheckTopic(t *testing.T) {
	for _, name := range []string{"a", "feed.NAME_1-x", "...", strings.Repeat("x", 249)} {
		if err := journal.CheckTopic(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"", ".", "..", "a/b", "a b", "a\x00", "é", "a:b", strings.Repeat("x", 250)} {
		if journal.CheckTopic(name) == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}

func TestErrors(t *testing.T) {
	at := part.At(5)
	inner := errors.New("inner")
	for _, c := range []struct {
		err     error
		text    string
		corrupt bool
	}{
		{&journal.UnknownError{Partition: part, Err: inner}, "append to feed.test/0: outcome unknown: inner", false},
		{&journal.PositionError{Position: at, Err: inner}, "feed.test/0:5: inner", false},
		{&journal.PositionError{Position: at, Err: &journal.CorruptError{Position: at, Reason: "r"}}, "feed.test/0:5: feed.test/0:5: corrupt: r", true},
		{&journal.CorruptError{Position: at, Reason: "r", File: "f"}, "feed.test/0:5: corrupt: r (file f); restore the journal's files from a copy", true},
	} {
		if c.err.Error() != c.text || journal.IsCorrupt(c.err) != c.corrupt {
			t.Errorf("%q, corrupt %v", c.err, journal.IsCorrupt(c.err))
		}
	}
	if !errors.Is(&journal.UnknownError{Err: inner}, inner) || !errors.Is(&journal.PositionError{Err: inner}, inner) {
		t.Error("the cause is hidden")
	}
}
