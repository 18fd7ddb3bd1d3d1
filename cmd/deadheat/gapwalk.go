package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// gapWalk follows the lanes of one partition. Unlike a fold it goes on behind a
// gap, to find the others; unlike damage, a gap leaves the rest readable.
type gapWalk struct {
	partition journal.Partition
	lanes     journal.Lanes
	counts    map[string]*gapsRow // by lane
	next      int64               // number of the next output
	first     error               // the first gap
}

func newGapWalk(p journal.Partition) *gapWalk {
	return &gapWalk{partition: p, counts: map[string]*gapsRow{}}
}

// rows are the counts, sorted by lane.
func (w *gapWalk) rows() []gapsRow {
	var list []gapsRow
	for _, name := range sortedKeys(w.counts) {
		list = append(list, *w.counts[name])
	}
	return list
}

func (w *gapWalk) row(lane string) *gapsRow {
	row, ok := w.counts[lane]
	if !ok {
		row = &gapsRow{Partition: w.partition.String(), Lane: lane}
		w.counts[lane] = row
	}
	return row
}

// walk reads the whole partition. It returns the first gap, or damage.
func (w *gapWalk) walk(ctx context.Context, j journal.Journal, progress func(next, to int64)) error {
	start, end, err := j.Bounds(ctx, w.partition)
	if err != nil {
		return err
	}
	if start > 0 {
		return &journal.PositionError{Position: w.partition.At(0), Err: fmt.Errorf(
			"%w: the partition begins at %d; without its beginning nobody can tell what is missing", journal.ErrOutOfRange, start)}
	}
	output := isOutput(w.partition.Topic)
	err = journal.ReadRange(ctx, j, w.partition, start, end, func(r *journal.Record) error {
		progress(r.Offset, end)
		if output {
			w.output(r)
			return nil
		}
		return w.source(r)
	})
	return errors.Join(w.first, err)
}

// source takes a record of a source partition.
func (w *gapWalk) source(r *journal.Record) error {
	row := w.row(r.Lane)
	if r.Kind == schema.KindGenesis {
		if r.Offset == 0 {
			row.Records++
		} else {
			row.Duplicates++ // of a writer that lost the race to be first
		}
		return nil
	}
	var fate journal.Fate
	if r.Kind == schema.KindClaim {
		body, err := codec.DecodeBody(r.Kind, r.Body)
		if err != nil {
			return &journal.PositionError{Position: w.partition.At(r.Offset), Err: err}
		}
		if fate = w.lanes.Claim(r, body.(*schema.Claim).Nonce); fate == journal.Applies {
			row.Epochs++
		}
	} else {
		var err error
		if fate, err = w.lanes.Admit(w.partition, r); err != nil {
			w.gap(row, r, err)
			w.resume(r)
			fate = journal.Applies
		}
	}
	w.count(row, fate)
	if r.Kind == schema.KindRetire && fate == journal.Applies {
		body, err := codec.DecodeBody(r.Kind, r.Body)
		if err != nil {
			return &journal.PositionError{Position: w.partition.At(r.Offset), Err: err}
		}
		w.lanes.Retire(body.(*schema.Retire).Lane)
	}
	return nil
}

func (w *gapWalk) count(row *gapsRow, fate journal.Fate) {
	switch fate {
	case journal.Applies:
		row.Records++
	case journal.Stale:
		row.Stale++
	case journal.Duplicate:
		row.Duplicates++
	case journal.LostClaim:
		row.LostClaims++
	}
}

func (w *gapWalk) gap(row *gapsRow, r *journal.Record, err error) {
	row.Gaps++
	if row.FirstGap == "" {
		row.FirstGap = w.partition.At(r.Offset).String()
	}
	if w.first == nil {
		w.first = err
	}
}

// resume sets the lane of a record behind a gap as if nothing were missing.
func (w *gapWalk) resume(r *journal.Record) {
	states := w.lanes.States()
	i := slices.IndexFunc(states, func(s journal.LaneState) bool { return s.Name == r.Lane })
	states[i].Epoch, states[i].Next = r.Epoch, r.Seq+1
	w.lanes.Restore(states)
}

// output takes a record of an output topic: outputs are numbered from 0, and
// what comes twice counts once.
func (w *gapWalk) output(r *journal.Record) {
	row := w.row(r.Lane)
	if r.Seq < w.next {
		w.count(row, journal.Duplicate)
		return
	}
	if r.Seq > w.next {
		w.gap(row, r, &journal.CorruptError{
			Position: w.partition.At(r.Offset),
			Reason:   fmt.Sprintf("output %d where %d comes next: outputs are missing", r.Seq, w.next),
		})
	}
	w.next = r.Seq + 1
	w.count(row, journal.Applies)
}
