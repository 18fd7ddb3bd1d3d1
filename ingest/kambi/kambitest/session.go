package kambitest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"
)

// Reasons why the server ends a connection itself.
var (
	errCut       = errors.New("cut on purpose")
	errViolation = errors.New("protocol violation")
)

// session is one connection. Two goroutines: a reader that parses what the client
// says, and run, which does everything else and alone writes.
type session struct {
	srv    *Server
	raw    net.Conn
	conn   *tls.Conn
	out    *FrameWriter
	ctx    context.Context
	cancel context.CancelFunc
	in     chan inbound

	ready    bool // SESSION_INITIALIZED was sent
	pingAt   time.Time
	pings    int64
	cursor   int // index of the next message of the feed
	payloads [][]byte
}

// inbound is one message of the client, or why there are no more.
type inbound struct {
	msg *clientMessage
	err error
}

func newSession(s *Server, raw net.Conn) *session {
	ctx, cancel := context.WithCancel(s.ctx)
	ss := &session{
		srv: s, raw: raw, conn: tls.Server(raw, s.tls), ctx: ctx, cancel: cancel,
		in: make(chan inbound, 16),
	}
	ss.out = NewFrameWriter(deadlineWriter{ss}, s.cfg.Style, s.cfg.SplitSeed)
	return ss
}

// run holds the conversation and returns why it ended.
func (ss *session) run() error {
	// Whatever ends the session closes the socket, which ends the reader.
	stop := context.AfterFunc(ss.ctx, func() { ss.raw.Close() })
	defer stop()
	defer ss.cancel()
	ctx, done := context.WithTimeout(ss.ctx, ss.srv.cfg.HandshakeTimeout)
	err := ss.conn.HandshakeContext(ctx)
	done()
	if err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	ss.srv.wg.Go(ss.read)
	if take(&ss.srv.welcomes, ss.srv.cfg.Faults.StallWelcomes) {
		return ss.stall()
	}
	if err := ss.out.Send(welcome); err != nil {
		return err
	}
	cmd, err := ss.idle()
	for err == nil {
		cmd, err = ss.serve(cmd)
	}
	if errors.Is(err, errViolation) {
		ss.srv.count.violations.Add(1)
	}
	return err
}

// read hands on what the client says until it stops talking.
func (ss *session) read() {
	r := NewFrameReader(deadlineReader{ss}, maxInbound)
	for {
		frame, err := r.Next()
		var msg *clientMessage
		if err == nil {
			if msg, err = parseClient(frame); err != nil {
				err = fmt.Errorf("%w: %w", errViolation, err)
			}
		}
		select {
		case ss.in <- inbound{msg, err}:
		case <-ss.ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// wait handles what the client says and sends pings for d, and returns early when
// there is a command to serve. With d of 0 it only takes what is there already.
func (ss *session) wait(d time.Duration) (*clientMessage, error) {
	end := time.Now().Add(d)
	for {
		now := time.Now()
		if ss.ready && !now.Before(ss.pingAt) {
			if err := ss.ping(now); err != nil {
				return nil, err
			}
		}
		select {
		case in := <-ss.in:
			if cmd, err := ss.hear(in); cmd != nil || err != nil {
				return cmd, err
			}
			continue
		default:
		}
		left := end.Sub(now)
		if left <= 0 {
			return nil, ss.ctx.Err()
		}
		if ss.ready {
			left = min(left, ss.pingAt.Sub(now))
		}
		timer := time.NewTimer(left)
		select {
		case in := <-ss.in:
			timer.Stop()
			if cmd, err := ss.hear(in); cmd != nil || err != nil {
				return cmd, err
			}
		case <-timer.C:
		case <-ss.ctx.Done():
			timer.Stop()
			return nil, ss.ctx.Err()
		}
	}
}

// idle waits for a command as long as it takes.
func (ss *session) idle() (*clientMessage, error) {
	for {
		d := time.Minute
		if !ss.ready {
			d = ss.srv.cfg.HandshakeTimeout
		}
		cmd, err := ss.wait(d)
		if cmd != nil || err != nil {
			return cmd, err
		}
		if !ss.ready {
			return nil, fmt.Errorf("%w: no session within %v", errViolation, d)
		}
	}
}

// hear deals with one message and returns it if it is a command to serve.
func (ss *session) hear(in inbound) (*clientMessage, error) {
	if in.err != nil {
		return nil, in.err
	}
	switch m := in.msg; {
	case m.Ping != nil:
		ss.srv.count.clientPings.Add(1)
		return nil, ss.out.Send(sessionPong(m.Ping.ID))
	case m.Pong != nil:
		ss.srv.count.pongs.Add(1)
		return nil, nil
	case m.Initialize != nil && !ss.ready:
		return nil, ss.initialize(m.Initialize)
	case m.Initialize == nil && ss.ready:
		return m, nil
	default:
		return nil, fmt.Errorf("%w: %s out of turn", errViolation, m.Type)
	}
}

// initialize answers SESSION_INITIALIZE. After an error the client may try again.
func (ss *session) initialize(b *initializeBody) error {
	s, code := ss.srv, ""
	switch {
	case b.ProtocolVersion != protocolVersion:
		code = codeProtocol
	case take(&s.inits, s.cfg.Faults.RejectTokens) || !s.tokens.valid(b.Token, time.Now()):
		code = codeToken
	case s.cfg.Faults.RejectAll:
		code = codeOffering
	}
	if code != "" {
		s.count.rejected.Add(1)
		return ss.out.Send(sessionError(code))
	}
	ss.ready = true
	ss.pingAt = time.Now().Add(s.cfg.PingEvery)
	s.count.initialized.Add(1)
	return ss.out.Send(initialized)
}

func (ss *session) ping(now time.Time) error {
	ss.pings++
	ss.pingAt = now.Add(ss.srv.cfg.PingEvery)
	ss.srv.count.pings.Add(1)
	return ss.out.Send(sessionPing(ss.pings))
}

// cut ends the connection without a word: no TLS close, only the socket.
func (ss *session) cut() error {
	ss.srv.count.cuts.Add(1)
	ss.raw.Close()
	return errCut
}

// stall keeps the connection open and silent until the client gives up.
func (ss *session) stall() error {
	ss.srv.count.stalls.Add(1)
	for {
		select {
		case in := <-ss.in:
			if in.err != nil {
				return fmt.Errorf("stalled on purpose: %w", in.err)
			}
		case <-ss.ctx.Done():
			return ss.ctx.Err()
		}
	}
}

// deadlineWriter bounds each write.
type deadlineWriter struct{ ss *session }

func (w deadlineWriter) Write(p []byte) (int, error) {
	if err := w.ss.conn.SetWriteDeadline(time.Now().Add(w.ss.srv.cfg.WriteTimeout)); err != nil {
		return 0, err
	}
	return w.ss.conn.Write(p)
}

// deadlineReader bounds how long a client may be silent: it has to answer pings.
type deadlineReader struct{ ss *session }

func (r deadlineReader) Read(p []byte) (int, error) {
	if err := r.ss.conn.SetReadDeadline(time.Now().Add(r.ss.srv.cfg.IdleTimeout)); err != nil {
		return 0, err
	}
	return r.ss.conn.Read(p)
}
