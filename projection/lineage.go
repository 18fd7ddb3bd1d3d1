package projection

import (
	"context"
	"fmt"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/crash"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/snapshots"
)

// Genesis makes the topic if need be and writes the GENESIS record into every
// partition that is empty. It is the first thing that a writer does.
func Genesis(ctx context.Context, j journal.Journal, topic string, partitions int32, now time.Time) error {
	if err := j.Create(ctx, topic, partitions); err != nil {
		return err
	}
	crash.At(crash.TopicMade)
	for i := range partitions {
		p := journal.Partition{Topic: topic, Index: i}
		_, end, err := j.Bounds(ctx, p)
		if err != nil {
			return err
		}
		if end > 0 {
			continue
		}
		genesis := &schema.Genesis{Journal: j.ID(), Topic: topic, Partition: i, Partitions: partitions}
		r := journal.Record{Kind: schema.KindGenesis, Time: now.UnixNano(), Body: codec.Body(genesis)}
		if _, err := journal.AppendWait(ctx, j, p, r); err != nil {
			return fmt.Errorf("write GENESIS of %s: %w", p, err)
		}
		crash.At(crash.GenesisWritten)
	}
	return nil
}

// Identity is what the store of a projection of a source belongs to.
func Identity(s Source, p Projection) snapshots.Identity {
	return snapshots.Identity{
		Journal: s.JournalID, Topic: s.Topic.Name, TopicID: s.Topic.ID,
		Partition: s.Partition.Index, Partitions: s.Topic.Partitions,
		Projection: p.Name(), Rules: p.Rules(),
	}
}

// FindSource looks a partition up in a journal.
func FindSource(ctx context.Context, j journal.Journal, p journal.Partition) (Source, error) {
	topics, err := j.Topics(ctx)
	if err != nil {
		return Source{}, err
	}
	for _, t := range topics {
		if t.Name == p.Topic && p.Index < t.Partitions {
			return Source{JournalID: j.ID(), Topic: t, Partition: p}, nil
		}
	}
	return Source{}, fmt.Errorf("%s: %w", p, journal.ErrNoTopic)
}

// CheckLineage proves that the journal still is the one that a checkpoint was
// folded from: its first record, and the record before the checkpoint's
// position, are read again and compared. A lost tail, a beginning that was cut
// off, a partition made again and another cluster are found here, before
// anything is folded. A nil checkpoint is that of a fold that begins at 0.
func CheckLineage(ctx context.Context, j journal.Journal, source Source, c *Checkpoint) error {
	p := source.Partition
	start, end, err := j.Bounds(ctx, p)
	if err != nil {
		return err
	}
	if c == nil {
		c = &Checkpoint{}
	}
	if c.Next > end {
		return &journal.PositionError{Position: p.At(c.Next), Err: fmt.Errorf(
			"%w: the store is folded up to here, but the journal ends at %d, records %d to %d are missing: it has lost its tail, or is another one; restore the journal, or remove the store to fold again what is there",
			journal.ErrOutOfRange, end, end, c.Next-1)}
	}
	if needed := max(c.Next-1, 0); start > needed {
		return &journal.PositionError{Position: p.At(needed), Err: fmt.Errorf(
			"%w: the journal begins at %d, records %d to %d are missing; restore them from a copy of the journal, or restore a store that is folded up to %d or further",
			journal.ErrOutOfRange, start, needed, start-1, start+1)}
	}
	if c.Next == 0 {
		return nil
	}
	if start == 0 {
		if err := journal.ReadRange(ctx, j, p, 0, 1, source.checkGenesis); err != nil {
			return err
		}
	}
	err = journal.ReadRange(ctx, j, p, c.Next-1, c.Next, func(r *journal.Record) error {
		if have := journal.RecordDigest(r); have != c.Last {
			return &journal.CorruptError{Position: p.At(r.Offset), Reason: fmt.Sprintf(
				"the record has digest %x, the store was folded from %x: the journal was rewritten", have[:8], c.Last[:8])}
		}
		return nil
	})
	crash.At(crash.LineageChecked)
	return err
}
