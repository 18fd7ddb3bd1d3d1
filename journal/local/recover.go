package local

import (
	"errors"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/segment"
)

// open makes the partition ready to append to: it removes what a crash left
// unfinished and verifies the last segment.
func (p *partition) open() error {
	if err := p.j.removeLeftovers(p.dir, tmpSuffix); err != nil {
		return err
	}
	bases, err := p.listSegments()
	if err != nil {
		return err
	}
	tail, err := p.recoverLast(bases[len(bases)-1])
	if errors.Is(err, segment.ErrNoHeader) {
		bases, tail, err = p.undoRoll(bases)
	}
	if err != nil {
		return err
	}
	p.view = view{bases: bases, end: tail.Next, size: tail.Size}
	return p.openActive(tail)
}

// recoverLast verifies the last segment and cuts what a crash tore.
func (p *partition) recoverLast(base int64) (segment.Tail, error) {
	f, size, err := p.openSegment(base)
	if err != nil {
		return segment.Tail{}, err
	}
	defer f.Close()
	tail, err := segment.Recover(f, size, p.file(base), p.header(base))
	if err != nil || tail.Torn == 0 {
		return tail, err
	}
	p.j.opts.Logf("%s: cut %d bytes from %s: %s", p.name.At(tail.Next), tail.Torn, p.file(base), tail.Reason)
	return tail, p.cut(f, base, tail.Size)
}

// cut writes the good part of a segment anew. The file is replaced and not
// shortened: readers that have it open are left with the bytes they know.
func (p *partition) cut(f vfs.File, base, size int64) error {
	err := writeFile(p.j.fs, p.dir, segmentName(base), func(to vfs.File) error {
		_, err := io.CopyBuffer(writeOnly{to}, io.NewSectionReader(f, 0, size), make([]byte, segment.Chunk))
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: cut torn tail: %w", p.name, err)
	}
	return nil
}

// writeOnly hides other methods, so that the copy goes through the buffer.
type writeOnly struct{ io.Writer }

// undoRoll handles a last segment that has no header: a crash came while it
// was made, so that nothing can have been appended to it.
func (p *partition) undoRoll(bases []int64) ([]int64, segment.Tail, error) {
	lost := bases[len(bases)-1]
	p.j.opts.Logf("%s: %s has no header: a crash came while it was made; it is made anew", p.name.At(lost), p.file(lost))
	if bases = bases[:len(bases)-1]; len(bases) == 0 {
		h := p.header(0)
		return []int64{0}, segment.Tail{Size: h.Size()}, makeSegment(p.j.fs, p.dir, h)
	}
	// The segment before it was complete by then: a torn tail there is damage.
	base := bases[len(bases)-1]
	f, size, err := p.openKnown(base)
	if err != nil {
		return nil, segment.Tail{}, err
	}
	defer f.Close()
	tail, err := segment.Recover(f, size, p.file(base), p.header(base))
	switch {
	case err != nil:
		return nil, tail, err
	case tail.Torn > 0:
		return nil, tail, &journal.CorruptError{Position: p.name.At(tail.Next), File: p.file(base), Reason: tail.Reason + ", and another segment follows"}
	case tail.Next != lost:
		return nil, tail, p.gap(tail.Next, lost)
	}
	if err := p.j.fs.Remove(p.file(lost)); err != nil {
		return nil, tail, fmt.Errorf("remove %s: %w", p.file(lost), err)
	}
	return bases, tail, syncDir(p.j.fs, p.dir)
}

// openActive opens the last segment to append. The process before may have
// ended after a write and before its fsync, or after an fsync that failed; so
// the last batch is written once more, the same bytes, and synced, before
// anybody is told that it is durable.
func (p *partition) openActive(tail segment.Tail) error {
	path := p.file(p.view.last())
	f, err := p.j.fs.OpenReadWrite(path, category)
	if err != nil {
		return fmt.Errorf("%s: open segment to append: %w", p.name, err)
	}
	p.active = f
	if tail.Last > 0 && tail.Torn == 0 { // a file that was cut is all new
		b := make([]byte, tail.Size-tail.Last)
		if _, err := io.ReadFull(io.NewSectionReader(f, tail.Last, tail.Size-tail.Last), b); err != nil {
			return fmt.Errorf("%s: read last batch of %s: %w", p.name, path, err)
		}
		if _, err := f.WriteAt(b, tail.Last); err != nil {
			return fmt.Errorf("%s: write last batch of %s again: %w", p.name, path, err)
		}
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("%s: fsync %s: %w", p.name, path, err)
	}
	return syncDir(p.j.fs, p.dir)
}
