package projection

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/deadheat-io/deadheat/journal"
)

// Limits of an outbox. A fold waits while its outbox is full.
const (
	maxOutboxCount = 100_000
	maxOutboxBytes = 256 << 20
)

// outbox holds the outputs that were not yet seen in the output topic. Every
// replica keeps its own and takes an output out when it has read it there, bytes
// compared; so publishing is safe to repeat and safe to take over.
type outbox struct {
	mu        sync.Mutex
	entries   []Output // dense numbers, the first is confirmed
	confirmed int64    // outputs below this were seen in the topic
	next      int64    // first offset of the topic that was not read
	sent      int64    // outputs below this were handed to the journal
	saved     int64    // outputs below this are in the store
	removed   int64    // outputs below this are out of the store
	bytes     int
	changed   chan struct{} // closed at the next change; nil while nobody waits
}

func newOutbox() *outbox { return new(outbox) }

// wake tells all that wait. The lock is held.
func (o *outbox) wake() {
	if o.changed != nil {
		close(o.changed)
		o.changed = nil
	}
}

// wait returns a channel that is closed at the next change.
func (o *outbox) wait() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.changed == nil {
		o.changed = make(chan struct{})
	}
	return o.changed
}

// add takes an output of the fold.
func (o *outbox) add(out Output) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.entries = append(o.entries, out)
	o.bytes += len(out.Key) + len(out.Value)
	o.wake()
}

// full tells whether the fold must wait.
func (o *outbox) full() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.entries) >= maxOutboxCount || o.bytes >= maxOutboxBytes
}

// pending is how many outputs were not seen in the topic.
func (o *outbox) pending() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.entries)
}

// counts are all outputs so far, and those that were not seen in the topic.
func (o *outbox) counts() (made int64, pending int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.confirmed + int64(len(o.entries)), len(o.entries)
}

// position is the first offset of the topic that was not read.
func (o *outbox) position() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.next
}

// unsent returns the outputs that were not handed to the journal, up to about so
// many bytes.
func (o *outbox) unsent(size int) []Output {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = max(o.sent, o.confirmed)
	from := min(int(o.sent-o.confirmed), len(o.entries))
	to := from
	for to < len(o.entries) && size > 0 {
		size -= len(o.entries[to].Key) + len(o.entries[to].Value)
		to++
	}
	return slices.Clone(o.entries[from:to])
}

func (o *outbox) markSent(next int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = max(o.sent, next)
}

// errNotYet says that the fold has not come to an output that the topic holds.
var errNotYet = fmt.Errorf("the fold is not there yet")

// confirm takes one record of the output topic. Lower numbers are the leavings
// of a take-over and are dropped; a higher one than the next is a gap; the next
// must be, to the byte, what this fold made.
func (o *outbox) confirm(p journal.Partition, r *journal.Record) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case r.Seq < o.confirmed:
		o.next = r.Offset + 1
		return nil
	case r.Seq > o.confirmed:
		return &journal.CorruptError{Position: p.At(r.Offset), Reason: fmt.Sprintf("output %d where %d comes next: outputs are missing", r.Seq, o.confirmed)}
	case len(o.entries) == 0:
		return errNotYet
	}
	mine := o.entries[0]
	if !bytes.Equal(mine.Key, r.Key) || !bytes.Equal(mine.Value, r.Value) {
		return &journal.CorruptError{Position: p.At(r.Offset), Reason: fmt.Sprintf(
			"output %d differs from what this fold makes: another build or configuration published it (%d bytes there, %d here)", r.Seq, len(r.Value), len(mine.Value))}
	}
	o.bytes -= len(mine.Key) + len(mine.Value)
	o.entries[0] = Output{}
	o.entries = o.entries[1:]
	o.confirmed++
	o.next = r.Offset + 1
	o.wake()
	return nil
}

// save puts what changed since the last save, nil for what is gone, and fills
// the checkpoint.
func (o *outbox) save(c *Checkpoint, put func(key, value []byte)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c.Confirmed, c.OutputNext = o.confirmed, o.next
	for i := max(o.saved, o.confirmed); i < o.confirmed+int64(len(o.entries)); i++ {
		out := o.entries[i-o.confirmed]
		value := binary.AppendUvarint(nil, uint64(len(out.Key)))
		put(outboxKey(i), append(append(value, out.Key...), out.Value...))
	}
	for i := o.removed; i < min(o.saved, o.confirmed); i++ {
		put(outboxKey(i), nil)
	}
	o.removed = o.confirmed
	o.saved = o.confirmed + int64(len(o.entries))
}

func outboxKey(number int64) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(number))
}

var errOutbox = errors.New("malformed outbox")

// load takes back what a checkpoint held.
func (o *outbox) load(c *Checkpoint, each func(func(key, value []byte) error) error) error {
	o.confirmed, o.next, o.sent = c.Confirmed, c.OutputNext, c.Confirmed
	err := each(func(key, value []byte) error {
		size, n := binary.Uvarint(value)
		if n <= 0 || size > uint64(len(value)-n) || len(key) != 8 {
			return fmt.Errorf("%w: key %x", errOutbox, key)
		}
		value = bytes.Clone(value[n:])
		out := Output{Number: int64(binary.BigEndian.Uint64(key)), Key: value[:size:size], Value: value[size:]}
		if want := o.confirmed + int64(len(o.entries)); out.Number != want {
			return fmt.Errorf("%w: it holds output %d where %d comes next", errOutbox, out.Number, want)
		}
		o.entries = append(o.entries, out)
		o.bytes += len(value)
		return nil
	})
	o.saved, o.removed = o.confirmed+int64(len(o.entries)), o.confirmed
	if err == nil && o.saved != c.Outputs {
		err = fmt.Errorf("%w: it ends before output %d, the checkpoint is at %d", errOutbox, o.saved, c.Outputs)
	}
	return err
}
