package replay

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/snapshots"
)

// Loaded is a state read from a store, proved with its state hash.
type Loaded struct {
	Projection projection.Projection
	Checkpoint *projection.Checkpoint
}

// loadTries is how often a store is read again when it was caught changing.
const loadTries = 6

// Load reads a store beside the process that may be writing it, and writes
// nothing. The state is that of the store's last checkpoint. A nil Checkpoint
// means that the store has none yet. What cannot be read is read again while the
// store's files change; when they do not, it is damaged.
func Load(dir string, id snapshots.Identity, source projection.Source, fresh func() projection.Projection) (*Loaded, error) {
	var err error
	was := filesOf(dir)
	for try := range loadTries {
		if try > 0 {
			time.Sleep(time.Duration(try) * 50 * time.Millisecond)
		}
		var l *Loaded
		if l, err = load(dir, id, source, fresh()); err == nil {
			return l, nil
		}
		var other *snapshots.IdentityError
		if errors.Is(err, snapshots.ErrNoStore) || errors.As(err, &other) {
			return nil, err
		}
		is := filesOf(dir)
		if try > 0 && is == was { // nobody wrote while the last try read
			return nil, err
		}
		was = is
	}
	return nil, err
}

// filesOf describes the files of a directory, so that a change is seen.
func filesOf(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, e := range entries {
		if info, err := e.Info(); err == nil { // it may vanish meanwhile
			fmt.Fprintln(&b, e.Name(), info.Size(), info.ModTime().UnixNano())
		}
	}
	return b.String()
}

func load(dir string, id snapshots.Identity, source projection.Source, p projection.Projection) (l *Loaded, err error) {
	store, err := snapshots.Open(dir, id, snapshots.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	c, err := projection.LoadCheckpoint(store)
	if err != nil || c == nil {
		return &Loaded{Projection: p}, err
	}
	f := projection.NewFold(source, p, nil)
	err = f.Restore(c, func(each func(key, value []byte) error) error { return store.Each(snapshots.State, each) })
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", dir, err)
	}
	return &Loaded{Projection: p, Checkpoint: c}, nil
}

// DivergenceError says that a comparison ran and found a difference.
type DivergenceError struct {
	Position  journal.Position
	What      string // what differs
	Have, Got string
}

func (e *DivergenceError) Error() string {
	return fmt.Sprintf("%s: %s differs: the store has %s, the journal folds to %s", e.Position, e.What, e.Have, e.Got)
}

// Verify folds the journal again up to the position of a store's checkpoint
// and compares. The report is of the new fold; the error is a
// [*DivergenceError] when they differ.
func Verify(ctx context.Context, c Config, checkpoint *projection.Checkpoint) (*Report, error) {
	if err := projection.CheckLineage(ctx, c.Journal, c.Source, checkpoint); err != nil {
		return nil, err
	}
	c.To, c.Store = checkpoint.Next, nil
	report, err := Run(ctx, c)
	if err != nil {
		return nil, err
	}
	have := NewReport(report.Projection, c.Source.Partition, checkpoint, 0)
	if checkpoint.Outputs != report.outputs {
		return report, &DivergenceError{
			Position: c.Source.Partition.At(checkpoint.Next), What: "the number of outputs",
			Have: fmt.Sprint(checkpoint.Outputs), Got: fmt.Sprint(report.outputs),
		}
	}
	for _, d := range []struct{ what, have, got string }{
		{"the chain over the records", have.Chain, report.Chain},
		{"the state hash", have.StateHash, report.StateHash},
	} {
		if d.have != d.got {
			return report, &DivergenceError{Position: c.Source.Partition.At(checkpoint.Next), What: d.what, Have: d.have, Got: d.got}
		}
	}
	return report, nil
}
