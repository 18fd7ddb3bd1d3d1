// Package offering folds a feed into the state of its events and bet offers,
// and surfaces what traders follow: new event data, offers that open and close,
// and odds in the game.
//
// Messages do not arrive in logical order, so an entity is a set of registers,
// each a value with the feed offset that it came with; the higher offset wins.
// The promise: within one feed session any order of arrival of the same
// messages, none more than the window late, with any repetitions, ends in the
// same state. What surfaces follows the order of arrival.
//
// A change of the window (OFFERING_CONFIG) ends the promise for messages on both
// sides of it.
//
// It refuses what is too late to count: messages at or below the floor, which
// follows the highest offset at the distance of the window, are dropped and
// counted, and a real-time one asks for a new snapshot.
//
// Beside the fold, [Offering.Watch] tells of every change of what can be seen of
// a bet offer and of the session. It is no part of the state.
package offering
