package kambi

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Limits bound what the other side can make the client hold or wait for. Zero
// values become the defaults.
type Limits struct {
	Frame int // bytes of one frame, inflated; default 4 MiB

	// Ratio is how many inflated bytes one packed byte may become, and Free
	// how many inflated bytes any stretch of the stream may be above that;
	// defaults 200 and 64 KiB, and Free is never less. A stretch cannot live on what an earlier one
	// left over, so the measure is as sharp in the tenth hour of a session as
	// in its first second.
	Ratio int
	Free  int

	Connect      time.Duration // TCP, and then TLS; default 5 s each
	FirstMessage time.Duration // until WELCOME, and then until INITIALIZED; default 15 s each
	Send         time.Duration // one command; default 5 s
	Stale        time.Duration // no frame of any kind; default 20 s
	Answer       time.Duration // no message of a snapshot or replay that was asked for, only pings; default 2 min
	Tail         time.Duration // no frame after a snapshot makes it real time; default 2 s
	Stop         time.Duration // to finish when the source is stopped; default 3 s

	// Rubbish is how many more messages that cannot be decoded, or are not
	// numbered, than others a session may bring; default 1,000. All of them
	// are journalled, so that without it a broken feed would fill the disk.
	Rubbish int
	Pings   int // within a second; default 100

	Token        int           // bytes of the token; default 16 KiB
	TokenTimeout time.Duration // of the token request, all of it; default 4 s
}

// maxTokenHead bounds what the answer with the token holds beside the token.
const maxTokenHead = 64 << 10

// maxErrorText is the longest text of an error that ended a session. Some of
// it may come from the other side, such as names in a certificate.
const maxErrorText = 600

// minFree is twice what the inflater may hold back; see frameReader.measure.
const minFree = 64 << 10

func (l Limits) withDefaults() Limits {
	size := func(v *int, to int) {
		if *v <= 0 {
			*v = to
		}
	}
	wait := func(v *time.Duration, to time.Duration) {
		if *v <= 0 {
			*v = to
		}
	}
	size(&l.Frame, 4<<20)
	size(&l.Ratio, 200)
	l.Free = max(l.Free, minFree)
	size(&l.Rubbish, 1000)
	size(&l.Pings, 100)
	size(&l.Token, 16<<10)
	wait(&l.Connect, 5*time.Second)
	wait(&l.FirstMessage, 15*time.Second)
	wait(&l.Send, 5*time.Second)
	wait(&l.Stale, 20*time.Second)
	wait(&l.Answer, 2*time.Minute)
	wait(&l.Tail, 2*time.Second)
	wait(&l.Stop, 3*time.Second)
	wait(&l.TokenTimeout, 4*time.Second)
	return l
}

// Causes of the end of a session, as counted in Stats and journalled at the
// beginning of a FEED_DOWN's reason.
const (
	causeToken    = "token"       // no token, or the feed refused it
	causeConnect  = "connect"     // no connection
	causeClosed   = "closed"      // the feed closed it between two messages
	causeNetwork  = "network"     // it broke
	causeStale    = "stale"       // nothing came for too long
	causeSlow     = "slow"        // the first messages took too long
	causeFrame    = "frame"       // a frame of no bytes or of too many
	causeInflate  = "inflate"     // the packed stream is damaged
	causeBomb     = "bomb"        // it inflates to too much, or to nothing
	causeProtocol = "protocol"    // a message that must not come here
	causeRubbish  = "rubbish"     // too many messages that cannot be decoded
	causeRefused  = "refused"     // the feed refuses the client for good
	causeSend     = "send"        // a command could not be sent
	causeResync   = "resync"      // a new snapshot was asked for
	causeLane     = "lane"        // the journal did not take it
	causeStopped  = "stopped"     // the source was stopped
	causeRestart  = "restart"     // an earlier process ended without saying so
	causeOvertake = "overtaken"   // another process writes the lane
	causeOffset   = "offset old"  // not an end: the feed does not know the offset any more
	causeBack     = "offset back" // not an end: the feed's offsets are lower than they were
)

// endError is why a session ended.
type endError struct {
	cause string
	err   error
}

// Error is one line of limited length, whatever the other side said.
func (e *endError) Error() string {
	text := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, e.err.Error())
	return clip(e.cause+": "+text, maxErrorText)
}

func (e *endError) Unwrap() error { return e.err }

// harmful tells ends that the feed is to blame for. To come back at once would
// only bring more of it.
func harmful(cause string) bool {
	switch cause {
	case causeFrame, causeInflate, causeBomb, causeProtocol, causeRubbish:
		return true
	}
	return false
}

func ended(cause, format string, args ...any) error {
	return &endError{cause, fmt.Errorf(format, args...)}
}

func causeOf(err error) string {
	var e *endError
	if errors.As(err, &e) {
		return e.cause
	}
	return causeNetwork
}

// PermanentError says that trying again cannot help: the configuration is
// wrong, or the feed or the journal refuse this client for good.
type PermanentError struct {
	Source string
	Err    error
}

func (e *PermanentError) Error() string { return fmt.Sprintf("feed %q: %v", e.Source, e.Err) }
func (e *PermanentError) Unwrap() error { return e.Err }

// Permanent tells that there is no use in trying again.
func (e *PermanentError) Permanent() bool { return true }

// ErrOvertaken says that another process has claimed the feed's lane.
var ErrOvertaken = errors.New("another process took over this feed")
