package kambitest

import "sync/atomic"

// Stats are running counts of a server.
type Stats struct {
	Connections int64 // sockets accepted
	Open        int64 // sockets open now
	Tokens      int64 // tokens given out
	Initialized int64 // sessions that got as far as SESSION_INITIALIZED
	Sent        int64 // entity messages, repeated ones included
	Fresh       int64 // entity messages handed out for the first time
	Snapshots   int64 // snapshots asked for
	Replays     int64 // replays asked for, refused ones included
	TooOld      int64 // replays answered OFFSET_TOO_OLD
	Rejected    int64 // initialisations answered with an error
	Cuts        int64 // connections cut on purpose
	Stalls      int64 // connections silenced on purpose
	Pings       int64 // pings sent
	Pongs       int64 // pongs received
	ClientPings int64 // pings received
	Violations  int64 // connections closed because the client broke the protocol
}

type counters struct {
	connections, open, tokens, initialized, sent, snapshots, replays, tooOld, rejected,
	cuts, stalls, pings, pongs, clientPings, violations atomic.Int64
}

// Stats returns the counts so far.
func (s *Server) Stats() Stats {
	c := &s.count
	return Stats{
		Connections: c.connections.Load(), Open: c.open.Load(), Tokens: c.tokens.Load(),
		Initialized: c.initialized.Load(), Sent: c.sent.Load(), Fresh: s.progress.freshSent(),
		Snapshots: c.snapshots.Load(), Replays: c.replays.Load(), TooOld: c.tooOld.Load(),
		Rejected: c.rejected.Load(), Cuts: c.cuts.Load(), Stalls: c.stalls.Load(),
		Pings: c.pings.Load(), Pongs: c.pongs.Load(), ClientPings: c.clientPings.Load(),
		Violations: c.violations.Load(),
	}
}
