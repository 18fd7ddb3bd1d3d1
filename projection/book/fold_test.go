package book

import (
	"bytes"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
)

// step is a record to be.
type step struct {
	market string
	time   int64
	body   schema.Body
}

// testFold folds steps and keeps the state hash as a runner would.
type testFold struct {
	b    *Book
	hash projection.StateHash
	at   int64
	out  []string // encoded
	last []output
}

// output is one record of executions.
type output struct {
	market string
	*schema.Executions
}

func newTestFold() *testFold { return &testFold{b: New()} }

func (f *testFold) apply(t testing.TB, s step) Answer {
	t.Helper()
	r := journal.Record{Offset: f.at, Kind: s.body.RecordKind(), Time: s.time, Key: []byte(s.market), Body: codec.Body(s.body)}
	f.at++
	f.last = nil
	err := f.b.Apply(&r, func(key []byte, out schema.Body) {
		raw := codec.Body(out)
		f.out = append(f.out, string(key)+"="+string(raw))
		body, err := codec.DecodeBody(schema.KindExecutions, raw)
		if err != nil {
			t.Fatalf("the output cannot be read: %v", err)
		}
		f.last = append(f.last, output{string(key), body.(*schema.Executions)})
	})
	if err != nil {
		t.Fatalf("apply %+v: %v", s, err)
	}
	a, _ := f.b.Answer(r.Offset)
	return a
}

func (f *testFold) sum() projection.Digest {
	f.b.Dirty(func(key, value []byte, cell *projection.Cell) { f.hash.Put(key, value, cell) })
	return f.hash.Sum()
}

// commit writes what changed into a store.
func (f *testFold) commit(t testing.TB, store map[string][]byte) {
	last := ""
	f.b.Dirty(func(key, value []byte, cell *projection.Cell) {
		if string(key) <= last {
			t.Fatalf("key %q comes after %q", key, last)
		}
		last = string(key)
		f.hash.Put(key, value, cell)
		if value == nil {
			delete(store, string(key))
		} else {
			store[string(key)] = bytes.Clone(value)
		}
	})
}

// restart loads what a store holds into a new book.
func (f *testFold) restart(t testing.TB, store map[string][]byte) *testFold {
	t.Helper()
	next := &testFold{b: New(), at: f.at, out: f.out}
	for _, key := range slices.Sorted(maps.Keys(store)) {
		var one projection.StateHash
		one.Put([]byte(key), store[key], new(projection.Cell))
		next.hash.Put([]byte(key), store[key], new(projection.Cell))
		if err := next.b.Load([]byte(key), bytes.Clone(store[key]), one.Sum()); err != nil {
			t.Fatal(err)
		}
	}
	return next
}

// histories is how many random histories a test tries.
func histories(t testing.TB, short int) int {
	if n, err := strconv.Atoi(os.Getenv("DEADHEAT_HISTORIES")); err == nil {
		return max(1, n/1000*short/100)
	}
	return short
}
