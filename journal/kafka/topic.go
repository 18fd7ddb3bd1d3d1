package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/deadheat-io/deadheat/journal"
)

// full is a topic's name in the cluster.
func (j *Journal) full(topic string) string { return j.opts.Prefix + "." + topic }

// Topics lists the topics, sorted by name.
func (j *Journal) Topics(ctx context.Context) (topics []journal.Topic, err error) {
	err = patiently(ctx, func() error {
		topics, err = j.listTopics(ctx)
		return err
	})
	return topics, err
}

func (j *Journal) listTopics(ctx context.Context) ([]journal.Topic, error) {
	if err := j.alive(ctx); err != nil {
		return nil, err
	}
	details, err := j.admin.ListTopics(ctx)
	if err != nil {
		return nil, fmt.Errorf("list topics: %w", j.failed(err))
	}
	var topics []journal.Topic
	for _, d := range details {
		name, ok := strings.CutPrefix(d.Topic, j.opts.Prefix+".")
		if !ok || journal.CheckTopic(name) != nil {
			continue
		}
		t, err := topicOf(name, d)
		if errors.Is(err, journal.ErrNoTopic) { // deleted meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		topics = append(topics, t)
	}
	slices.SortFunc(topics, func(a, b journal.Topic) int { return strings.Compare(a.Name, b.Name) })
	j.mu.Lock()
	defer j.mu.Unlock()
	clear(j.topics)
	for _, t := range topics {
		j.topics[t.Name] = t
	}
	return topics, nil
}

func topicOf(name string, d kadm.TopicDetail) (journal.Topic, error) {
	switch {
	case errors.Is(d.Err, kerr.UnknownTopicOrPartition):
		return journal.Topic{}, fmt.Errorf("topic %s: %w", d.Topic, journal.ErrNoTopic)
	case d.Err != nil:
		return journal.Topic{}, fmt.Errorf("topic %s: %w", d.Topic, d.Err)
	case d.ID == kadm.TopicID{}:
		return journal.Topic{}, fmt.Errorf("topic %s has no id: the broker is too old to tell a topic from one made again under its name; use Apache Kafka 2.8 or newer", d.Topic)
	}
	return journal.Topic{Name: name, ID: d.ID.String(), Partitions: int32(len(d.Partitions))}, nil
}

// topic asks the cluster about one topic.
func (j *Journal) topic(ctx context.Context, name string) (t journal.Topic, err error) {
	err = patiently(ctx, func() error {
		t, err = j.listTopic(ctx, name)
		return err
	})
	return t, err
}

func (j *Journal) listTopic(ctx context.Context, name string) (journal.Topic, error) {
	details, err := j.admin.ListTopics(ctx, j.full(name))
	if err != nil {
		return journal.Topic{}, j.failed(err)
	}
	t, err := topicOf(name, details[j.full(name)])
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.topics, name)
	if err == nil {
		j.topics[name] = t
	}
	return t, err
}

// partition checks that a partition exists. What is known is not asked again:
// that a topic is gone is told by whatever is done with it.
func (j *Journal) partition(ctx context.Context, p journal.Partition) error {
	if err := j.alive(ctx); err != nil {
		return err
	}
	if journal.CheckTopic(p.Topic) != nil || p.Index < 0 {
		return journal.ErrNoTopic
	}
	j.mu.Lock()
	t, ok := j.topics[p.Topic]
	j.mu.Unlock()
	if !ok {
		var err error
		if t, err = j.topic(ctx, p.Topic); err != nil {
			return err
		}
	}
	if p.Index >= t.Partitions {
		return fmt.Errorf("topic %s has %d partitions: %w", j.full(p.Topic), t.Partitions, journal.ErrNoTopic)
	}
	return nil
}

// Create makes a topic with the settings that a journal needs, and waits until
// all its partitions have a leader.
func (j *Journal) Create(ctx context.Context, name string, partitions int32) error {
	if j.opts.ReadOnly {
		return fmt.Errorf("create topic %q: %w", name, journal.ErrReadOnly)
	}
	if err := journal.CheckTopic(name); err != nil {
		return err
	}
	if err := journal.CheckTopic(j.full(name)); err != nil {
		return err
	}
	if partitions < 1 {
		return fmt.Errorf("create topic %q: %d partitions: want 1 or more", name, partitions)
	}
	j.createMu.Lock()
	defer j.createMu.Unlock()
	if err := j.alive(ctx); err != nil {
		return fmt.Errorf("create topic %q: %w", name, err)
	}
	t, err := j.topic(ctx, name)
	if errors.Is(err, journal.ErrNoTopic) {
		if err = j.make(ctx, name, partitions); err == nil {
			t, err = j.made(ctx, name)
		}
	}
	switch {
	case err != nil:
		return fmt.Errorf("create topic %s: %w", j.full(name), err)
	case t.Partitions != partitions:
		return fmt.Errorf("create topic %s with %d partitions: %w: it has %d", j.full(name), partitions, journal.ErrPartitions, t.Partitions)
	}
	return nil
}

// make asks the cluster to make a topic. Somebody else may have made it first.
func (j *Journal) make(ctx context.Context, name string, partitions int32) error {
	replication, err := j.replication(ctx)
	if err != nil {
		return err
	}
	if j.opts.NoCreate {
		return fmt.Errorf("%w, and create_topics is false: make it with %d partitions, replication factor %d and the settings %s",
			journal.ErrNoTopic, partitions, replication, required(replication > 2).list())
	}
	_, err = j.admin.CreateTopic(ctx, partitions, replication, required(replication > 2).values(true), j.full(name))
	if errors.Is(err, kerr.InvalidConfig) { // a broker that does not know all of them
		_, err = j.admin.CreateTopic(ctx, partitions, replication, required(replication > 2).values(false), j.full(name))
	}
	if errors.Is(err, kerr.TopicAlreadyExists) {
		return nil
	}
	if err == nil {
		j.opts.Logger.Info("topic made", "topic", j.full(name), "partitions", partitions, "replication", replication)
	}
	return j.failed(err)
}

// replication is the replication factor of new topics.
func (j *Journal) replication(ctx context.Context) (int16, error) {
	if j.opts.Replication > 0 {
		return int16(j.opts.Replication), nil
	}
	brokers, err := j.admin.ListBrokers(ctx)
	if err != nil {
		return 0, j.failed(err)
	}
	return int16(min(3, len(brokers))), nil
}

// madeWait is how long a new topic may take to become usable.
const madeWait = 15 * time.Second

// made waits until a new topic can be used.
func (j *Journal) made(ctx context.Context, name string) (journal.Topic, error) {
	ctx, cancel := context.WithTimeout(ctx, madeWait)
	defer cancel()
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
		details, err := j.admin.ListTopics(ctx, j.full(name))
		if err == nil && ready(details[j.full(name)]) {
			return j.topic(ctx, name)
		}
		select {
		case <-ctx.Done():
			return journal.Topic{}, fmt.Errorf("it was made, and is not ready after %s: %w", madeWait, errors.Join(err, ctx.Err()))
		case <-time.After(wait):
		}
	}
}

func ready(d kadm.TopicDetail) bool {
	for _, p := range d.Partitions {
		if p.Err != nil || p.Leader < 0 {
			return false
		}
	}
	return d.Err == nil && len(d.Partitions) > 0
}

// failed gives an error of a request the journal's words.
func (j *Journal) failed(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, kerr.UnknownTopicOrPartition), errors.Is(err, kerr.UnknownTopicID):
		return fmt.Errorf("%w: %w", journal.ErrNoTopic, err)
	case errors.Is(err, context.Canceled):
		return err
	case kerr.IsRetriable(err) || !isBroker(err) && closedError(err) == err:
		return fmt.Errorf("%w: %w", journal.ErrUnreachable, err)
	}
	return closedError(err)
}

// isBroker tells whether a broker gave this answer.
func isBroker(err error) bool {
	_, ok := errors.AsType[*kerr.Error](err)
	return ok
}
