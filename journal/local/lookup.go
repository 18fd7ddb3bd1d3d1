package local

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/deadheat-io/deadheat/journal"
)

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
		if _, gone := j.fs.Stat(j.path(topicsName, name)); missing(err) && !missing(gone) {
			return f, damagedJSON(path, errors.New("the file is missing"))
		}
		return f, fmt.Errorf("topic %q: %w", name, err)
	}
	if f.ID == "" || f.Partitions < 1 || f.Partitions > MaxPartitions {
		return f, damagedJSON(path, fmt.Errorf("id %q, %d partitions", f.ID, f.Partitions))
	}
	// A partition beyond the number would be lost without a word.
	beyond := j.path(topicsName, name, strconv.Itoa(int(f.Partitions)))
	if _, err := j.fs.Stat(beyond); !missing(err) {
		return f, damagedJSON(path, fmt.Errorf("it tells %d partitions, and %s is there (%v)", f.Partitions, beyond, err))
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
		return nil, none
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
