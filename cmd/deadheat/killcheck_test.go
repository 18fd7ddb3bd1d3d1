package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/offering"
)

// The checker reads a whole journal back and holds it against what was promised
// while processes died: to whoever asked them, to whoever read beside them, and
// to whoever reads their outputs.

// history is what a place holds of one source: a feed, or orders.
type history struct {
	source  projection.Source
	feed    []journal.Record
	outputs []journal.Record
}

// readHistory reads everything of the one partition that a projection folds.
func readHistory(ctx context.Context, j journal.Journal, k *kind) (*history, error) {
	sources, err := k.sources(ctx, j, "")
	if err != nil {
		return nil, err
	}
	if len(sources) != 1 {
		return nil, fmt.Errorf("%d partitions for %s, want one", len(sources), k.name)
	}
	h := &history{source: sources[0]}
	if h.feed, err = readAll(ctx, j, h.source.Partition); err != nil {
		return nil, err
	}
	outputs := journal.Partition{Topic: k.output(h.source.Topic.Name)}
	h.outputs, err = readAll(ctx, j, outputs)
	return h, err
}

func readAll(ctx context.Context, j journal.Journal, p journal.Partition) (records []journal.Record, err error) {
	_, end, err := j.Bounds(ctx, p)
	if err != nil {
		return nil, err
	}
	err = journal.ReadRange(ctx, j, p, 0, end, func(r *journal.Record) error {
		records = append(records, *r)
		return nil
	})
	return records, err
}

// sample is what somebody was told: a partition has this chain below next and,
// of a fold, this state hash.
type sample struct {
	next  int64
	chain string
	hash  string // "" when only bytes were read
	by    string
}

// refold is what the journal folds to, all over again.
type refold struct {
	chain, hash string
	outputs     []projection.Output
	applied     []int64 // offsets of the records that took effect, in order
}

// witness passes on to a projection and notes what takes effect.
type witness struct {
	projection.Projection
	applied []int64
}

func (w *witness) Apply(r *journal.Record, emit projection.Emit) error {
	w.applied = append(w.applied, r.Offset)
	return w.Projection.Apply(r, emit)
}

// fold folds from zero and holds every sample against the fold at its place.
func (h *history) fold(p projection.Projection, told []sample) (*refold, error) {
	told = slices.Clone(told)
	slices.SortStableFunc(told, func(a, b sample) int { return cmp.Compare(a.next, b.next) })
	w, again := &witness{Projection: p}, &refold{}
	f := projection.NewFold(h.source, w, func(o projection.Output) { again.outputs = append(again.outputs, o) })
	for i := 0; ; i++ {
		for ; len(told) > 0 && told[0].next == f.Next(); told = told[1:] {
			if err := told[0].compare(hex32(f.Chain()), func() string { return f.Hash(nil).String() }); err != nil {
				return nil, err
			}
		}
		if i == len(h.feed) {
			break
		}
		if err := f.Apply(&h.feed[i]); err != nil {
			return nil, err
		}
	}
	if len(told) > 0 {
		return nil, fmt.Errorf("%s was told of %d records, the journal has %d: acknowledged records are lost", told[0].by, told[0].next, f.Next())
	}
	again.chain, again.hash, again.applied = hex32(f.Chain()), f.Hash(nil).String(), w.applied
	return again, nil
}

func (s *sample) compare(chain string, hash func() string) error {
	if s.chain != chain {
		return fmt.Errorf("%s was told that the first %d records have chain %.16s, they have %.16s: a record has changed", s.by, s.next, s.chain, chain)
	}
	if s.hash == "" {
		return nil
	}
	if now := hash(); s.hash != now {
		return fmt.Errorf("%s was told that the state at %d has hash %.16s, it folds to %.16s", s.by, s.next, s.hash, now)
	}
	return nil
}

// checkChains holds samples of bytes against a partition that is not folded.
func checkChains(records []journal.Record, told []sample) error {
	chains := make([]string, len(records)+1)
	chain := journal.NewChain()
	chains[0] = hex32(chain.Sum())
	for i := range records {
		chain.Add(&records[i])
		chains[i+1] = hex32(chain.Sum())
	}
	for _, s := range told {
		if s.next > int64(len(records)) {
			return fmt.Errorf("%s read %d records, there are %d: records were lost", s.by, s.next, len(records))
		}
		if err := s.compare(chains[s.next], nil); err != nil {
			return err
		}
	}
	return nil
}

func hex32(b [32]byte) string { return hex.EncodeToString(b[:]) }

// checkApplied holds what took effect against the law of lanes, written down
// once more and naively: the first claim of an epoch above the lane's wins; of
// what comes behind it only its own epoch counts, each seq once, none missing.
func checkApplied(records []journal.Record, applied []int64) error {
	epochs, next := map[string]int64{}, map[string]int64{}
	var want []int64
	for _, r := range records {
		switch {
		case r.Kind == schema.KindGenesis:
		case r.Kind == schema.KindClaim:
			if r.Epoch > epochs[r.Lane] {
				epochs[r.Lane], next[r.Lane] = r.Epoch, 1
			}
		case r.Epoch == epochs[r.Lane] && r.Seq >= next[r.Lane]:
			if r.Seq > next[r.Lane] {
				return fmt.Errorf("record %d: lane %q epoch %d has seq %d where %d comes next: records were lost", r.Offset, r.Lane, r.Epoch, r.Seq, next[r.Lane])
			}
			next[r.Lane]++
			want = append(want, r.Offset)
		}
	}
	for i := range min(len(want), len(applied)) {
		if want[i] != applied[i] {
			return fmt.Errorf("the %d-th record that took effect is %d, it must be %d", i, applied[i], want[i])
		}
	}
	if len(want) != len(applied) {
		return fmt.Errorf("%d records took effect, %d must", len(applied), len(want))
	}
	return nil
}

// checkComplete proves that every message of the feed took effect, or lies
// below the end of a snapshot that did.
func checkComplete(records []journal.Record, applied, offsets []int64) error {
	have, floor := map[int64]bool{}, int64(-1)
	for _, at := range applied {
		r := &records[at]
		body, err := codec.DecodeBody(r.Kind, r.Body)
		if err != nil {
			return err
		}
		switch b := body.(type) {
		case *schema.Message:
			have[b.Offset] = true
		case *schema.FeedUnknown:
			have[b.Offset.V] = have[b.Offset.V] || b.Offset.OK
		case *schema.SnapshotEnd:
			floor = b.Offset
		}
	}
	missing := slices.DeleteFunc(slices.Clone(offsets), func(o int64) bool { return o <= floor || have[o] })
	if len(missing) > 0 {
		return fmt.Errorf("%d of %d messages were not journalled, the first has offset %d", len(missing), len(offsets), missing[0])
	}
	return nil
}

// checkOutputs reads an output topic as law 8 tells a reader to, and compares
// what it takes with what a replay makes. It returns how many records came
// twice.
func checkOutputs(topic []journal.Record, made []projection.Output) (twice int, err error) {
	next := 0
	for i := range topic {
		r := &topic[i]
		switch {
		case r.Seq > int64(next):
			return twice, fmt.Errorf("output record %d has number %d where %d comes next: outputs were lost", r.Offset, r.Seq, next)
		case r.Seq >= int64(len(made)):
			return twice, fmt.Errorf("output record %d has number %d, a replay makes only %d", r.Offset, r.Seq, len(made))
		case !bytes.Equal(r.Key, made[r.Seq].Key) || !bytes.Equal(r.Value, made[r.Seq].Value):
			return twice, fmt.Errorf("output record %d, number %d, is not what a replay makes", r.Offset, r.Seq)
		case r.Seq < int64(next):
			twice++
		default:
			next++
		}
	}
	if next < len(made) {
		return twice, fmt.Errorf("%d outputs are in the topic, a replay makes %d", next, len(made))
	}
	return twice, nil
}

// check runs all checks of what a place holds. told is what was said of the
// feed's partition, toldOutputs what was read of the outputs', offsets what the
// feed has sent.
func (h *history) check(told, toldOutputs []sample, offsets []int64) (again *refold, twice int, err error) {
	if again, err = h.fold(offering.New(), told); err != nil {
		return nil, 0, err
	}
	if err := checkChains(h.outputs, toldOutputs); err != nil {
		return nil, 0, fmt.Errorf("outputs: %w", err)
	}
	if err := checkApplied(h.feed, again.applied); err != nil {
		return nil, 0, err
	}
	if err := checkComplete(h.feed, again.applied, offsets); err != nil {
		return nil, 0, err
	}
	twice, err = checkOutputs(h.outputs, again.outputs)
	return again, twice, err
}
