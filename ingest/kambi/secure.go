package kambi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// load reads the files. The settings check a server by the CA bundle and by
// its exact name; there is no way to turn that off.
func (t *TLS) load() (*tls.Config, error) {
	bundle, err := os.ReadFile(t.CA)
	if err != nil {
		return nil, fmt.Errorf("CA bundle: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(bundle) {
		return nil, fmt.Errorf("CA bundle %s: no certificate in it, want PEM", t.CA)
	}
	c := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	if t.Cert == "" && t.Key == "" {
		return c, nil
	}
	pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		return nil, fmt.Errorf("client certificate %s with key %s: %w", t.Cert, t.Key, err)
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}

// explain says what a failed handshake means and what to do.
func (t *TLS) explain(err error, server string) error {
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &authority):
		return fmt.Errorf("certificate of %s is not from an authority in %s; put the right CA bundle there: %w", server, t.CA, err)
	case errors.As(err, &host):
		return fmt.Errorf("certificate of %s is for another host; check the address, or name the host that it is for: %w", server, err)
	case errors.As(err, &invalid):
		return fmt.Errorf("certificate of %s is not valid; whoever runs it must exchange it: %w", server, err)
	case errors.As(err, &record):
		return fmt.Errorf("%s does not speak TLS; check the address: %w", server, err)
	case errors.As(err, &alert), remoteAlert(err):
		return fmt.Errorf("%s refused our client certificate %q or our TLS; check that the feed knows it: %w", server, t.Cert, err)
	}
	return err
}

// remoteAlert tells an alert of the other side, which crypto/tls wraps in an
// error of the network.
func remoteAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

// dial connects to the feed.
func (s *Source) dial(ctx context.Context, settings *tls.Config) (*tls.Conn, error) {
	return s.shake(ctx, settings, s.c.Addr, s.c.TLS.ServerName)
}

// shake connects to a server and shakes hands. The certificate must be for the
// name.
func (s *Source) shake(ctx context.Context, settings *tls.Config, addr, name string) (*tls.Conn, error) {
	dialer := net.Dialer{Timeout: s.c.Limits.Connect}
	raw, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetNoDelay(true) // also the default; pongs must not wait
	}
	settings = settings.Clone()
	settings.ServerName = name
	conn := tls.Client(raw, settings)
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, s.c.Limits.Connect)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return nil, fmt.Errorf("TLS handshake with %s not finished within %s; check that it is the right server, and the network", addr, time.Since(start).Round(10*time.Millisecond))
		case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
			return nil, fmt.Errorf("%s ended the connection in the TLS handshake; check the address, and that this host is let in: %w", addr, err)
		}
		return nil, s.c.TLS.explain(err, addr)
	}
	return conn, nil
}
