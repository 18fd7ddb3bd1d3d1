// Package schema says what may be recorded in a journal: the frozen kind
// numbers and, for every kind, the Go form of its body.
//
// It promises that a number once given to a kind is never given to another,
// and that every body can be written and read back without loss. It holds no
// logic, no clock and no floating point: prices are int64, odds in thousandths.
// What it knows about commands is which ones a gate must not let in ([Command]).
//
// It refuses to guess: what a feed sends beside the known fields is kept as
// canonical JSON ([JSON]) and comes out again as it came.
package schema
