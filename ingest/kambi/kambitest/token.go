package kambitest

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// tokenPath is where tokens are fetched.
const tokenPath = "/token"

// maxTokens bounds what the token endpoint remembers.
const maxTokens = 10_000

// tokens remembers which tokens were given out.
type tokens struct {
	ttl time.Duration

	mu     sync.Mutex
	expiry map[string]time.Time
	calls  int
}

// issue returns a new token. It looks like a JSON web token and means nothing.
func (t *tokens) issue(now time.Time) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for token, end := range t.expiry {
		if now.After(end) {
			delete(t.expiry, token)
		}
	}
	if len(t.expiry) >= maxTokens {
		return "", fmt.Errorf("%d tokens are out already", len(t.expiry))
	}
	enc := base64.RawURLEncoding
	token := enc.EncodeToString([]byte(`{"alg":"none"}`)) + "." + enc.EncodeToString([]byte(rand.Text())) + "." + enc.EncodeToString([]byte("test"))
	t.expiry[token] = now.Add(t.ttl)
	return token, nil
}

// valid tells whether a token was given out and has not expired.
func (t *tokens) valid(token string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	end, ok := t.expiry[token]
	return ok && now.Before(end)
}

// serveToken answers one call of the token endpoint.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	}
	s.tokens.mu.Lock()
	s.tokens.calls++
	call := s.tokens.calls
	s.tokens.mu.Unlock()
	if call <= s.cfg.Faults.TokenErrors {
		http.Error(w, "no tokens at the moment", http.StatusServiceUnavailable)
		return
	}
	token, err := s.tokens.issue(time.Now())
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	s.count.tokens.Add(1)
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, token) // the caller has gone: it will ask again
}
