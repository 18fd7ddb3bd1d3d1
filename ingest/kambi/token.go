package kambi

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// token asks for a token. Nothing of the answer gets into an error: the answer
// is the token, or may hold it. The request is made by hand, as one connection,
// one deadline and one budget of bytes for all of it: the time and the memory
// that a hostile server can take are plain to see.
func (s *Source) token(ctx context.Context, settings *tls.Config) (string, error) {
	u, err := url.Parse(s.c.TokenURL)
	if err != nil {
		return "", errors.New("token URL is not a URL")
	}
	limited, cancel := context.WithTimeout(ctx, s.c.Limits.TokenTimeout)
	defer cancel()
	token, err := s.ask(limited, settings, u)
	if err != nil {
		where := u.Scheme + "://" + u.Host + u.Path // not the query: it may hold a secret
		return "", fmt.Errorf("token from %s: %w", where, err)
	}
	return token, nil
}

// ask makes the request.
func (s *Source) ask(ctx context.Context, settings *tls.Config, u *url.URL) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", errors.New("not a URL that can be asked")
	}
	request.Close = true
	if u.User != nil {
		password, _ := u.User.Password()
		request.SetBasicAuth(u.User.Username(), password)
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	conn, err := s.shake(ctx, settings, net.JoinHostPort(u.Hostname(), port), u.Hostname())
	if err != nil {
		return "", err
	}
	defer conn.NetConn().Close() // nothing is said that could take time
	defer context.AfterFunc(ctx, func() { conn.NetConn().Close() })()
	_ = conn.SetDeadline(time.Now().Add(s.c.Limits.TokenTimeout))
	budget := &io.LimitedReader{R: conn, N: maxTokenHead + int64(s.c.Limits.Token)}
	failed := request.Write(conn)
	token, err := s.answer(budget, request)
	if err == nil {
		return token, nil
	}
	if failed != nil && !remoteAlert(err) { // a refusal says more than what it broke
		err = failed
	}
	return "", s.noToken(ctx, err, budget, u.Host)
}

// wrongAnswer is an error that holds nothing of the answer.
type wrongAnswer struct{ what string }

func (e *wrongAnswer) Error() string { return e.what }

// answer reads the answer.
func (s *Source) answer(in io.Reader, request *http.Request) (string, error) {
	buffered := bufio.NewReader(in)
	response, err := http.ReadResponse(buffered, request)
	for err == nil && response.StatusCode >= 100 && response.StatusCode < 200 { // not yet the answer
		response, err = http.ReadResponse(buffered, request)
	}
	if err != nil {
		return "", err
	}
	// The body is not closed: that would read all of it, and the connection
	// ends with the request.
	if code := response.StatusCode; code != http.StatusOK {
		return "", &wrongAnswer{strings.TrimSpace(fmt.Sprintf("answer %d %s", code, http.StatusText(code))) + ", want 200; whoever runs it knows why"}
	}
	limit := s.c.Limits.Token
	body, err := io.ReadAll(io.LimitReader(response.Body, int64(limit)+1))
	if err != nil {
		return "", err
	}
	token := strings.TrimSpace(string(body))
	if len(body) > limit || !plain(token) {
		return "", &wrongAnswer{fmt.Sprintf("the answer is no token (%d bytes were read): want up to %d bytes of plain text; check the token URL", len(body), limit)}
	}
	return token, nil
}

// noToken says why there is no token.
func (s *Source) noToken(ctx context.Context, err error, budget *io.LimitedReader, server string) error {
	came := maxTokenHead + int64(s.c.Limits.Token) - budget.N
	var wrong *wrongAnswer
	var network *net.OpError
	switch {
	case errors.As(err, &wrong):
		return err
	case budget.N <= 0:
		return fmt.Errorf("the answer is larger than %d bytes, head and token; check the token URL", came)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("no complete answer within %s (%d bytes came); check the token URL, and the server's health", s.c.Limits.TokenTimeout, came)
	case errors.As(err, &network):
		return s.c.TLS.explain(network, server)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the connection ended in the answer, behind %d bytes: %w", came, io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("the %d bytes that came are no HTTP answer (left out here, the token may be among them); check the token URL", came)
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
