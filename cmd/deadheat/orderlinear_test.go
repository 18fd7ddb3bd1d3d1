package main

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestOrdersAreLinear lets many clients place DEADHEAT_OPERATIONS commands at one
// process. The order of the journal must be a witness that everything happened at
// one moment between its request and its answer: each answer is that of the
// sequential fold at its record, no record was answered before one that lies
// before it was asked for, and what repeats a command gets its bytes.
func TestOrdersAreLinear(t *testing.T) {
	operations := count(t, "DEADHEAT_OPERATIONS", 20_000)
	seed := uint64(time.Now().UnixNano())
	x := &trial{node: newOrderNode(t, localPlace(), "one"), rng: rand.New(rand.NewPCG(seed, 0)), seed: seed, faults: map[string]int{}}
	o := &orderTrial{trial: x, crowd: newCrowd(t, 32, 60, operations, seed), nodes: []*node{x.node}}
	p := x.node.start(0)
	o.use(p)
	o.wg.Wait()
	if n := o.answered(); n < operations {
		t.Fatalf("%d answers, want %d", n, operations)
	}
	last := o.lastHash(p)
	p.stop(recoverTime)
	x.collect(p)
	x.told = append(x.told, last)
	x.faults["clients at once"] = 32
	o.prove()
}
