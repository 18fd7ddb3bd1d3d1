package projection

import (
	"errors"
	"fmt"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// Source says which partition of which journal is folded.
type Source struct {
	JournalID string
	Topic     journal.Topic
	Partition journal.Partition
}

// Fold folds the records of one partition, one by one.
type Fold struct {
	source Source
	proj   Projection
	emit   func(Output)

	next    int64
	last    journal.Record // the record before next, to know it again
	digest  [32]byte       // its digest, when it comes from a checkpoint
	chain   *journal.Chain
	lanes   journal.Lanes
	hash    StateHash
	outputs int64           // number that the next output gets
	cause   *journal.Record // of the outputs, while it is applied
	give    Emit            // output, made once
	scratch []byte

	oversized error // an output that no journal takes: a mistake of the projection
}

// Output is one record for the output topic.
type Output struct {
	Number int64
	Key    []byte
	Value  []byte
}

// NewFold begins at offset 0. What the projection surfaces goes to emit, in
// order; nil discards it (the numbers run on all the same).
func NewFold(source Source, proj Projection, emit func(Output)) *Fold {
	f := &Fold{source: source, proj: proj, emit: emit, chain: journal.NewChain()}
	f.give = f.output
	return f
}

// Next is the first offset that is not folded.
func (f *Fold) Next() int64 { return f.next }

// Chain is the chain over all records folded.
func (f *Fold) Chain() [32]byte { return f.chain.Sum() }

// Lanes are the lanes as of Next.
func (f *Fold) Lanes() *journal.Lanes { return &f.lanes }

// Outputs is how many outputs the fold has numbered.
func (f *Fold) Outputs() int64 { return f.outputs }

// Apply folds the next record. After an error the fold stays before it.
func (f *Fold) Apply(r *journal.Record) error {
	if r.Offset != f.next {
		return &journal.CorruptError{
			Position: f.source.Partition.At(f.next),
			Reason:   fmt.Sprintf("record %d comes where %d must", r.Offset, f.next),
		}
	}
	fate, err := f.admit(r)
	if err == nil && fate == journal.Applies {
		err = f.apply(r)
	}
	if err != nil {
		return f.at(r, err)
	}
	f.chain.Add(r)
	f.last = *r
	f.next++
	return nil
}

// at adds the position to an error that has none.
func (f *Fold) at(r *journal.Record, err error) error {
	var c *journal.CorruptError
	var p *journal.PositionError
	if errors.As(err, &c) || errors.As(err, &p) {
		return err
	}
	return &journal.PositionError{Position: f.source.Partition.At(r.Offset), Err: err}
}

// admit decides what becomes of a record.
func (f *Fold) admit(r *journal.Record) (journal.Fate, error) {
	switch {
	case r.Offset == 0:
		return journal.Applies, f.source.checkGenesis(r)
	case r.Kind == schema.KindGenesis:
		return journal.Duplicate, nil // of a writer that lost the race to be first
	case r.Kind == schema.KindClaim:
		body, err := codec.DecodeBody(r.Kind, r.Body)
		if err != nil {
			return 0, err
		}
		return f.lanes.Claim(r, body.(*schema.Claim).Nonce), nil
	}
	return f.lanes.Admit(f.source.Partition, r)
}

// checkGenesis checks that the first record is of the partition that is meant.
func (s Source) checkGenesis(r *journal.Record) error {
	if r.Kind != schema.KindGenesis {
		return fmt.Errorf("the first record is %s and not GENESIS: this is no source partition", r.Kind)
	}
	body, err := codec.DecodeBody(r.Kind, r.Body)
	if err != nil {
		return err
	}
	want := schema.Genesis{
		Journal: s.JournalID, Topic: s.Topic.Name, Partition: s.Partition.Index, Partitions: s.Topic.Partitions,
	}
	if have := *body.(*schema.Genesis); have != want {
		return &journal.CorruptError{
			Position: s.Partition.At(0),
			Reason:   fmt.Sprintf("GENESIS names %+v, this is %+v: the partition was copied or made again", have, want),
		}
	}
	return nil
}

// apply folds a record that takes effect.
func (f *Fold) apply(r *journal.Record) error {
	switch r.Kind {
	case schema.KindGenesis, schema.KindClaim:
		return nil
	case schema.KindRetire:
		body, err := codec.DecodeBody(r.Kind, r.Body)
		if err == nil {
			f.lanes.Retire(body.(*schema.Retire).Lane)
		}
		return err
	}
	f.cause = r
	err := f.proj.Apply(r, f.give)
	if err == nil {
		err = f.oversized
	}
	return err
}

// output numbers what a record surfaced. The output record is the same for
// every replica: it has no lane and no epoch, and the time of its cause.
func (f *Fold) output(key []byte, body schema.Body) {
	number := f.outputs
	f.outputs++
	if f.emit == nil {
		return
	}
	f.scratch = codec.AppendBody(f.scratch[:0], body)
	record := journal.Record{Kind: body.RecordKind(), Seq: number, Time: f.cause.Time, Body: f.scratch}
	value := codec.AppendRecord(make([]byte, 0, codec.RecordSize(&record)), &record)
	if size := len(key) + len(value); size > journal.MaxRecord {
		f.oversized = fmt.Errorf("output %d has %d bytes, a record at most %d: the projection must split it", number, size, journal.MaxRecord)
		return
	}
	f.emit(Output{Number: number, Key: key, Value: value})
}

// Hash brings the state hash up to Next and returns it. Every key that changed
// since the last call goes to put, which may be nil.
func (f *Fold) Hash(put func(key, value []byte)) Digest {
	f.proj.Dirty(func(key, value []byte, cell *Cell) {
		f.hash.Put(key, value, cell)
		if put != nil {
			put(key, value)
		}
	})
	return f.hash.Sum()
}
