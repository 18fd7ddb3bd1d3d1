package kafka

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// repeatEvery is how often the client may say the same thing. While a broker is
// away it says several times a second that it is.
const repeatEvery = 15 * time.Second

// quiet lets through what a client says from warnings on, and each thing once
// in a while.
type quiet struct {
	slog.Handler
	said *said
}

type said struct {
	mu   sync.Mutex
	when map[string]time.Time
}

func warnings(l *slog.Logger) *slog.Logger {
	return slog.New(quiet{l.Handler(), &said{when: map[string]time.Time{}}})
}

// Enabled implements [slog.Handler].
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

// Handle implements [slog.Handler].
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	if q.said.again(r.Message) {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

// again tells whether a message was said just now. There are not many messages:
// they are texts in the client's code.
func (s *said) again(message string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.when[message]) < repeatEvery {
		return true
	}
	s.when[message] = time.Now()
	return false
}

// WithAttrs implements [slog.Handler].
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quiet{q.Handler.WithAttrs(attrs), q.said}
}

// WithGroup implements [slog.Handler].
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name), q.said} }
