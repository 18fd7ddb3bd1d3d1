package kambitest

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// captureDir is where recorded feeds are that cannot be part of the project.
func captureDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("DEADHEAT_CAPTURE_DIR")
	if dir == "" {
		t.Skip("DEADHEAT_CAPTURE_DIR is not set: no recorded feed to compare with")
	}
	return dir
}

func TestFoldOfRecordedFeed(t *testing.T) {
	dir := captureDir(t)
	seq, err := LoadSequence(filepath.Join(dir, "kambi-football.ndjson.gz"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "kambi-football.final.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	want, err := io.ReadAll(gz)
	if err != nil {
		t.Fatal(err)
	}
	if err := DiffStates(fold(t, seq.Shuffle(1, 5000).Messages()), want); err != nil {
		t.Fatal(err)
	}
}

// Every kind, with the spelling of its id, does what it says.
func TestKinds(t *testing.T) {
	lines := []string{
		`{"type":"EVENT_ADDED","offset":1,"eventAdded":{"event":{"id":1,"status":"NOT_STARTED","tags":["A"]}}}`,
		`{"type":"BET_OFFER_ADDED","offset":2,"betOfferAdded":{"betOffer":{"id":2,"eventId":1,"status":"OPEN","lineType":[],"outcomes":[{"id":3,"odds":[]}]}}}`,
		`{"type":"EVENT_STATUS_UPDATED","offset":3,"eventStatusUpdated":{"id":1,"status":"STARTED"}}`,
		`{"type":"EVENT_CASH_OUT_STATUS_UPDATED","offset":4,"eventCashOutStatusUpdated":{"id":1,"cashOutStatus":"DISABLED"}}`,
		`{"type":"EVENT_TAGS_UPDATED","offset":5,"eventTagsUpdated":{"id":1,"tags":["B"]}}`,
		`{"type":"EVENT_PARTICIPANTS_UPDATED","offset":6,"eventParticipantsUpdated":{"eventId":1,"participants":[{"id":9}]}}`,
		`{"type":"EVENT_SCORE_UPDATED","offset":7,"eventScoreUpdated":{"eventId":1,"score":{"home":"1"}}}`,
		`{"type":"MATCH_CLOCK_UPDATED","offset":8,"matchClockUpdated":{"eventId":1,"matchClock":{"minute":3}}}`,
		`{"type":"BET_OFFER_STATUS_UPDATED","offset":9,"betOfferStatusUpdated":{"id":2,"status":"SUSPENDED"}}`,
		`{"type":"BET_OFFER_LINE_TYPES_UPDATED","offset":10,"betOfferLineTypesUpdated":{"id":2,"lineTypes":["MAIN_LINE"]}}`,
		`{"type":"BET_OFFER_CASH_OUT_STATUS_UPDATED","offset":11,"betOfferCashOutStatusUpdated":{"id":2,"cashOutStatus":"ENABLED"}}`,
		`{"type":"OUTCOME_ODDS_UPDATED","offset":12,"outcomeOddsUpdated":{"betOfferId":2,"outcomeId":3,"odds":[{"odds":{"decimal":2.50}}]}}`,
		`{"type":"OUTCOME_STATUS_UPDATED","offset":13,"outcomeStatusUpdated":{"betOfferId":2,"outcomeId":3,"status":"OPEN"}}`,
		`{"type":"OUTCOME_CASHOUT_STATUS_UPDATED","offset":14,"outcomeCashoutStatusUpdated":{"betOfferId":2,"outcomeId":3,"cashOutStatus":"SUSPENDED"}}`,
		`{"type":"OUTCOME_ODDS_UPDATED","offset":15,"outcomeOddsUpdated":{"betOfferId":2,"outcomeId":99,"odds":[]}}`,
		`{"type":"EVENT_STATUS_UPDATED","offset":16,"eventStatusUpdated":{"id":77,"status":"STARTED"}}`,
		`{"type":"EVENT_STATS_UPDATED","offset":17,"eventStatsUpdated":{"eventId":1}}`,
	}
	want := `{"betOffers":{"2":{"cashOutStatus":"ENABLED","eventId":1,"id":2,"lineType":["MAIN_LINE"],"outcomes":[{"cashOutStatus":"SUSPENDED","id":3,"odds":[{"odds":{"decimal":2.50}}],"status":"OPEN"}],"status":"SUSPENDED"}},` +
		`"events":{"1":{"cashOutStatus":"DISABLED","id":1,"matchClock":{"minute":3},"participants":[{"id":9}],"score":{"home":"1"},"status":"STARTED","tags":["B"]}}}`
	check := func(want string) {
		t.Helper()
		seq, err := ReadSequence(strings.NewReader(strings.Join(lines, "\n")))
		if err != nil {
			t.Fatal(err)
		}
		if got := fold(t, seq.Messages()); string(got) != want {
			t.Fatalf("state\n%s\nwant\n%s", got, want)
		}
	}
	check(want)
	lines = append(lines,
		`{"type":"EVENT_UPDATED","offset":18,"eventUpdated":{"event":{"id":1,"status":"FINISHED","score":{"home":"2"}}}}`,
		`{"type":"BET_OFFER_UPDATED","offset":19,"betOfferUpdated":{"betOffer":{"id":2,"eventId":1}}}`)
	check(`{"betOffers":{"2":{"eventId":1,"id":2}},"events":{"1":{"id":1,"matchClock":{"minute":3},"score":{"home":"2"},"status":"FINISHED"}}}`)
	lines = append(lines,
		`{"type":"EVENT_DELETED","offset":20,"eventDeleted":{"id":1}}`,
		`{"type":"BET_OFFER_DELETED","offset":21,"betOfferDeleted":{"betOfferId":2,"eventId":1}}`)
	check(`{"betOffers":{},"events":{}}`)
}

// A snapshot states exactly the state, and gates by offset.
func TestSnapshotFoldsToItself(t *testing.T) {
	n, err := Fold(generated(t, 21, 4000).Messages())
	if err != nil {
		t.Fatal(err)
	}
	msgs, err := n.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	state, err := n.State()
	if err != nil {
		t.Fatal(err)
	}
	if got := fold(t, msgs); !bytes.Equal(got, state) {
		t.Fatal(DiffStates(got, state))
	}
	for _, m := range msgs {
		if m.Offset > n.Offset() || bytes.Contains(m.Line, []byte(`"eventAdded"`)) && bytes.Contains(m.Line, []byte(`"score"`)) {
			t.Fatalf("snapshot message %s", m.Line)
		}
	}
}

func TestFoldRefuses(t *testing.T) {
	for line, want := range map[string]string{
		`{"type":"EVENT_ADDED","offset":5,"eventAdded":{}}`:                                  "event is no object",
		`{"type":"EVENT_ADDED","offset":5,"eventAdded":7}`:                                   "eventAdded is no object",
		`{"type":"EVENT_DELETED","offset":5,"eventDeleted":{"id":"x"}}`:                      "id is no number",
		`{"type":"EVENT_DELETED","offset":5,"eventAdded":{"event":{"id":1}}}`:                "type EVENT_DELETED with body eventAdded",
		`{"type":"EVENT_STATUS_UPDATED","offset":5,"eventStatusUpdated":{"id":1}}`:           "has no status",
		`{"type":"OUTCOME_ODDS_UPDATED","offset":5,"outcomeOddsUpdated":{"betOfferId":1.5}}`: "betOfferId",
	} {
		_, err := Fold([]Message{{5, []byte(line)}})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "offset 5") {
			t.Errorf("%s: error %v, want %q", line, err, want)
		}
	}
}

func TestDiffStates(t *testing.T) {
	a := []byte(`{"events":{"1":{"tags":["a","b"],"n":2.0}},"betOffers":{}}`)
	if err := DiffStates(a, []byte(`{"events":{"1":{"tags":["b","a"],"n":2}},"betOffers":{}}`)); err != nil {
		t.Error(err)
	}
	for _, b := range []string{
		`{"events":{"1":{"tags":["b","c"],"n":2}},"betOffers":{}}`,
		`{"events":{"1":{"tags":["b","a"],"n":2.1}},"betOffers":{}}`,
		`{"events":{"1":{"tags":["b","a"]}},"betOffers":{}}`,
		`{"events":{},"betOffers":{}}`,
		`{"events":[],"betOffers":{}}`,
	} {
		if err := DiffStates(a, []byte(b)); err == nil || !strings.Contains(err.Error(), ".events") {
			t.Errorf("%s: %v", b, err)
		}
	}
}
