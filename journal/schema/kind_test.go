package schema_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// frozen are the kind numbers for ever. A line may be added; a line that
// changes or goes makes old journals unreadable.
var frozen = map[schema.Kind]string{
	1:  "GENESIS",
	2:  "CLAIM",
	3:  "RETIRE",
	16: "FEED_UP",
	17: "FEED_DOWN",
	18: "SNAPSHOT_BEGIN",
	19: "SNAPSHOT_END",
	20: "REPLAY_BEGIN",
	21: "REPLAY_END",
	22: "REJECTED_RAW",
	23: "FEED_UNKNOWN",
	24: "OFFERING_CONFIG",
	32: "EVENT_ADDED",
	33: "EVENT_UPDATED",
	34: "EVENT_DELETED",
	35: "EVENT_STATUS_UPDATED",
	36: "EVENT_CASH_OUT_STATUS_UPDATED",
	37: "EVENT_TAGS_UPDATED",
	38: "EVENT_PARTICIPANTS_UPDATED",
	39: "EVENT_SCORE_UPDATED",
	40: "MATCH_CLOCK_UPDATED",
	41: "BET_OFFER_ADDED",
	42: "BET_OFFER_UPDATED",
	43: "BET_OFFER_DELETED",
	44: "BET_OFFER_STATUS_UPDATED",
	45: "BET_OFFER_LINE_TYPES_UPDATED",
	46: "BET_OFFER_CASH_OUT_STATUS_UPDATED",
	47: "OUTCOME_ODDS_UPDATED",
	48: "OUTCOME_STATUS_UPDATED",
	49: "OUTCOME_CASHOUT_STATUS_UPDATED",
	64: "SURFACED",
	80: "ORDER_NEW",
	81: "ORDER_CANCEL",
	82: "ORDER_REPLACE",
	83: "MASS_CANCEL",
	84: "MARKET",
	85: "BOOK_LIMITS",
	86: "TICK",
	87: "KILL",
	88: "EXECUTIONS",
}

func TestKindsAreFrozen(t *testing.T) {
	if have, want := schema.Kinds(), slices.Sorted(maps.Keys(frozen)); !slices.Equal(have, want) {
		t.Errorf("kinds are\n%d, frozen are\n%d", have, want)
	}
	for n := range 1 << 16 {
		kind := schema.Kind(n)
		name, known := frozen[kind]
		if kind.Known() != known {
			t.Errorf("%d: known is %v", n, kind.Known())
		}
		if known && kind.String() != name {
			t.Errorf("%d is named %s, want %s", n, kind, name)
		}
		if entity := n >= 32 && n <= 49; kind.Entity() != entity {
			t.Errorf("%d: entity is %v", n, kind.Entity())
		}
		if event := n >= 32 && n <= 40; kind.Event() != event {
			t.Errorf("%d: event is %v", n, kind.Event())
		}
		if command := n >= 80 && n <= 87 && n != 86; kind.Command() != command {
			t.Errorf("%d: command is %v", n, kind.Command())
		}
		if output := n == 64 || n == 88; kind.Output() != output {
			t.Errorf("%d: output is %v", n, kind.Output())
		}
	}
	if got := schema.Kind(999).String(); got != "KIND_999" {
		t.Errorf("unknown kind prints as %s", got)
	}
}

func TestParseKind(t *testing.T) {
	for kind, name := range frozen {
		if got, err := schema.ParseKind(name); err != nil || got != kind {
			t.Errorf("%s: %d, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "genesis", "KIND_999", "KIND_1", " GENESIS"} {
		if kind, err := schema.ParseKind(name); err == nil {
			t.Errorf("%q: %s", name, kind)
		}
	}
}

func TestFlow(t *testing.T) {
	for flow, want := range map[schema.Flow]string{0: "flow_0", 1: "snapshot", 2: "replay", 3: "realtime", 4: "flow_4"} {
		if flow.String() != want {
			t.Errorf("%d: %s, want %s", uint8(flow), flow, want)
		}
	}
}

// TestFormatPage holds the page that describes the format against the kinds.
func TestFormatPage(t *testing.T) {
	page, err := os.ReadFile("../FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[schema.Kind]string)
	for _, row := range regexp.MustCompile(`(?m)^\| (\d+) \| ([A-Z_]+) \|`).FindAllStringSubmatch(string(page), -1) {
		n, err := strconv.ParseUint(row[1], 10, 16)
		if err != nil {
			t.Fatal(err)
		}
		found[schema.Kind(n)] = row[2]
	}
	if !maps.Equal(found, frozen) {
		t.Errorf("FORMAT.md has\n%v, frozen are\n%v", found, frozen)
	}
}
