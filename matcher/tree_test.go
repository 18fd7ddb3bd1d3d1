package matcher

import (
	"math"
	"slices"
	"testing"
)

// TestTree compares the radix tree with a sorted slice, for keys that are close
// to each other, scattered over all there is, and at the edges.
func TestTree(t *testing.T) {
	for seed, spread := range []uint{6, 10, 20, 40, 64} {
		g := generator(seed + 1)
		e, tr := New(), tree{}
		var keys []uint64
		for step := range 20_000 {
			key := max(mix(uint64(g.pick(math.MaxInt))|1, k3)>>(64-spread), 1)
			if step%50 == 0 {
				key = []uint64{1, math.MaxUint64, 1 << 63, 1<<63 - 1, 63, 64, 65, ^uint64(1)}[g.pick(8)]
			}
			at, found := slices.BinarySearch(keys, key)
			if grow := step/2000%2 == 0; !found && (grow || len(keys) == 0) {
				keys = slices.Insert(keys, at, key)
			} else if !grow {
				at = g.pick(len(keys))
				key = keys[at]
				keys = slices.Delete(keys, at, at+1)
				e.drop(&tr, e.level(&tr, key, 0))
				key = 0
			}
			if key != 0 {
				if s := e.level(&tr, key, 0); e.levels[s].key != key {
					t.Fatalf("level of %x has key %x", key, e.levels[s].key)
				}
			}
			if step%97 == 0 {
				checkTree(t, e, &tr, keys)
			}
		}
	}
}

func checkTree(t *testing.T, e *Engine, tr *tree, keys []uint64) {
	t.Helper()
	var got []uint64
	for s := tr.best; s != 0; s = e.after(tr, s) {
		got = append(got, e.levels[s].key)
	}
	if !slices.Equal(got, keys) {
		t.Fatalf("keys %x\nwant %x", got, keys)
	}
	pages := len(e.nodes) - 1
	for s := e.freed.node; s != 0; s = uint32(e.nodes[s].prefix) {
		if e.nodes[s].child != [64]uint32{} {
			t.Fatal("a free page has children")
		}
		pages--
	}
	if pages > 2*len(keys) {
		t.Fatalf("%d pages for %d levels", pages, len(keys))
	}
}

// TestIndex compares the index with a map; tags of few kinds make long runs, and
// several slots share one.
func TestIndex(t *testing.T) {
	g := generator(3)
	x := newIndex()
	tags := make(map[uint32]uint32) // by slot
	check := func(slot uint32) {
		t.Helper()
		for at := x.home(tags[slot]); ; at++ {
			var got uint32
			if got, at = x.next(tags[slot], at); got == slot {
				return
			} else if got == 0 {
				t.Fatalf("slot %d is not found", slot)
			}
		}
	}
	for range 200_000 {
		slot := uint32(1 + g.pick(700))
		if was, ok := tags[slot]; ok {
			check(slot)
			x.remove(was, slot)
			delete(tags, slot)
		} else {
			tags[slot] = tag(Market(g.pick(3)), uint64(g.pick(400))<<(20*g.pick(3)))
			x.add(tags[slot], slot)
		}
		if x.used != len(tags) {
			t.Fatalf("%d in use, want %d", x.used, len(tags))
		}
	}
	used := 0
	for _, c := range x.cells {
		if c.slot != 0 {
			used++
			check(c.slot)
		}
	}
	if used != len(tags) {
		t.Fatalf("%d cells, want %d", used, len(tags))
	}
}
