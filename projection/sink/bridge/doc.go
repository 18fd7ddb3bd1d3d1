// Package bridge makes markets follow a feed: what becomes visible of its bet
// offers, and of its session, turns into market commands in the journal of
// orders. It is a sink and no fold: it reads two folds, the offering and the
// books, and appends.
//
// # What it promises
//
// It is driven by levels. Whatever is heard of an offer only marks it; the loop
// looks at the offer as it is, computes what its markets should be, compares that
// with what the book last took from this feed ([Books]), and appends a command if
// they differ. So a lost, doubled or merged notice does no harm, and after a
// start, or an append with an unknown outcome, everything is simply compared
// again: at least once, in any order of failures, every market comes to what its
// offer asks for.
//
// What the book last took decides, not how the market stands. What an operator
// did to a market since stays, until the offer asks for something else; a feed
// that goes down and comes back does so too. What must last is a kill switch.
//
// Every command carries a cause: the last record of the feed that was folded when
// it was decided. The book drops what is not above the last cause it took, so two
// bridges at once do no harm: the one that is behind waits until it knows as much.
//
// # What is asked for
//
//	offer                        market
//	OPEN                         created if need be, open
//	SUSPENDED, or not known      halted
//	CLOSED                       closed
//	gone                         closed
//	any but closed and gone,
//	  while the feed is down     halted
//
// [On] changes that. A feed is down from FEED_DOWN or FEED_UP until SNAPSHOT_END
// or REPLAY_END: between them it is known to be incomplete. A feed of which the
// journal says nothing is down.
//
// A market is created when its offer is first open, never before: there is no
// market that is open for a moment and was never meant to be. An offer whose
// criterion is not bridged (any more) gets no market, and one that it has is
// halted.
//
// # What it refuses
//
// A closed market stays closed for ever and its id is not used again: an offer
// that opens after its market was closed is counted and logged, and nothing more.
// The same holds for an offer whose market's id would be no id.
//
// The lane belongs to whoever claimed it last. A bridge that finds its lane
// claimed by another says so once and stands by until its process restarts.
package bridge
