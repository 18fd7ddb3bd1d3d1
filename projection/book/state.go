package book

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
)

// Keys of the state, in ascending order: chunks of the window by number, markets
// by id, and time with the limits. A market is written whole when anything in it
// changed, about 60 bytes for each open order.
const (
	chunkPrefix  = "d/"
	marketPrefix = "m/"
	metaKey      = "t"
)

func chunkKey(n int64) []byte { return binary.BigEndian.AppendUint64([]byte(chunkPrefix), uint64(n)) }

// Dirty implements [projection.Projection].
func (b *Book) Dirty(put func(key, value []byte, cell *projection.Cell)) {
	b.dirtyChunks(put)
	slices.SortFunc(b.dirty, func(x, y *market) int { return strings.Compare(x.id, y.id) })
	for _, m := range b.dirty {
		m.dirty = false
		b.w.Reset()
		b.encodeMarket(m)
		put([]byte(marketPrefix+m.id), b.w.Bytes(), &m.cell)
	}
	b.dirty = b.dirty[:0]
	if b.metaDirty {
		b.metaDirty = false
		b.w.Reset()
		b.encodeMeta()
		put([]byte(metaKey), b.w.Bytes(), &b.metaCell)
	}
}

// dirtyChunks writes what the window changed: the oldest chunks go, new entries
// are in the newest.
func (b *Book) dirtyChunks(put func(key, value []byte, cell *projection.Cell)) {
	w := &b.window
	for i := range w.dropped {
		put(chunkKey(w.dropped[i].number), nil, &w.dropped[i].cell)
	}
	w.dropped = w.dropped[:0]
	dirty := len(w.chunks)
	for dirty > 0 && w.chunks[dirty-1].dirty {
		dirty--
	}
	for i, c := range w.chunks[dirty:] {
		c.dirty = false
		b.w.Reset()
		c.encode(b.w)
		put(chunkKey(w.base+int64(dirty+i)), b.w.Bytes(), &c.cell)
	}
}

// Load implements [projection.Projection].
func (b *Book) Load(key, value []byte, digest projection.Digest) error {
	cell := projection.Loaded(digest)
	rd := codec.Read(value)
	switch {
	case string(key) == metaKey:
		b.metaCell = cell
		b.decodeMeta(&rd)
	case bytes.HasPrefix(key, []byte(chunkPrefix)) && len(key) == len(chunkPrefix)+8:
		b.window.load(int64(binary.BigEndian.Uint64(key[len(chunkPrefix):])), &rd, cell)
	case bytes.HasPrefix(key, []byte(marketPrefix)):
		m := newMarket(string(key[len(marketPrefix):]))
		m.cell = cell
		b.decodeMarket(m, &rd)
	default:
		rd.Failed("unknown key")
	}
	if err := rd.Done(); err != nil {
		return fmt.Errorf("state key %q: %w", key, err)
	}
	return nil
}

func (b *Book) encodeMeta() {
	w := b.w
	w.Array(7)
	w.Int(b.time)
	w.Int(b.ticked)
	w.Int(b.window.first)
	w.Int(b.window.next)
	w.Int(b.window.floor)
	w.Raw(codec.Body(&b.limits))
	b.kills.encode(w)
}

func (b *Book) decodeMeta(rd *codec.Reader) {
	rd.Tuple(7)
	b.time, b.ticked = rd.Int(), rd.Int()
	first, next, floor := rd.Int(), rd.Int(), rd.Int()
	b.limits = decodeLimits(rd)
	b.kills.decode(rd)
	if rd.Err() != nil {
		return
	}
	b.engine.SetClock(b.time)
	if !b.window.loaded(first, next, floor) {
		rd.Failed("the window has other entries than %d to %d", first, next)
	}
}

func decodeLimits(rd *codec.Reader) schema.BookLimits {
	raw := rd.Raw()
	if rd.Err() != nil {
		return schema.BookLimits{}
	}
	body, err := codec.DecodeBody(schema.KindBookLimits, raw)
	if err != nil {
		rd.Failed("limits: %v", err)
		return schema.BookLimits{}
	}
	return *body.(*schema.BookLimits)
}
