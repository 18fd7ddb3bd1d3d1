package journal_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

func config(f *fake) journal.LaneConfig {
	return journal.LaneConfig{
		Journal: f, Partition: part, Name: "feed", Fold: f, Encode: codec.Body, Who: "test",
		Now: func() time.Time { return time.Unix(7, 0) },
	}
}

func open(t *testing.T, f *fake) *journal.Lane {
	t.Helper()
	lane, err := journal.OpenLane(context.Background(), config(f))
	if err != nil {
		t.Fatal(err)
	}
	return lane
}

func entry(body string) journal.Entry {
	return journal.Entry{Kind: schema.KindFeedUp, Time: 1, Key: []byte("k"), Body: codec.Body(&schema.FeedUp{Source: body})}
}

func put(l *journal.Lane, bodies ...string) error {
	var entries []journal.Entry
	for _, b := range bodies {
		entries = append(entries, entry(b))
	}
	answer := make(chan error, 1)
	if err := l.Append(context.Background(), entries, func(_ int64, err error) { answer <- err }); err != nil {
		return err
	}
	return <-answer
}

func TestOpenLane(t *testing.T) {
	f := new(fake)
	lane := open(t, f)
	if lane.Epoch() != 1 || put(lane, "a", "b") != nil || put(lane, "c") != nil {
		t.Fatal("a new lane does not work")
	}
	claim := f.log[0]
	body, err := codec.DecodeBody(claim.Kind, claim.Body)
	if err != nil || claim.Seq != 0 || claim.Time != 7e9 || body.(*schema.Claim).Who != "test" || len(body.(*schema.Claim).Nonce) != 32 {
		t.Errorf("claim %+v, %+v, %v", claim, body, err)
	}
	for i, r := range f.log {
		if r.Lane != "feed" || r.Epoch != 1 || r.Seq != int64(i) || f.fates[i] != journal.Applies {
			t.Errorf("record %d: %+v, %s", i, r, f.fates[i])
		}
	}
	if next := open(t, f); next.Epoch() != 2 {
		t.Errorf("the second writer has epoch %d", next.Epoch())
	}
}

// TestOvertaken has an old writer that goes on, not knowing.
func TestOvertaken(t *testing.T) {
	f := new(fake)
	old := open(t, f)
	fresh := open(t, f)
	if put(old, "late") != nil || put(fresh, "x") != nil || put(old, "later") != nil {
		t.Fatal("appends fail")
	}
	want := []journal.Fate{journal.Applies, journal.Applies, journal.Stale, journal.Applies, journal.Stale}
	if !slices.Equal(f.fates, want) || f.corrupt != nil {
		t.Errorf("%v, %v, want %v", f.fates, f.corrupt, want)
	}
	old.Lose(errors.New("it was told"))
	if err := put(old, "never"); !errors.Is(err, journal.ErrLaneLost) || len(f.log) != 5 {
		t.Errorf("a lane that was given up appends: %v", err)
	}
}

// TestAnotherClaimant lands its claim first.
func TestAnotherClaimant(t *testing.T) {
	f := new(fake)
	var other *journal.Lane
	f.before = func() { other = open(t, f) }
	mine := open(t, f)
	if other.Epoch() != 1 || mine.Epoch() != 2 {
		t.Errorf("epochs %d and %d", other.Epoch(), mine.Epoch())
	}
	want := []journal.Fate{journal.Applies, journal.LostClaim, journal.Applies}
	if !slices.Equal(f.fates, want) {
		t.Errorf("%v, want %v", f.fates, want)
	}
}

func TestEveryClaimLost(t *testing.T) {
	f := new(fake)
	var overtake func()
	overtake = func() { // another one is faster every time
		f.add(journal.Record{
			Kind: schema.KindClaim, Lane: "feed", Epoch: f.lanes.State("feed").Epoch + 1,
			Body: codec.Body(&schema.Claim{Nonce: "other"}),
		})
		f.before = overtake
	}
	f.before = overtake
	if _, err := journal.OpenLane(context.Background(), config(f)); !errors.Is(err, journal.ErrLaneLost) {
		t.Error(err)
	}
}

func TestClaimFails(t *testing.T) {
	broken := errors.New("broken")
	for name, f := range map[string]*fake{
		"refused": {refuse: broken}, "answered": {answer: func(error) error { return broken }},
	} {
		if _, err := journal.OpenLane(context.Background(), config(f)); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLostAfterError: an epoch is never continued, whether or not what failed
// has landed, and the next epoch makes good.
func TestLostAfterError(t *testing.T) {
	broken := errors.New("broken")
	for name, fail := range map[string]func(*fake){
		"refused": func(f *fake) { f.refuse = broken },
		"failed":  func(f *fake) { f.answer = func(error) error { return broken } },
		"landed":  func(f *fake) { f.answer, f.land = func(error) error { return broken }, true },
	} {
		t.Run(name, func(t *testing.T) {
			f := new(fake)
			lane := open(t, f)
			fail(f)
			if err := put(lane, "a"); !errors.Is(err, broken) {
				t.Fatal(err)
			}
			f.land = false
			for range 2 {
				if err := put(lane, "b"); !errors.Is(err, journal.ErrLaneLost) || !errors.Is(err, broken) {
					t.Fatal(err)
				}
			}
			if again := open(t, f); put(again, "a") != nil || f.corrupt != nil || f.fates[len(f.fates)-1] != journal.Applies {
				t.Errorf("%v, %v", f.fates, f.corrupt)
			}
		})
	}
}

// TestTooLarge leaves no gap: the size is checked before a seq is given.
func TestTooLarge(t *testing.T) {
	f := new(fake)
	lane := open(t, f)
	large := strings.Repeat("x", journal.MaxRecord)
	if err := put(lane, "small", large); !errors.Is(err, journal.ErrTooLarge) || errors.Is(err, journal.ErrLaneLost) {
		t.Fatal(err)
	}
	if err := put(lane, "a", "b"); err != nil || len(f.log) != 3 || f.corrupt != nil {
		t.Errorf("%v, %d records, %v", err, len(f.log), f.corrupt)
	}
}

// TestLargestFits: what a lane lets through is never too large for a journal.
func TestLargestFits(t *testing.T) {
	f := new(fake)
	lane := open(t, f)
	for n := journal.MaxRecord - 200; ; n++ {
		if err := put(lane, strings.Repeat("x", n)); errors.Is(err, journal.ErrTooLarge) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if r := f.log[len(f.log)-1]; len(r.Key)+len(r.Value) > journal.MaxRecord {
			t.Fatalf("%d bytes", len(r.Key)+len(r.Value))
		}
	}
	if f.corrupt != nil {
		t.Error(f.corrupt)
	}
}

func TestReadRange(t *testing.T) {
	f := new(fake)
	lane := open(t, f)
	if err := put(lane, "a", "b", "c", "d"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.Background(), errors.New("enough")
	var got []int64
	collect := func(r *journal.Record) error { got = append(got, r.Offset); return nil }
	if err := journal.ReadRange(ctx, f, part, 1, 4, collect); err != nil || !slices.Equal(got, []int64{1, 2, 3}) {
		t.Errorf("%v, %v", got, err)
	}
	for name, c := range map[string]struct {
		from, to int64
		f        func(*journal.Record) error
		want     error
	}{
		"empty": {3, 3, collect, nil}, "backwards": {4, 2, collect, nil}, "out of range": {9, 10, collect, journal.ErrOutOfRange},
		"stopped": {0, 2, func(*journal.Record) error { return stop }, stop},
		"not yet": {4, 9, collect, context.DeadlineExceeded},
	} {
		if err := journal.ReadRange(ctx, f, part, c.from, c.to, c.f); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAppendWaitGivesUp: whoever stops waiting does not know the outcome.
func TestAppendWaitGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := journal.AppendWait(ctx, mute{new(fake)}, part, journal.Record{Kind: schema.KindFeedUp})
	var unknown *journal.UnknownError
	if !errors.As(err, &unknown) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// mute never answers.
type mute struct{ *fake }

func (mute) Append(context.Context, journal.Partition, []journal.Record, func(int64, error)) error {
	return nil
}
