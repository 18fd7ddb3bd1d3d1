package kambitest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// testClient is the least that can hold a conversation.
type testClient struct {
	t    testing.TB
	conn *tls.Conn
	in   *FrameReader
	out  *FrameWriter
	auto bool // answer pings
}

// frame is a decoded frame of the server.
type frame struct {
	Type   string
	Offset int64
	Code   string
	ID     json.RawMessage
	Raw    []byte
}

func testFiles(t *testing.T) *Files {
	t.Helper()
	f, err := EnsureTLS(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func startServer(t *testing.T, cfg Config) *Server {
	t.Helper()
	if cfg.TLS == nil {
		cfg.TLS = testFiles(t)
	}
	s, err := Start(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func fetchToken(s *Server) (string, int, error) {
	conf, err := s.cfg.TLS.ClientConfig()
	if err != nil {
		return "", 0, err
	}
	tr := &http.Transport{TLSClientConfig: conf, DisableKeepAlives: true}
	defer tr.CloseIdleConnections()
	c := &http.Client{Transport: tr, Timeout: 5 * time.Second}
	resp, err := c.Get(s.TokenURL())
	if err != nil {
		return "", 0, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), resp.StatusCode, err
}

// dial opens a connection and reads the welcome.
func dial(t testing.TB, s *Server) *testClient {
	t.Helper()
	conf, err := s.cfg.TLS.ClientConfig()
	if err != nil {
		t.Fatal(err)
	}
	conf.ServerName = "localhost"
	conn, err := tls.Dial("tcp", s.Addr(), conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return &testClient{t: t, conn: conn, in: NewFrameReader(conn, 16<<20), out: NewFrameWriter(conn, Member, 0), auto: true}
}

// open opens a connection up to SESSION_INITIALIZED.
func open(t testing.TB, s *Server) *testClient {
	t.Helper()
	token, status, err := fetchToken(s)
	if err != nil || status != http.StatusOK {
		t.Fatalf("token: status %d, %v", status, err)
	}
	c := dial(t, s)
	c.want("SESSION_WELCOME")
	c.initialize("V1", token)
	c.want("SESSION_INITIALIZED")
	return c
}

func (c *testClient) initialize(version, token string) {
	c.send(fmt.Sprintf(`{"type":"SESSION_INITIALIZE","sessionInitialize":{"protocolVersion":%q,"offerings":[{"name":"x"}],"token":%q}}`, version, token))
}

func (c *testClient) send(payloads ...string) {
	c.t.Helper()
	var b [][]byte
	for _, p := range payloads {
		b = append(b, []byte(p))
	}
	if err := c.out.Send(b...); err != nil {
		c.t.Fatal(err)
	}
}

// snapshot sends a command and a ping in one send, as real clients do.
func (c *testClient) snapshot() {
	c.send(`{"type":"SESSION_SNAPSHOT","sessionSnapshot":{}}`, `{"type":"SESSION_PING","sessionPing":{"id":"png-test"}}`)
}

func (c *testClient) replay(offset int64) {
	c.send(fmt.Sprintf(`{"type":"SESSION_REPLAY","sessionReplay":{"offset":%d}}`, offset), `{"type":"SESSION_PING","sessionPing":{"id":"png-test"}}`)
}

// next returns the next frame that is no ping or pong.
func (c *testClient) next() (frame, error) {
	for {
		raw, err := c.in.Next()
		if err != nil {
			return frame{}, err
		}
		f, err := parseFrame(raw)
		if err != nil {
			return frame{}, err
		}
		switch f.Type {
		case "SESSION_PING":
			if c.auto {
				c.send(`{"type":"SESSION_PONG","sessionPong":{"id":` + string(f.ID) + `}}`)
			}
		case "SESSION_PONG":
		default:
			return f, nil
		}
	}
}

func parseFrame(raw []byte) (frame, error) {
	var env map[string]json.RawMessage
	if err := json.Unmarshal(raw, &env); err != nil {
		return frame{}, err
	}
	if !strings.HasPrefix(string(raw), typePrefix) {
		return frame{}, fmt.Errorf("type does not come first: %s", raw)
	}
	f := frame{Raw: raw}
	json.Unmarshal(env["type"], &f.Type)
	if !strings.HasPrefix(f.Type, "SESSION_") {
		return f, json.Unmarshal(env["offset"], &f.Offset)
	}
	for key, body := range env {
		if key == "type" {
			continue
		}
		if snake(key) != f.Type {
			return f, fmt.Errorf("body %s in %s", key, f.Type)
		}
		var b struct {
			Offset int64           `json:"offset"`
			Code   string          `json:"code"`
			ID     json.RawMessage `json:"id"`
		}
		if err := json.Unmarshal(body, &b); err != nil {
			return f, err
		}
		f.Offset, f.Code, f.ID = b.Offset, b.Code, b.ID
	}
	return f, nil
}

func (c *testClient) want(typ string) frame {
	c.t.Helper()
	f, err := c.next()
	if err != nil {
		c.t.Fatalf("waiting for %s: %v", typ, err)
	}
	if f.Type != typ {
		c.t.Fatalf("got %s, want %s", f.Raw, typ)
	}
	return f
}

func (c *testClient) wantError(code string) {
	c.t.Helper()
	if f := c.want("SESSION_ERROR"); f.Code != code {
		c.t.Fatalf("got error %s, want %s", f.Code, code)
	}
}

// until collects entity messages up to a frame of the given type.
func (c *testClient) until(typ string) ([]Message, frame) {
	c.t.Helper()
	var out []Message
	for {
		f, err := c.next()
		if err != nil {
			c.t.Fatalf("waiting for %s after %d messages: %v", typ, len(out), err)
		}
		if f.Type == typ {
			return out, f
		}
		if strings.HasPrefix(f.Type, "SESSION_") {
			c.t.Fatalf("got %s before %s", f.Raw, typ)
		}
		out = append(out, Message{f.Offset, f.Raw})
	}
}

// take collects n entity messages, or fewer if the connection ends before.
func (c *testClient) take(n int) []Message {
	c.t.Helper()
	var out []Message
	for len(out) < n {
		f, err := c.next()
		if err != nil {
			return out
		}
		if strings.HasPrefix(f.Type, "SESSION_") {
			c.t.Fatalf("got %s among entity messages", f.Raw)
		}
		out = append(out, Message{f.Offset, f.Raw})
	}
	return out
}
