package book

import (
	"bytes"
	"math/rand"
	"slices"
	"strings"
	"testing"
)

// A restart from a checkpoint at any record changes neither state, nor outputs,
// nor answers.
func TestRestartAnywhere(t *testing.T) {
	for seed := range histories(t, 150) {
		rng := rand.New(rand.NewSource(int64(seed)))
		calm, hurt, store := newTestFold(), newTestFold(), map[string][]byte{}
		n := 300
		if seed%50 == 0 {
			n = 6000 // more than a few chunks of the window
		}
		for i, s := range randomSteps(rng, n) {
			a, b := calm.apply(t, s), hurt.apply(t, s)
			if a != b {
				t.Fatalf("seed %d, record %d: answered %+v, after restarts %+v", seed, i, a, b)
			}
			if rng.Intn(n/50) == 0 {
				hurt.commit(t, store)
				hurt = hurt.restart(t, store)
				if hurt.hash.Sum() != calm.sum() {
					t.Fatalf("seed %d: after a restart at %d the state is another", seed, i)
				}
				if hurt.b.engine.Hash() != calm.b.engine.Hash() {
					t.Fatalf("seed %d: after a restart at %d the engine is another", seed, i)
				}
			}
		}
		hurt.commit(t, store)
		if hurt.hash.Sum() != calm.sum() || !slices.Equal(calm.out, hurt.out) {
			t.Fatalf("seed %d: states or outputs differ in the end", seed)
		}
		var x, y bytes.Buffer
		if calm.b.Export(&x) != nil || hurt.b.Export(&y) != nil || x.String() != y.String() {
			t.Fatalf("seed %d: the exports differ", seed)
		}
	}
}

// A damaged value is refused, and never panics.
func TestLoadRefusesDamage(t *testing.T) {
	rng := rand.New(rand.NewSource(7))
	f, store := newTestFold(), map[string][]byte{}
	for _, s := range randomSteps(rng, 200) {
		f.apply(t, s)
	}
	f.commit(t, store)
	for key, value := range store {
		for n := range value {
			if err := New().Load([]byte(key), value[:n], [4]uint64{}); err == nil {
				t.Fatalf("key %q: the first %d of %d bytes were taken", key, n, len(value))
			}
			hurt := bytes.Clone(value)
			hurt[n] ^= 1 << rng.Intn(8)
			_ = New().Load([]byte(key), hurt, [4]uint64{}) // the state hash finds what this does not
		}
	}
	for _, spoil := range []func(*market){
		func(m *market) { m.lot = 0 }, func(m *market) { m.tick.Units = 0 }, func(m *market) { m.odds, m.tick.Places = true, 4 },
	} {
		f := newTestFold()
		f.apply(t, step{"m", 0, create})
		spoil(f.b.markets["m"])
		f.commit(t, store)
		if err := New().Load([]byte("m/m"), store["m/m"], [4]uint64{}); err == nil || !strings.Contains(err.Error(), "tick") {
			t.Errorf("a market without sound money: %v", err)
		}
	}
	if New().Load([]byte("x"), []byte{0xc0}, [4]uint64{}) == nil {
		t.Error("an unknown key was taken")
	}
}
