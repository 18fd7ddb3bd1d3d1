package local

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/segment"
)

const (
	segmentSuffix = ".seg"
	baseDigits    = 20
)

// segmentName is the name of the segment file that begins with an offset.
func segmentName(base int64) string {
	return fmt.Sprintf("%0*d%s", baseDigits, base, segmentSuffix)
}

// parseSegment reads a segment's name; other files are none of ours.
func parseSegment(name string) (base int64, ok bool) {
	digits, ok := strings.CutSuffix(name, segmentSuffix)
	if !ok || len(digits) != baseDigits {
		return 0, false
	}
	base, err := strconv.ParseInt(digits, 10, 64)
	return base, err == nil && base >= 0
}

// makeSegment makes a segment file without records. It is durable, and so is
// its name, before the first record goes in: no reader ever sees half a header.
func makeSegment(fs vfs.FS, dir string, h segment.Header) error {
	return writeFile(fs, dir, segmentName(h.Base), func(f vfs.File) error {
		_, err := f.Write(h.Append(nil))
		return err
	})
}

// listSegments returns the base offsets of the partition's segment files in
// order. The first must be 0: nothing is ever removed.
func (p *partition) listSegments() ([]int64, error) {
	names, err := p.j.fs.List(p.dir)
	if err != nil && !missing(err) {
		return nil, fmt.Errorf("list %s: %w", p.dir, err)
	}
	var bases []int64
	for _, name := range names {
		if base, ok := parseSegment(name); ok {
			bases = append(bases, base)
		}
	}
	slices.Sort(bases)
	switch {
	case len(bases) == 0:
		return nil, &journal.CorruptError{Position: p.name.At(0), File: p.dir, Reason: "there are no segment files: all records are missing"}
	case bases[0] != 0:
		return nil, p.gap(0, bases[0])
	}
	return bases, nil
}

// gap is the error for records [from, to) that no file holds.
func (p *partition) gap(from, to int64) error {
	if from > to {
		return &journal.CorruptError{Position: p.name.At(to), File: p.file(to),
			Reason: fmt.Sprintf("the segment before it already holds the records up to %d", from)}
	}
	return &journal.CorruptError{Position: p.name.At(from), File: p.file(to),
		Reason: fmt.Sprintf("records %d to %d are missing: the next segment file begins with %d", from, to-1, to)}
}

// file is the path of a segment file.
func (p *partition) file(base int64) string { return p.j.fs.PathJoin(p.dir, segmentName(base)) }

// header is the header that a segment file of this partition must have.
func (p *partition) header(base int64) segment.Header {
	return segment.Header{Journal: p.j.id, Partition: p.name, Base: base}
}

// openSegment opens a segment file for reading and checks its header.
func (p *partition) openSegment(base int64) (vfs.File, int64, error) {
	path := p.file(base)
	f, err := p.j.fs.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: open segment: %w", p.name.At(base), err)
	}
	size, err := p.checkSegment(f, base, path)
	if err != nil {
		_ = f.Close()
		return nil, 0, err
	}
	return f, size, nil
}

// openKnown opens a segment file that had a header before: one without is damaged.
func (p *partition) openKnown(base int64) (vfs.File, int64, error) {
	f, size, err := p.openSegment(base)
	if errors.Is(err, segment.ErrNoHeader) {
		err = &journal.CorruptError{Position: p.name.At(base), File: p.file(base), Reason: "the file has no header, and had one before"}
	}
	return f, size, err
}

func (p *partition) checkSegment(f vfs.File, base int64, path string) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, fmt.Errorf("%s: look at segment: %w", p.name.At(base), err)
	}
	return info.Size(), segment.CheckHeader(f, info.Size(), path, p.header(base))
}
