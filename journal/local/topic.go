package local

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

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

func (j *Journal) openTopics() error {
	if err := j.removeLeftovers(j.path(topicsName), newSuffix); err != nil {
		return err
	}
	names, err := j.topicNames()
	if err != nil {
		return err
	}
	for _, name := range names {
		f, err := j.readTopic(name)
		if err != nil {
			return err
		}
		if err := j.openTopic(name, f); err != nil {
			return err
		}
	}
	return nil
}

func (j *Journal) readTopic(name string) (topicFile, error) {
	var f topicFile
	path := j.path(topicsName, name, topicName)
	if err := readJSON(j.fs, path, &f); err != nil {
		return f, fmt.Errorf("topic %q: %w", name, err)
	}
	if f.ID == "" || f.Partitions < 1 || f.Partitions > MaxPartitions {
		return f, fmt.Errorf("topic %q: %s is damaged: id %q, %d partitions", name, path, f.ID, f.Partitions)
	}
	return f, nil
}

// openTopic takes a topic that is on disk into use.
func (j *Journal) openTopic(name string, f topicFile) error {
	t := &topic{Topic: journal.Topic{Name: name, ID: f.ID, Partitions: f.Partitions}}
	for i := range f.Partitions {
		t.partitions = append(t.partitions, newPartition(j, journal.Partition{Topic: name, Index: i}))
	}
	if !j.opts.ReadOnly {
		var g errgroup.Group
		g.SetLimit(8) // most of it is reading
		for _, p := range t.partitions {
			g.Go(p.open)
		}
		if err := g.Wait(); err != nil {
			for _, p := range t.partitions {
				err = errors.Join(err, p.closeFile())
			}
			return err
		}
		for _, p := range t.partitions {
			p.start()
		}
	}
	j.mu.Lock()
	j.topics[name] = t
	j.mu.Unlock()
	return nil
}

// topic finds a topic, one that was made by the writer meanwhile too.
func (j *Journal) topic(name string) (*topic, error) {
	j.mu.Lock()
	t := j.topics[name]
	j.mu.Unlock()
	if t != nil {
		return t, nil
	}
	none := fmt.Errorf("topic %q: %w", name, journal.ErrNoTopic)
	if !j.opts.ReadOnly || journal.CheckTopic(name) != nil {
		return nil, none
	}
	f, err := j.readTopic(name)
	if missing(err) {
		if _, gone := j.fs.Stat(j.path(topicsName, name)); missing(gone) {
			return nil, none
		}
	}
	if err != nil {
		return nil, err
	}
	j.createMu.Lock()
	defer j.createMu.Unlock()
	j.mu.Lock()
	t = j.topics[name]
	j.mu.Unlock()
	if t != nil { // another goroutine was faster
		return t, nil
	}
	if err := j.openTopic(name, f); err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.topics[name], nil
}

// partition finds a partition.
func (j *Journal) partition(ctx context.Context, p journal.Partition) (*partition, error) {
	if err := j.alive(ctx); err != nil {
		return nil, err
	}
	t, err := j.topic(p.Topic)
	if err != nil {
		return nil, err
	}
	if p.Index < 0 || p.Index >= t.Partitions {
		return nil, fmt.Errorf("partition %s: %w: the topic has %d partitions", p, journal.ErrNoTopic, t.Partitions)
	}
	return t.partitions[p.Index], nil
}

// alive is an error when the journal is closed or the context has ended.
func (j *Journal) alive(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return fmt.Errorf("journal %s: %w", j.dir, journal.ErrClosed)
	}
	return ctx.Err()
}
