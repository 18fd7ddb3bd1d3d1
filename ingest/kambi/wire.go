package kambi

import (
	"crypto/tls"
	"errors"
	"os"
	"time"
)

// wire is the connection with everything that limits how long it is waited
// for. It counts only time spent waiting, so that a journal that makes the
// source wait is not taken for a silent feed.
type wire struct {
	conn   *tls.Conn
	stale  time.Duration
	by     time.Time     // when the first messages must have come; zero: no matter
	step   string        // which of them is waited for
	tail   time.Duration // above 0: calls quiet when nothing came for that long
	quiet  func()
	waited time.Duration // since the last frame

	answer time.Duration // above 0: how long a request may bring nothing
	barren time.Duration // waited since the request or what it brought last
}

// request begins to wait for the answer to a request; 0 ends that.
func (w *wire) request(answer time.Duration) { w.answer, w.barren = answer, 0 }

func (w *wire) Read(b []byte) (int, error) {
	for {
		now := time.Now()
		patience := w.stale
		if w.tail > 0 && w.tail < patience {
			patience = w.tail
		}
		deadline := now.Add(patience - w.waited)
		if w.answer > 0 {
			deadline = earlier(deadline, now.Add(w.answer-w.barren))
		}
		if !w.by.IsZero() {
			deadline = earlier(deadline, w.by)
		}
		_ = w.conn.SetReadDeadline(deadline) // fails on a closed connection only, and so does Read
		n, err := w.conn.Read(b)
		took := time.Since(now)
		w.waited, w.barren = w.waited+took, w.barren+took
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		switch {
		case !w.by.IsZero() && !time.Now().Before(w.by):
			return 0, ended(causeSlow, "the feed took too long for its first messages (%s)", w.step)
		case w.tail > 0 && w.waited >= w.tail:
			w.tail = 0
			w.quiet()
		case w.waited >= w.stale:
			return 0, ended(causeStale, "no message and no ping for %s", w.stale)
		case w.answer > 0 && w.barren >= w.answer:
			return 0, ended(causeStale, "what was asked for does not come: only signs of life for %s", w.answer)
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
