package kafka_test

import (
	"errors"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/kafka"
)

// A long append goes to the client in several bursts. When the first batch is
// refused, nothing behind it may land, or be acknowledged.
func TestARefusedBatchOfALongAppendLeavesNoHole(t *testing.T) {
	c := fake(t)
	j := open(t, kafka.Options{Brokers: c.ListenAddrs()})
	create(t, j, 1)
	fold := &laneFold{j: j, p: p0}
	lane := func() *journal.Lane {
		l, err := journal.OpenLane(t.Context(), journal.LaneConfig{Journal: j, Partition: p0, Name: "feed", Fold: fold, Encode: codec.Body})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	broken := lane()
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.InvalidRecord})
	entries := make([]journal.Entry, 50_000)
	for i := range entries {
		entries[i] = entry(uint64(i))
	}
	answer := make(chan error, 1)
	if err := broken.Append(t.Context(), entries, func(_ int64, err error) { answer <- err }); err != nil {
		t.Fatal(err)
	}
	var unknown *journal.UnknownError
	if err := <-answer; !errors.As(err, &unknown) {
		t.Fatalf("the append is answered with %v, want an UnknownError", err)
	}
	put(t, lane(), 1) // another epoch goes on
	fold.all(t)
}
