// Package kambi receives a feed of the Kambi Offering Replication API and
// journals it: a [Source] for every configured feed.
//
// It promises that what the feed sends is journalled, every message at least
// once, in the order of arrival, stamped once with the time and the part of
// the session in which it came. Messages that cannot be decoded are kept raw.
// After any cut, and after any restart, it goes on from an offset that leaves
// nothing out, found in the journal alone ([Resume]); where that cannot be
// told it asks for a snapshot. It answers pings, notices a feed that has gone
// silent, and comes back by itself.
//
// It refuses to be hurt by what it receives: frames, inflation, waits and
// memory are bounded ([Limits]), and what goes beyond ends the session and is
// counted. It refuses a server that its CA bundle does not vouch for by name.
// It gives up, with a [PermanentError], when the feed refuses the client for
// good, and when another process writes its lane ([ErrOvertaken]). Tokens are
// neither logged nor part of any error.
package kambi
