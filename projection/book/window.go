package book

import (
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
)

// verdict is what became of a command.
type verdict struct {
	code      schema.RejectCode // 0: it took effect
	side      schema.Side       // of the order, as are the next three; 0: none
	number    int64
	remaining int64
	filled    int64
	orders    int64 // how many orders a command about many ended
}

// entry is what is remembered of a command. Entries have no pointers, so that a
// million of them are nothing to the garbage collector.
type entry struct {
	key    key
	body   uint64 // digest of the content
	at     int64  // by which it was sent, see [Book.sentBy]
	offset int64
	time   int64 // of the record
	did    int64 // executions of the record
	verdict
}

// chunkSize is how many entries lie under one key of the state: what a
// checkpoint writes again for one new id, against the number of keys.
const chunkSize = 1024

// chunk is a run of entries.
type chunk struct {
	entries []entry
	dirty   bool
	cell    projection.Cell
}

// dropped is a chunk that leaves the state at the next Dirty.
type dropped struct {
	number int64
	cell   projection.Cell
}

// window remembers the last commands. Entries are numbered; those from first to
// next are known, and what a chunk has below first is forgotten.
type window struct {
	first, next int64
	floor       int64 // what was sent by then may be forgotten
	base        int64 // number of chunks[0]
	chunks      []*chunk
	dropped     []dropped
	index       map[key]int64
	leave       func(*entry) // is shown what is forgotten
}

func newWindow() window { return window{index: make(map[key]int64)} }

// len is how many entries are known.
func (w *window) len() int64 { return w.next - w.first }

func (w *window) at(n int64) *entry {
	return &w.chunks[n/chunkSize-w.base].entries[n%chunkSize]
}

func (w *window) find(k key) *entry {
	if n, ok := w.index[k]; ok {
		return w.at(n)
	}
	return nil
}

// add remembers an entry, and forgets those that are more than size.
func (w *window) add(e entry, size int64) {
	if w.next/chunkSize-w.base == int64(len(w.chunks)) {
		w.chunks = append(w.chunks, &chunk{entries: make([]entry, 0, chunkSize)})
	}
	c := w.chunks[len(w.chunks)-1]
	c.entries = append(c.entries, e)
	c.dirty = true
	w.index[e.key] = w.next
	w.next++
	w.shrink(size)
}

// shrink forgets the oldest entries.
func (w *window) shrink(size int64) {
	for w.len() > size {
		e := w.at(w.first)
		delete(w.index, e.key)
		w.floor = max(w.floor, e.at)
		w.leave(e)
		w.first++
		if w.first%chunkSize == 0 {
			w.dropChunk()
		}
	}
}

// dropChunk drops the oldest chunk, of which nothing is known any more.
func (w *window) dropChunk() {
	if c := w.chunks[0]; c.cell.Live() {
		w.dropped = append(w.dropped, dropped{w.base, c.cell})
	}
	w.chunks[0] = nil
	w.chunks = w.chunks[1:]
	w.base++
}
