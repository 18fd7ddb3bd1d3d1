package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/deadheat-io/deadheat/journal"
)

// What ListOffsets calls the two ends of a partition.
const (
	earliest = -2
	latest   = -1
)

// Bounds asks the partition's leader. The end is the high watermark: all
// replicas in sync have what is below it.
func (j *Journal) Bounds(ctx context.Context, p journal.Partition) (start, end int64, err error) {
	if err := j.partition(ctx, p); err != nil {
		return 0, 0, fmt.Errorf("bounds of %s: %w", p, err)
	}
	if start, err = j.offset(ctx, p, earliest); err == nil {
		end, err = j.offset(ctx, p, latest)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("bounds of %s: %w", p, err)
	}
	return start, end, nil
}

// OffsetAt asks the partition's leader, which searches by milliseconds.
func (j *Journal) OffsetAt(ctx context.Context, p journal.Partition, time int64) (int64, error) {
	if err := j.partition(ctx, p); err != nil {
		return 0, fmt.Errorf("offset of %s at a time: %w", p, err)
	}
	// Negative numbers mean something else there, and no record is older.
	offset, err := j.offset(ctx, p, max(time/1e6, 0))
	if err == nil && offset < 0 { // no record is as late
		offset, err = j.offset(ctx, p, latest)
	}
	if err != nil {
		return 0, fmt.Errorf("offset of %s at a time: %w", p, err)
	}
	return offset, nil
}

// offset asks for an offset, and again while the partition has no leader.
func (j *Journal) offset(ctx context.Context, p journal.Partition, timestamp int64) (offset int64, err error) {
	err = patiently(ctx, func() error {
		offset, err = j.listOffset(ctx, p, timestamp)
		return err
	})
	return offset, err
}

// electionTime is how long a request waits for a leader.
const electionTime = 10 * time.Second

// patiently does something until it ends with no error, with one that will
// stay, or too late.
func patiently(ctx context.Context, do func() error) error {
	deadline := time.Now().Add(electionTime)
	for tries := 0; ; tries++ {
		err := do()
		if err == nil || !kerr.IsRetriable(err) || errors.Is(err, journal.ErrNoTopic) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(backoff(tries)):
		}
	}
}

// listOffset sends one ListOffsets request.
func (j *Journal) listOffset(ctx context.Context, p journal.Partition, timestamp int64) (int64, error) {
	partition := kmsg.NewListOffsetsRequestTopicPartition()
	partition.Partition, partition.Timestamp = p.Index, timestamp
	topic := kmsg.NewListOffsetsRequestTopic()
	topic.Topic, topic.Partitions = j.full(p.Topic), []kmsg.ListOffsetsRequestTopicPartition{partition}
	req := kmsg.NewPtrListOffsetsRequest()
	req.ReplicaID, req.Topics = -1, []kmsg.ListOffsetsRequestTopic{topic}
	resp, err := req.RequestWith(ctx, j.client)
	if err != nil {
		return 0, j.gone(p, err)
	}
	if len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
		return 0, fmt.Errorf("the broker's answer is about %d topics, one was asked for", len(resp.Topics))
	}
	answer := resp.Topics[0].Partitions[0]
	if err := kerr.ErrorForCode(answer.ErrorCode); err != nil {
		return 0, j.gone(p, err)
	}
	return answer.Offset, nil
}

// gone forgets a topic that turns out not to exist any more.
func (j *Journal) gone(p journal.Partition, err error) error {
	err = j.failed(err)
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.topics, p.Topic)
	return err
}
