package local

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/segment"
)

const (
	topicName = "topic.json"
	// newSuffix marks a topic that is being made; no topic's name can end so.
	newSuffix = "~"
)

// topicFile is the content of topic.json.
type topicFile struct {
	ID         string `json:"id"`
	Partitions int32  `json:"partitions"`
}

type topic struct {
	journal.Topic
	partitions []*partition
}

// Topics lists the topics, sorted by name.
func (j *Journal) Topics(ctx context.Context) ([]journal.Topic, error) {
	if err := j.alive(ctx); err != nil {
		return nil, err
	}
	if j.opts.ReadOnly { // the writer may have made some meanwhile
		names, err := j.topicNames()
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if _, err := j.topic(name); err != nil {
				return nil, err
			}
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	topics := make([]journal.Topic, 0, len(j.topics))
	for _, t := range j.topics {
		topics = append(topics, t.Topic)
	}
	slices.SortFunc(topics, func(a, b journal.Topic) int { return strings.Compare(a.Name, b.Name) })
	return topics, nil
}

// Create makes a topic. It is there completely, or, after a crash, not at all.
func (j *Journal) Create(ctx context.Context, name string, partitions int32) error {
	if j.opts.ReadOnly {
		return fmt.Errorf("create topic %q: %w", name, journal.ErrReadOnly)
	}
	if err := journal.CheckTopic(name); err != nil {
		return err
	}
	if partitions < 1 || partitions > MaxPartitions {
		return fmt.Errorf("create topic %q: %d partitions: want 1 to %d", name, partitions, MaxPartitions)
	}
	j.createMu.Lock()
	defer j.createMu.Unlock()
	if err := j.alive(ctx); err != nil {
		return fmt.Errorf("create topic %q: %w", name, err)
	}
	t, err := j.topic(name)
	switch {
	case err == nil && t.Partitions == partitions:
		return nil
	case err == nil:
		return fmt.Errorf("create topic %q with %d partitions: %w: it has %d", name, partitions, journal.ErrPartitions, t.Partitions)
	case !errors.Is(err, journal.ErrNoTopic):
		return err
	}
	f := topicFile{ID: newID(), Partitions: partitions}
	if err := j.makeTopic(name, f); err != nil {
		return fmt.Errorf("create topic %q: %w", name, err)
	}
	return j.openTopic(name, f)
}

// makeTopic builds the topic's directory under another name, makes it durable
// and renames it.
func (j *Journal) makeTopic(name string, f topicFile) error {
	dir := j.path(topicsName, name+newSuffix)
	if err := j.fs.RemoveAll(dir); err != nil { // of a Create that failed
		return fmt.Errorf("remove %s: %w", dir, err)
	}
	if err := j.fs.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make directory %s: %w", dir, err)
	}
	for i := range f.Partitions {
		sub := j.fs.PathJoin(dir, strconv.Itoa(int(i)))
		if err := j.fs.MkdirAll(sub, 0o755); err != nil {
			return fmt.Errorf("make directory %s: %w", sub, err)
		}
		h := segment.Header{Journal: j.id, Partition: journal.Partition{Topic: name, Index: i}}
		if err := makeSegment(j.fs, sub, h); err != nil {
			return err
		}
	}
	if err := writeJSON(j.fs, dir, topicName, f); err != nil { // also syncs the partitions' names
		return err
	}
	if _, err := j.fs.Stat(j.path(topicsName, name)); !missing(err) {
		return fmt.Errorf("%s is there already and could not be opened; open the journal again (%v)", j.path(topicsName, name), err)
	}
	if err := j.fs.Rename(dir, j.path(topicsName, name)); err != nil {
		return fmt.Errorf("rename %s: %w", dir, err)
	}
	return syncDir(j.fs, j.path(topicsName))
}

// topicNames lists the topics' directories.
func (j *Journal) topicNames() ([]string, error) {
	names, err := j.fs.List(j.path(topicsName))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", j.path(topicsName), err)
	}
	slices.Sort(names)
	var topics []string
	for _, name := range names {
		info, err := j.fs.Stat(j.path(topicsName, name))
		if missing(err) { // renamed meanwhile
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", j.path(topicsName, name), err)
		}
		if info.IsDir() && journal.CheckTopic(name) == nil {
			topics = append(topics, name)
		}
	}
	return topics, nil
}
