package replay

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/snapshots"
)

// Report says where a fold stands. It is what commands print; fields may be
// added, never renamed.
type Report struct {
	Projection string  `json:"projection"`
	Topic      string  `json:"topic"`
	Partition  int32   `json:"partition"`
	Next       int64   `json:"next"`       // first offset not folded
	Chain      string  `json:"chain"`      // hex; over every record below next
	StateHash  string  `json:"state_hash"` // hex
	Records    int64   `json:"records"`    // folded since offset 0
	Seconds    float64 `json:"seconds"`    // that this command took

	outputs int64
}

// Config says what is folded.
type Config struct {
	Journal    journal.Journal
	Source     projection.Source
	Projection projection.Projection // fresh
	To         int64                 // fold everything below it
	// Store takes the state, if not nil. It must have been opened with the
	// identity of a replay, and be empty or hold a checkpoint of the same fold,
	// from which the replay goes on.
	Store *snapshots.Store
	// Every is the cadence of checkpoints in records; 0 is 20,000 with a store and
	// none before the end without one. It changes no result.
	Every int64
	// Progress is told, now and then, how far the replay is. It may be nil.
	Progress func(next, to int64)
}

// Run folds everything below To and reports where that ends.
func Run(ctx context.Context, c Config) (*Report, error) {
	start := time.Now()
	switch {
	case c.Every > 0:
	case c.Store == nil:
		c.Every = math.MaxInt64 // one hash at the end is enough
	default:
		c.Every = 20_000
	}
	f := &fold{c: c, fold: projection.NewFold(c.Source, c.Projection, nil)}
	if c.Store != nil {
		if !c.Store.Identity().Replay {
			return nil, fmt.Errorf("store %s belongs to a process that publishes outputs: a replay would lose them", c.Store.Dir())
		}
		if err := f.resume(ctx); err != nil {
			return nil, err
		}
	}
	if f.fold.Next() == 0 { // otherwise the checkpoint's lineage was checked
		if err := projection.CheckLineage(ctx, c.Journal, c.Source, nil); err != nil {
			return nil, err
		}
	}
	if f.fold.Next() > c.To {
		return nil, fmt.Errorf("the store is folded up to %s, past %d: %w", c.Source.Partition.At(f.fold.Next()), c.To, journal.ErrOutOfRange)
	}
	if err := f.run(ctx); err != nil {
		return nil, err
	}
	checkpoint, err := f.checkpoint()
	if err != nil {
		return nil, err
	}
	return NewReport(c.Projection.Name(), c.Source.Partition, checkpoint, time.Since(start)), nil
}

// Identity is that of a store that a replay writes.
func Identity(s projection.Source, p projection.Projection) snapshots.Identity {
	id := projection.Identity(s, p)
	id.Replay = true
	return id
}

// NewReport reports a checkpoint.
func NewReport(name string, p journal.Partition, c *projection.Checkpoint, took time.Duration) *Report {
	return &Report{
		Projection: name, Topic: p.Topic, Partition: p.Index, Next: c.Next,
		Chain: hex.EncodeToString(c.Chain[:]), StateHash: c.Hash.String(),
		Records: c.Next, Seconds: took.Seconds(), outputs: c.Outputs,
	}
}

type fold struct {
	c     Config
	fold  *projection.Fold
	saved int64
}

// resume goes on where the store is.
func (f *fold) resume(ctx context.Context) error {
	checkpoint, err := projection.LoadCheckpoint(f.c.Store)
	if err != nil || checkpoint == nil {
		return err
	}
	if err := projection.CheckLineage(ctx, f.c.Journal, f.c.Source, checkpoint); err != nil {
		return err
	}
	f.saved = checkpoint.Next
	return f.fold.Restore(checkpoint, func(each func(key, value []byte) error) error {
		return f.c.Store.Each(snapshots.State, each)
	})
}

// run reads ahead in one goroutine and folds in another.
func (f *fold) run(ctx context.Context) error {
	if f.fold.Next() >= f.c.To {
		return nil
	}
	reader, err := f.c.Journal.Read(ctx, f.c.Source.Partition, f.fold.Next())
	if err != nil {
		return err
	}
	defer reader.Close()
	group, ctx := errgroup.WithContext(ctx)
	batches := make(chan []journal.Record, 4)
	group.Go(func() error { return readTo(ctx, reader, f.c.To, batches) })
	group.Go(func() error {
		for records := range batches {
			if err := f.apply(records); err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

func readTo(ctx context.Context, reader journal.Reader, to int64, batches chan<- []journal.Record) error {
	defer close(batches)
	for {
		records, err := reader.Next(ctx)
		if err != nil {
			return err
		}
		if n := to - records[0].Offset; n <= int64(len(records)) {
			records = records[:n]
		}
		select {
		case batches <- records:
		case <-ctx.Done():
			return ctx.Err()
		}
		if records[len(records)-1].Offset+1 >= to {
			return nil
		}
	}
}

func (f *fold) apply(records []journal.Record) error {
	for i := range records {
		if err := f.fold.Apply(&records[i]); err != nil {
			return err
		}
		if f.fold.Next()-f.saved >= f.c.Every {
			if _, err := f.checkpoint(); err != nil {
				return err
			}
		}
	}
	if f.c.Progress != nil {
		f.c.Progress(f.fold.Next(), f.c.To)
	}
	return nil
}

// checkpoint hashes what changed and, if there is a store, commits it.
func (f *fold) checkpoint() (*projection.Checkpoint, error) {
	f.saved = f.fold.Next()
	if f.c.Store == nil {
		return f.fold.Checkpoint(nil)
	}
	batch := f.c.Store.Batch()
	checkpoint, err := f.fold.Checkpoint(func(key, value []byte) { batch.Stage(snapshots.State, key, value) })
	if err != nil {
		return nil, err
	}
	// A replay publishes nothing, so all its outputs count as settled.
	checkpoint.Confirmed = checkpoint.Outputs
	return checkpoint, f.c.Store.Commit(batch, checkpoint.Encode())
}
