// Package book folds the commands of one partition of orders into the books of
// many markets, and tells what they did as executions.
//
// A record's key is the id of its market. Every command has exactly one answer,
// which [Book.Answer] knows for a while: it took effect, or it was rejected with
// a code and never will. What happened to orders, and what was rejected, goes
// out as EXECUTIONS, one array for each market that a record touched, in parts
// of at most 1,000 so that a part always fits a record. A market created, halted
// or resumed, limits set, and a mass cancel that finds nothing have an answer
// and no execution.
//
// # Idempotence
//
// A new order is known by market, account and id, other commands by market,
// account and their optional cmd. A command of a known id with the same content
// (sent_at aside) changes nothing and emits nothing; it is answered as the first
// one was, also if that was a rejection. With another content it is rejected
// with id_reused. The last ids are known (BOOK_LIMITS window, 1,000,000 unless
// set), counted over the partition. The id of an open order stays known, and
// counts anew when the order ends. A command whose sent_at is not after the time
// by which everything forgotten was sent is rejected with too_late, since it
// might be a repetition. So a client that keeps sent_at when it repeats itself,
// and whose clock is at most 2 seconds ahead of fold time, is never served twice.
//
// # Time
//
// Fold time never goes back. A TICK moves it to its own time; any other command
// to its record's time, at most 2 seconds past the last tick. Before the first
// tick it stands at no more than 2 seconds after 1970: a writer's clock alone
// cannot expire anything. When time moves, orders whose deadline is reached and,
// at midnight UTC, day orders expire before the command that moved it is looked
// at, as a part of what that record did. A market's day may also be ended by a
// command. The first tick begins the first day.
//
// # Limits
//
// Limits are journalled (BOOK_LIMITS): of the partition when the record has no
// key, else of the market, whose own come first. Price limits bind limit prices,
// as a market's band does, and nothing that rests. Window and number of markets
// are the partition's alone.
//
// # Bridges
//
// A market command with a cause is rejected with stale_cause unless the cause is
// above the highest that the market has seen from that partition. The market
// remembers that cause and what was asked for with it, also if that could not be
// done: [Book.Taken]. So a bridge knows after a restart what it last asked for,
// and what others did to the market since is not undone.
//
// It refuses to guess: a deadline cannot be replaced, a closed market stays
// closed and known, and a body that is not what its kind says stops the
// partition.
package book
