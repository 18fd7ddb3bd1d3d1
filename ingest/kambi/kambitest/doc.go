// Package kambitest is a server that speaks the Kambi Offering Replication API
// for tests, demonstrations and load: a token endpoint over HTTPS and a TLS
// socket with gzip-packed, length-prefixed JSON frames, both asking for a client
// certificate.
//
// It promises:
//
//   - what a [Feed] holds reaches every client completely: a snapshot or a replay
//     followed by real time never leaves out a message the client has not seen,
//     whatever cuts and stalls are configured;
//   - faults (cuts, stalls, refused tokens, refused offsets) are fixed by counts,
//     never by chance or by the clock, so a run can be repeated;
//   - everything random (shuffling, duplicates, generated feeds, split writes) comes
//     from a seed;
//   - the naive fold ([Naive]) shares no code with the rest of the module. It sorts
//     by offset and applies one message after another to plain JSON maps, so it can
//     serve as an independent answer to compare other folds with.
//
// It refuses a client without a certificate of its own authority, a client that
// speaks out of turn, and inbound frames above a fixed size. It is no production
// server: it keeps whole feeds in memory and trusts whoever configures it.
package kambitest
