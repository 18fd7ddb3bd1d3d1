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
	tail   time.Duration // above 0: calls quiet when nothing came for that long
	quiet  func()
	waited time.Duration // since the last frame
}

func (w *wire) Read(b []byte) (int, error) {
	for {
		now := time.Now()
		patience := w.stale
		if w.tail > 0 && w.tail < patience {
			patience = w.tail
		}
		deadline := now.Add(patience - w.waited)
		if !w.by.IsZero() && w.by.Before(deadline) {
			deadline = w.by
		}
		_ = w.conn.SetReadDeadline(deadline) // fails on a closed connection only, and so does Read
		n, err := w.conn.Read(b)
		w.waited += time.Since(now)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		switch {
		case !w.by.IsZero() && !time.Now().Before(w.by):
			return 0, ended(causeSlow, "the feed took too long for its first messages")
		case w.tail > 0 && w.waited >= w.tail:
			w.tail = 0
			w.quiet()
		case w.waited >= w.stale:
			return 0, ended(causeStale, "no message and no ping for %s", w.stale)
		}
	}
}
