package kambitest

import (
	"errors"
	"time"
)

// Config says what a server serves and how it misbehaves. Only TLS and Feed are
// required; zero means the default that is named.
type Config struct {
	TLS  *Files // certificates, see EnsureTLS
	Feed Feed   // what is served

	Listen      string // address of the socket, default 127.0.0.1:0
	TokenListen string // address of the token endpoint, default 127.0.0.1:0

	Style     Style         // how sends are packed
	SplitSeed int64         // other than 0: split what is sent at random places
	Rate      float64       // messages a second that nobody was sent before, 0: no limit
	PingEvery time.Duration // default 10 s
	TokenTTL  time.Duration // how long a token is good, default 1 h

	// A snapshot ends with SESSION_SNAPSHOT_COMPLETED. Unless NoTail is set, TailMessages
	// messages and SESSION_REPLAY_COMPLETED follow before real time begins.
	NoTail       bool
	TailMessages int

	OldestReplay int64 // a replay from below this offset is too old

	Faults Faults

	MaxConns         int           // connections at a time, default 64
	HandshakeTimeout time.Duration // for TLS and until SESSION_INITIALIZE, default 10 s
	IdleTimeout      time.Duration // without a word from the client, default 60 s, at least three pings
	WriteTimeout     time.Duration // for one write, default 60 s

	// Logf, when set, is told what happens to connections. It must be safe for
	// concurrent use.
	Logf func(format string, args ...any)
}

// Faults are misbehaviours at fixed counts. Fresh messages are those that the server
// hands out for the first time, whatever the connection.
type Faults struct {
	CutEvery      int  // cut the connection after every N fresh messages
	StallAfter    int  // go silent, pings included, after N fresh messages, once
	CutSnapshots  int  // cut the first N snapshots half-way
	CutReplays    int  // cut the first N replays half-way
	StallWelcomes int  // the first N connections never hear a welcome
	TokenErrors   int  // the first N token calls answer 503
	RejectTokens  int  // the first N initialisations answer INVALID_TOKEN
	RejectAll     bool // every initialisation answers INVALID_OFFERING
}

// maxInbound is the largest frame a client may send.
const maxInbound = 1 << 20

func (c *Config) setDefaults() error {
	switch {
	case c.TLS == nil:
		return errors.New("kambitest: Config.TLS is not set (see EnsureTLS)")
	case c.Feed == nil:
		return errors.New("kambitest: Config.Feed is not set")
	case c.Rate < 0:
		return errors.New("kambitest: Config.Rate is negative")
	case c.TailMessages < 0:
		return errors.New("kambitest: Config.TailMessages is negative")
	}
	text := func(v *string, def string) {
		if *v == "" {
			*v = def
		}
	}
	span := func(v *time.Duration, def time.Duration) {
		if *v <= 0 {
			*v = def
		}
	}
	text(&c.Listen, "127.0.0.1:0")
	text(&c.TokenListen, "127.0.0.1:0")
	span(&c.PingEvery, 10*time.Second)
	span(&c.TokenTTL, time.Hour)
	span(&c.HandshakeTimeout, 10*time.Second)
	span(&c.IdleTimeout, time.Minute)
	span(&c.WriteTimeout, time.Minute)
	c.IdleTimeout = max(c.IdleTimeout, 3*c.PingEvery)
	if c.MaxConns <= 0 {
		c.MaxConns = 64
	}
	if c.Logf == nil {
		c.Logf = func(string, ...any) {}
	}
	return nil
}
