package kambitest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Server is a running test server.
type Server struct {
	cfg      Config
	tls      *tls.Config
	progress *progress
	tokens   tokens
	count    counters

	oldest       atomic.Int64
	welcomes     atomic.Int64
	inits        atomic.Int64
	cutSnapshots atomic.Int64
	cutReplays   atomic.Int64

	socket  net.Listener
	web     *http.Server
	webAddr net.Addr

	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// Start listens on both addresses and serves until Close, or until ctx ends.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if err := cfg.setDefaults(); err != nil {
		return nil, err
	}
	conf, err := cfg.TLS.ServerConfig()
	if err != nil {
		return nil, fmt.Errorf("kambitest: %w", err)
	}
	s := &Server{
		cfg: cfg, tls: conf, progress: newProgress(&cfg),
		tokens: tokens{ttl: cfg.TokenTTL, expiry: map[string]time.Time{}},
		conns:  map[net.Conn]struct{}{},
	}
	s.oldest.Store(cfg.OldestReplay)
	if s.socket, err = net.Listen("tcp", cfg.Listen); err != nil {
		return nil, fmt.Errorf("kambitest: socket: %w", err)
	}
	web, err := net.Listen("tcp", cfg.TokenListen)
	if err != nil {
		s.socket.Close()
		return nil, fmt.Errorf("kambitest: token endpoint: %w", err)
	}
	s.webAddr = web.Addr()
	mux := http.NewServeMux()
	mux.HandleFunc(tokenPath, s.serveToken)
	s.web = &http.Server{
		Handler: mux, TLSConfig: conf.Clone(), ReadTimeout: cfg.HandshakeTimeout,
		WriteTimeout: cfg.HandshakeTimeout, IdleTimeout: cfg.HandshakeTimeout,
		MaxHeaderBytes: 64 << 10, ErrorLog: log.New(logWriter{cfg.Logf}, "", 0),
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}, // one call a connection: no HTTP/2
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state { // so that Close can wait for them
			case http.StateNew:
				s.wg.Add(1)
			case http.StateClosed, http.StateHijacked:
				s.wg.Done()
			}
		},
	}
	s.ctx, s.cancel = context.WithCancel(ctx)
	// The end of the context stops both listeners; Close waits for the rest.
	s.wg.Go(func() { <-s.ctx.Done(); s.socket.Close(); s.web.Close() })
	s.wg.Go(func() { _ = s.web.ServeTLS(web, "", "") }) // always an error: closed
	s.wg.Go(s.accept)
	return s, nil
}

// TokenURL is where a client fetches its token.
func (s *Server) TokenURL() string { return "https://" + s.webAddr.String() + tokenPath }

// Addr is the host and port of the socket.
func (s *Server) Addr() string { return s.socket.Addr().String() }

// Close ends all connections and waits until nothing of the server runs any more.
func (s *Server) Close() error {
	s.cancel()
	s.wg.Wait()
	return nil
}

// CutAll cuts every open connection at once, between two sends or inside one.
func (s *Server) CutAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		s.count.cuts.Add(1)
		c.Close()
	}
}

// SetOldestReplay changes from which offset on replays are served.
func (s *Server) SetOldestReplay(offset int64) { s.oldest.Store(offset) }

// accept takes connections until the listener is closed.
func (s *Server) accept() {
	for {
		raw, err := s.socket.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			// Out of descriptors or the like: it may pass.
			s.cfg.Logf("accept: %v", err)
			select {
			case <-s.ctx.Done():
				return
			case <-time.After(50 * time.Millisecond):
			}
			continue
		}
		if !s.register(raw) {
			raw.Close()
			continue
		}
		s.wg.Go(func() {
			defer s.unregister(raw)
			err := newSession(s, raw).run()
			s.cfg.Logf("connection %s: %v", raw.RemoteAddr(), err)
		})
	}
}

func (s *Server) register(raw net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conns) >= s.cfg.MaxConns {
		s.cfg.Logf("connection %s refused: %d are open", raw.RemoteAddr(), len(s.conns))
		return false
	}
	s.conns[raw] = struct{}{}
	s.count.connections.Add(1)
	s.count.open.Add(1)
	return true
}

func (s *Server) unregister(raw net.Conn) {
	raw.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, raw)
	s.count.open.Add(-1)
}

// take counts n down once and tells whether there was anything left.
func take(done *atomic.Int64, n int) bool { return done.Add(1) <= int64(n) }

// logWriter hands what net/http logs to Logf.
type logWriter struct {
	logf func(string, ...any)
}

func (w logWriter) Write(p []byte) (int, error) {
	w.logf("token endpoint: %s", p)
	return len(p), nil
}
