// Package replay folds journals again: to rebuild state, to prove that a store
// holds what its journal says, and to read the state as of a position.
//
// It promises that a replay is the same fold as the one that ran: the same
// records in the same order, from the beginning, with the same rules. It never
// touches a running store or the outside: it reads a journal and, when told so,
// writes a store of its own. It never says that something is verified unless a
// comparison ran.
package replay
