package kambi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
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
	switch {
	case errors.As(err, &authority):
		return fmt.Errorf("certificate of %s is not from an authority in %s; put the right CA bundle there: %w", server, t.CA, err)
	case errors.As(err, &host):
		return fmt.Errorf("certificate of %s is for another host; check the address, or name the host that it is for: %w", server, err)
	case errors.As(err, &invalid):
		return fmt.Errorf("certificate of %s is not valid: %w", server, err)
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

// token asks for a token. Nothing of the answer's body gets into an error.
func (s *Source) token(ctx context.Context, settings *tls.Config) (string, error) {
	u, err := url.Parse(s.c.TokenURL)
	if err != nil {
		return "", errors.New("token URL is not a URL")
	}
	where := u.Scheme + "://" + u.Host + u.Path // not the query: it may hold a secret
	transport := &http.Transport{TLSClientConfig: settings, DisableKeepAlives: true, DisableCompression: true}
	client := &http.Client{
		Transport: transport, Timeout: s.c.Limits.TokenTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.c.TokenURL, nil)
	if err != nil {
		return "", errors.New("token URL is not a URL")
	}
	response, err := client.Do(request) // DisableKeepAlives says "Connection: close"
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err // without the URL
		}
		return "", fmt.Errorf("token from %s: %w", where, s.c.TLS.explain(err, u.Host))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("token from %s: answer %d %s, want 200", where, response.StatusCode, http.StatusText(response.StatusCode))
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, int64(s.c.Limits.Token)+1))
	if err != nil {
		return "", fmt.Errorf("token from %s: %w", where, err)
	}
	token := strings.TrimSpace(string(body))
	if len(body) > s.c.Limits.Token || !plain(token) {
		return "", fmt.Errorf("token from %s: the answer of %d bytes is no token: want up to %d bytes of plain text", where, len(body), s.c.Limits.Token)
	}
	return token, nil
}

// plain tells text of printable ASCII without spaces, as every token is.
func plain(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return s != ""
}

// dial connects to the feed and shakes hands.
func (s *Source) dial(ctx context.Context, settings *tls.Config) (*tls.Conn, error) {
	dialer := net.Dialer{Timeout: s.c.Limits.Connect}
	raw, err := dialer.DialContext(ctx, "tcp", s.c.Addr)
	if err != nil {
		return nil, err
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetNoDelay(true) // also the default; pongs must not wait
	}
	settings = settings.Clone()
	settings.ServerName = s.c.TLS.ServerName
	conn := tls.Client(raw, settings)
	ctx, cancel := context.WithTimeout(ctx, s.c.Limits.Connect)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		if errors.Is(err, context.DeadlineExceeded) {
			return nil, fmt.Errorf("TLS handshake with %s not finished in %s", s.c.Addr, s.c.Limits.Connect)
		}
		return nil, s.c.TLS.explain(err, s.c.Addr)
	}
	return conn, nil
}
