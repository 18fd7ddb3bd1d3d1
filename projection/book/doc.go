// Package book folds the commands of one partition of orders into the books of
// many markets, and tells what they did as executions.
//
// A record's key is the id of its market. Every command has exactly one answer,
// which [Book.Answer] knows for a while: it took effect, or it was rejected with
// a code and never will. What happened to orders, and what was rejected, goes
// out as EXECUTIONS, one array for each market that a record touched, in runs of
// at most 1,000 so that they always fit a record; each run says which number its
// first execution has among all that the record did. A market created, halted or
// resumed, limits set, a kill switch, and a mass cancel that finds nothing have an
// answer and no execution of their own.
//
// # Prices
//
// A price is a decimal as the client wrote it. The engine knows whole numbers:
// ticks of a shares market, thousandths of odds. A market's tick says how prices
// are written, since one price shall have one text: with the tick's places, and as
// a multiple of it, else off_tick. The tick of an odds market says the places
// alone. Quantities are multiples of the market's lot, else off_lot. Outputs and
// views write what the engine knows in the same way. Nothing is ever rounded, and
// tick and lot stay what they were when the market was created.
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
// by which everything forgotten was sent is rejected with too_old, since it might
// be a repetition (too_late is an order whose own deadline has passed). So a client that keeps sent_at when it repeats itself,
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
// key, else of the market, whose own come first. Price limits bind limit prices
// by their value, as a market's band does, and nothing that rests. Window and number of markets
// are the partition's alone.
//
// # Kill switches
//
// KILL switches an account off, in a market or in all of them, or a market, or the
// partition. It cancels what it covers, as a mass cancel does, and from then on new
// orders and replaces that it covers are rejected with killed; cancels are not. A
// switch stays on until the same one is released, over restarts and days, and
// covers markets that are created later. Each is its own: releasing an account in
// one market does not release it everywhere. A release brings nothing back, and
// what was rejected stays rejected. At most 10,000 accounts are switched off in a
// market, and in the partition; one more is rejected with kills, and a switch of
// the market or of the partition always works.
//
// A mass cancel or a KILL without a key goes through the markets in the order in
// which they were created.
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
