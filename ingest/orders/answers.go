package orders

import (
	"context"
	"hash/fnv"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// Answers is a fold of one partition of orders that can be asked what became of
// commands. Its methods are called by many goroutines.
type Answers interface {
	journal.Fold

	// Await waits until everything below to is folded, and tells what became of
	// the records at [from, to): one answer for each offset, in order. Known is
	// false where a record was no command, took no effect because its lane was
	// overtaken, or is not remembered any more.
	Await(ctx context.Context, from, to int64) ([]Answer, error)

	// Find gives the answer that the first new order of this name was given, and
	// what is open of it. It is false when the name is not known: no such order
	// was folded, or it is forgotten.
	Find(ctx context.Context, market, account, id string) (Answer, bool, error)

	// Executions gives the n things that the record at an offset did, in order. It
	// is an error if they are not remembered any more.
	Executions(ctx context.Context, offset, n int64) ([]Execution, error)
}

// Answer is what became of one command.
type Answer struct {
	Known    bool
	Offset   int64             // of the command
	Original int64             // of the record that decided: Offset, unless this one repeats it
	Time     int64             // of the record at Original, ns since 1970
	Did      int64             // how many executions that record made
	Code     schema.RejectCode // 0: it took effect
	// Order is the order as the record at Original left it; Number is 0 where
	// there is none.
	Order  schema.OrderState
	Orders int64 // how many orders a command about many ended
	// Open is the order as it rests now. Only Find gives it.
	Open schema.Opt[schema.OrderState]
}

// Repeated tells whether the command changed nothing because it is known.
func (a *Answer) Repeated() bool { return a.Original != a.Offset }

// Execution is one thing that a record did in a market.
type Execution struct {
	Market string
	N      int64 // number among all that the record did, from 0
	schema.Execution
}

// PartitionOf is the partition of a market: FNV-1a of 64 bits over the bytes of
// the market's id, modulo the number of partitions. Journals depend on it: it
// never changes.
func PartitionOf(market string, partitions int32) int32 {
	h := fnv.New64a()
	h.Write([]byte(market))
	return int32(h.Sum64() % uint64(partitions))
}
