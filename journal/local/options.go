package local

import (
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/segment"
)

// MaxPartitions is how many partitions a topic may have.
const MaxPartitions = 4096

const (
	// batchBytes is how much is committed together. A larger batch saves no
	// fsync worth mentioning and makes the first record in it wait.
	batchBytes = 4 << 20
	// nextBytes is how much a reader returns at a time, unless one batch is
	// larger.
	nextBytes = 256 << 10
	// damageRetries and damageWait say how often, and how far apart, something
	// that looks like damage beside a running writer is read again.
	damageRetries = 5
	damageWait    = 50 * time.Millisecond
)

// Options are the settings of a journal. The zero value is a writer on disk.
type Options struct {
	// FS holds the files; vfs.Default when nil.
	FS vfs.FS
	// ReadOnly opens beside a writer: no lock is taken, nothing is written.
	ReadOnly bool
	// SegmentBytes is the size at which a new segment file begins, 64 MiB when
	// 0. One batch may be larger than that.
	SegmentBytes int64
	// QueueBytes is how much may wait to be committed, for each partition,
	// 64 MiB when 0. Append waits while it is full.
	QueueBytes int64
	// Poll is how often a read-only journal looks for new records, 50 ms when 0.
	Poll time.Duration
	// Logf is told what opening has cut or removed; it may be nil.
	Logf func(format string, args ...any)
}

func (o *Options) defaults() {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = 64 << 20
	}
	if o.QueueBytes <= 0 {
		o.QueueBytes = 64 << 20
	}
	if o.Poll <= 0 {
		o.Poll = 50 * time.Millisecond
	}
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
}

// A batch takes what is queued until it has batchBytes; the last piece that
// goes in, and any one piece, must not make it larger than the format allows.
const _ = uint(segment.MaxBody - 2*batchBytes - 2*journal.MaxRecord)
