package book

import (
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
)

func (c *chunk) encode(w *codec.Writer) {
	w.Array(len(c.entries))
	for i := range c.entries {
		c.entries[i].encode(w)
	}
}

func (e *entry) encode(w *codec.Writer) {
	w.Array(12)
	w.Bin(e.key[:])
	w.Int(int64(e.body))
	w.Int(e.at)
	w.Int(e.offset)
	w.Int(e.time)
	w.Int(e.did)
	w.Int(int64(e.code))
	w.Int(int64(e.side))
	w.Int(e.number)
	w.Int(e.remaining)
	w.Int(e.filled)
	w.Int(e.orders)
}

func (e *entry) decode(rd *codec.Reader) {
	rd.Tuple(12)
	if k := rd.Bin(); len(k) == len(e.key) {
		copy(e.key[:], k)
	} else {
		rd.Failed("a key of %d bytes", len(k))
	}
	e.body, e.at, e.offset, e.time, e.did = uint64(rd.Int()), rd.Int(), rd.Int(), rd.Int(), rd.Int()
	e.code, e.side = schema.RejectCode(rd.Int()), schema.Side(rd.Int())
	e.number, e.remaining, e.filled, e.orders = rd.Int(), rd.Int(), rd.Int(), rd.Int()
}

// load takes back a chunk. Chunks come in order; the oldest may have entries
// that are forgotten, which only loaded can tell.
func (w *window) load(number int64, rd *codec.Reader, cell projection.Cell) {
	n := rd.Array()
	if len(w.chunks) == 0 {
		w.base, w.next = number, number*chunkSize
	}
	if number < 0 || w.next != number*chunkSize || n > chunkSize {
		rd.Failed("chunk %d of %d entries after %d", number, n, w.next)
		return
	}
	c := &chunk{entries: make([]entry, n), cell: cell}
	for i := range c.entries {
		e := &c.entries[i]
		e.decode(rd)
		w.index[e.key] = w.next
		w.next++
	}
	w.chunks = append(w.chunks, c)
}

// loaded ends the loading of chunks. It is false when they are not those that
// the window had.
func (w *window) loaded(first, next, floor int64) bool {
	base := w.base * chunkSize
	if next != w.next || first < base || first > next || first-base >= chunkSize {
		return false
	}
	for n := base; n < first; n++ {
		if k := w.at(n).key; w.index[k] == n {
			delete(w.index, k)
		}
	}
	w.first, w.floor = first, floor
	return true
}
