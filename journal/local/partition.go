package local

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
)

// view is what can be read of a partition at a time.
type view struct {
	bases []int64 // of the segments, never changed in place
	end   int64   // first offset that is not there
	size  int64   // bytes of the last segment that hold the records below end
}

// last is the base offset of the last segment.
func (v view) last() int64 { return v.bases[len(v.bases)-1] }

// find returns which segment holds, or should hold, an offset.
func (v view) find(offset int64) int {
	i, found := slices.BinarySearch(v.bases, offset)
	if !found {
		i--
	}
	return i
}

// partition is one partition: its files, and for a writer its queue.
type partition struct {
	j    *Journal
	name journal.Partition
	dir  string

	mu       sync.Mutex
	view     view
	grown    chan struct{}   // closed when the view grows; nil while nobody waits
	maxTimes map[int64]int64 // of segments that are complete, by base offset

	writer // nothing of it is used when read-only
	follow // nothing of it is used by a writer
}

func newPartition(j *Journal, name journal.Partition) *partition {
	p := &partition{
		j: j, name: name, maxTimes: map[int64]int64{},
		dir: j.path(topicsName, name.Topic, strconv.Itoa(int(name.Index))),
	}
	p.writer.init()
	return p
}

// look returns the present view. When it holds nothing at or above the offset,
// a writer's view comes with a channel that is closed once it grows.
func (p *partition) look(ctx context.Context, offset int64) (v view, grown <-chan struct{}, err error) {
	p.mu.Lock()
	v = p.view
	if p.j.opts.ReadOnly {
		p.mu.Unlock()
		if offset >= v.end {
			v, err = p.refresh(ctx)
		}
		return v, nil, err
	}
	defer p.mu.Unlock()
	if offset >= v.end {
		if p.grown == nil {
			p.grown = make(chan struct{})
		}
		grown = p.grown
	}
	return v, grown, nil
}

// publish shows readers that the partition has grown.
func (p *partition) publish(v view) {
	p.mu.Lock()
	p.view = v
	grown := p.grown
	p.grown = nil
	p.mu.Unlock()
	if grown != nil {
		close(grown)
	}
}

// everything is an offset above all others, to ask for the newest view.
const everything = 1<<63 - 1

// Bounds returns 0 and the first offset that is not there yet.
func (j *Journal) Bounds(ctx context.Context, name journal.Partition) (start, end int64, err error) {
	p, err := j.partition(ctx, name)
	if err != nil {
		return 0, 0, err
	}
	v, _, err := p.look(ctx, everything)
	if err != nil {
		return 0, 0, err
	}
	return 0, v.end, nil
}

// Stat is what a partition takes on disk.
type Stat struct {
	Start, End int64 // as Bounds returns them
	Segments   int   // files
	Bytes      int64 // their sizes together
}

// Stat tells how large a partition is.
func (j *Journal) Stat(ctx context.Context, name journal.Partition) (Stat, error) {
	p, err := j.partition(ctx, name)
	if err != nil {
		return Stat{}, err
	}
	v, _, err := p.look(ctx, everything)
	if err != nil {
		return Stat{}, err
	}
	s := Stat{End: v.end, Segments: len(v.bases)}
	for _, base := range v.bases {
		info, err := j.fs.Stat(p.file(base))
		if err != nil {
			return Stat{}, fmt.Errorf("%s: look at segment: %w", name.At(base), err)
		}
		s.Bytes += info.Size()
	}
	return s, nil
}

// closeFile closes the file that the writer appends to.
func (p *partition) closeFile() error {
	if p.active == nil {
		return nil
	}
	f := p.active
	p.active = vfs.File(nil)
	if err := f.Close(); err != nil {
		return fmt.Errorf("close %s: %w", p.file(p.view.last()), err)
	}
	return nil
}
