package book_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/book"
)

// A market knows what it last took from each partition, whatever came of it and
// whatever others did, and after a restart too.
func TestTaken(t *testing.T) {
	b := book.New()
	at := int64(0)
	manage := func(id string, action schema.MarketAction, topic string, partition int32, offset, part int64) schema.RejectCode {
		m := &schema.Market{Action: action}
		if action == schema.MarketCreate {
			m.Kind = schema.Some(schema.OddsMarket)
		}
		if topic != "" {
			m.Cause = schema.Some(schema.Cause{Topic: topic, Partition: partition, Offset: offset, Part: part})
		}
		r := journal.Record{Offset: at, Key: []byte(id), Kind: m.RecordKind(), Body: codec.Body(m)}
		at++
		if err := b.Apply(&r, func([]byte, schema.Body) {}); err != nil {
			t.Fatal(err)
		}
		a, _ := b.Answer(r.Offset)
		return a.Code
	}
	for i, c := range []struct {
		id           string
		action       schema.MarketAction
		topic        string
		partition    int32
		offset, part int64
		want         schema.RejectCode
	}{
		{"a", schema.MarketCreate, "feed.x", 0, 5, 0, 0},
		{"a", schema.MarketHalt, "feed.x", 0, 5, 0, schema.RejectStaleCause},
		{"a", schema.MarketHalt, "feed.x", 0, 5, 1, 0},
		{"a", schema.MarketResume, "", 0, 0, 0, 0}, // of an operator
		{"a", schema.MarketCreate, "feed.x", 1, 3, 0, schema.RejectMarketExists},
		{"b", schema.MarketCreate, "", 0, 0, 0, 0},
		{"c", schema.MarketCreate, "feed.x", 0, 6, 0, 0},
		{"c", schema.MarketClose, "", 0, 0, 0, 0},
		{"c", schema.MarketHalt, "feed.x", 0, 7, 0, schema.RejectMarketClosed},
		{"d", schema.MarketHalt, "feed.x", 0, 8, 0, schema.RejectUnknownMarket},
	} {
		if code := manage(c.id, c.action, c.topic, c.partition, c.offset, c.part); code != c.want {
			t.Fatalf("command %d: %s, want %s", i, code, c.want)
		}
	}
	state := func() map[string][]byte {
		state := map[string][]byte{}
		b.Dirty(func(key, value []byte, _ *projection.Cell) { state[string(key)] = bytes.Clone(value) })
		return state
	}
	look := func() {
		t.Helper()
		for _, c := range []struct {
			id            string
			partition     int32
			known, closed bool
			want          book.Taken
		}{
			{"a", 0, true, false, book.Taken{Cause: schema.Cause{Topic: "feed.x", Offset: 5, Part: 1}, Action: schema.MarketHalt}},
			{"a", 1, true, false, book.Taken{Cause: schema.Cause{Topic: "feed.x", Partition: 1, Offset: 3}, Action: schema.MarketCreate}},
			{"a", 2, false, false, book.Taken{}},
			{"b", 0, false, false, book.Taken{}},
			{"c", 0, true, true, book.Taken{Cause: schema.Cause{Topic: "feed.x", Offset: 7}, Action: schema.MarketHalt}},
			{"d", 0, false, false, book.Taken{}},
		} {
			if have, known, closed := b.Taken(c.id, "feed.x", c.partition); have != c.want || known != c.known || closed != c.closed {
				t.Errorf("%s took %+v from %d, known %t, closed %t, want %+v", c.id, have, c.partition, known, closed, c)
			}
		}
		var ids []string
		for id := range b.TakenFrom("feed.x", 0) {
			ids = append(ids, id)
		}
		if !slices.Equal(ids, []string{"a"}) {
			t.Errorf("markets of the feed are %v", ids)
		}
	}
	look()
	kept := state()
	b = book.New()
	for _, key := range slices.Sorted(maps.Keys(kept)) {
		if err := b.Load([]byte(key), kept[key], projection.Digest{}); err != nil {
			t.Fatal(err)
		}
	}
	look()
}
