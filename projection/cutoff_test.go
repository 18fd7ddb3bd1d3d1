package projection_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/projection"
)

// cutOff is a journal whose partition begins later than it did: retention, or
// an operator, has removed the oldest records. It can also have been made again.
type cutOff struct {
	journal.Journal
	partition journal.Partition
	start     int64
	topicID   string // "" is the true one
}

func (c cutOff) Bounds(ctx context.Context, p journal.Partition) (start, end int64, err error) {
	start, end, err = c.Journal.Bounds(ctx, p)
	if p == c.partition {
		start = c.start
	}
	return start, end, err
}

func (c cutOff) Read(ctx context.Context, p journal.Partition, from int64) (journal.Reader, error) {
	if p == c.partition && from < c.start {
		return nil, &journal.PositionError{Position: p.At(from), Err: fmt.Errorf("%w: it begins at %d", journal.ErrOutOfRange, c.start)}
	}
	return c.Journal.Read(ctx, p, from)
}

func (c cutOff) Topics(ctx context.Context) ([]journal.Topic, error) {
	topics, err := c.Journal.Topics(ctx)
	for i := range topics {
		if topics[i].Name == c.partition.Topic && c.topicID != "" {
			topics[i].ID = c.topicID
		}
	}
	return topics, err
}

// refused demands an error out of range that says all of it.
func refused(t *testing.T, err error, says ...string) {
	t.Helper()
	if !errors.Is(err, journal.ErrOutOfRange) {
		t.Fatalf("not refused as out of range: %v", err)
	}
	for _, s := range append(says, "restore") {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("it does not say %q: %v", s, err)
		}
	}
}

// A beginning that is gone does not matter as long as the record before the
// checkpoint is there; from then on the missing records are named.
func TestABeginningPastTheCheckpointIsRefused(t *testing.T) {
	r := newRig(t)
	r.add(10)
	r.ok(r.all(newTally())) // up to 12
	r.add(8)                // up to 20
	try := func(start int64) error {
		c := r.config(newTally())
		c.Journal = cutOff{Journal: r.journal, partition: in, start: start}
		return r.run(c, func(s projection.Status) bool { return s.Next == 20 && s.Settled })
	}
	refused(t, try(12), "in/0:11", "begins at 12", "records 11 to 11 are missing")
	refused(t, try(17), "in/0:11", "begins at 17", "records 11 to 16 are missing", "folded up to 18")
	r.ok(try(11))
	r.ok(r.all(newTally())) // and nothing was harmed
	if n := len(r.outputs()); n != 18 {
		t.Fatalf("%d outputs, want 18", n)
	}
}

// Without a checkpoint a fold needs everything.
func TestAFoldFromNothingNeedsTheBeginning(t *testing.T) {
	r := newRig(t)
	r.add(10)
	c := r.config(newTally())
	defer c.Store.Close()
	c.Journal = cutOff{Journal: r.journal, partition: in, start: 4}
	_, err := projection.NewRunner(context.Background(), c)
	refused(t, err, "in/0:0", "begins at 4", "records 0 to 3 are missing")
}

func TestABeginningOfTheOutputsPastTheCheckpointIsRefused(t *testing.T) {
	r := newRig(t)
	r.add(10)
	r.ok(r.all(newTally()))
	again := r.outputs()
	for _, o := range again { // leavings, which the store has not read
		_, err := journal.AppendWait(context.Background(), r.journal, out, o)
		r.ok(err)
	}
	c := r.config(newTally())
	defer c.Store.Close()
	c.Journal = cutOff{Journal: r.journal, partition: out, start: 14}
	_, err := projection.NewRunner(context.Background(), c)
	refused(t, err, "out/0:10", "begins at 14", "records 10 to 13 are missing")
}

// A topic that was deleted and made again is another one, even when it holds
// the same records.
func TestATopicMadeAgainIsAnother(t *testing.T) {
	r := newRig(t)
	r.add(3)
	r.ok(r.all(newTally()))
	j := cutOff{Journal: r.journal, partition: in, topicID: "made again"}
	source, err := projection.FindSource(context.Background(), j, in)
	r.ok(err)
	id := projection.Identity(source, newTally())
	if id.TopicID != "made again" {
		t.Fatalf("the store would belong to topic id %q", id.TopicID)
	}
	// projection.Genesis must leave a partition alone that holds records.
	r.ok(projection.Genesis(context.Background(), j, in.Topic, 1, time.Unix(2, 0)))
	if _, end, err := r.journal.Bounds(context.Background(), in); err != nil || end != 5 {
		t.Fatalf("the partition ends at %d, want 5: %v", end, err)
	}
}
