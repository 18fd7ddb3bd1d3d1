package kambi

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/klauspost/compress/gzip"
)

// peer is the server's side of a connection in a hostile server.
type peer struct {
	*tls.Conn
	out *kambitest.FrameWriter
	in  *kambitest.FrameReader
}

func newPeer(c *tls.Conn) *peer {
	return &peer{c, kambitest.NewFrameWriter(c, kambitest.Member, 0), kambitest.NewFrameReader(c, 1<<20)}
}

func (p *peer) say(messages ...string) {
	for _, m := range messages {
		if p.out.Send([]byte(m)) != nil {
			return
		}
	}
}

// greet goes as far as the client's request.
func (p *peer) greet() {
	p.say(`{"type":"SESSION_WELCOME"}`)
	for _, reply := range []string{`{"type":"SESSION_INITIALIZED"}`, ""} {
		for {
			frame, err := p.in.Next()
			if err != nil {
				return
			}
			if !bytes.Contains(frame, []byte("SESSION_PING")) {
				break
			}
		}
		if reply != "" {
			p.say(reply)
		}
	}
}

func gzipOf(payload []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(payload)
	_ = w.Close()
	return out.Bytes()
}

// drip writes byte by byte until the other side has enough.
func drip(w io.Writer, b []byte) {
	for i := range b {
		if _, err := w.Write(b[i : i+1]); err != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestHostileServers(t *testing.T) {
	long := binary.BigEndian.AppendUint32(nil, 1<<20)
	bomb := gzipOf(append(long, make([]byte, 1<<20)...))
	cases := []struct {
		name, cause string
		serve       func(*peer)
	}{
		{"garbage", causeInflate, func(p *peer) { _, _ = p.Write([]byte("220 mail.example ESMTP\r\n")); _, _ = p.Read(make([]byte, 1)) }},
		{"frame too large", causeFrame, func(p *peer) {
			p.greet()
			_, _ = p.Write(gzipOf(binary.BigEndian.AppendUint32(nil, 1<<31)))
			_, _ = p.Read(make([]byte, 1))
		}},
		{"frame of nothing", causeFrame, func(p *peer) { p.greet(); _, _ = p.Write(gzipOf(make([]byte, 4))); _, _ = p.Read(make([]byte, 1)) }},
		{"bomb", causeBomb, func(p *peer) { p.greet(); _, _ = p.Write(bomb); _, _ = p.Read(make([]byte, 1)) }},
		{"truncated member", causeNetwork, func(p *peer) { p.greet(); _, _ = p.Write(gzipOf(append(long, generated(1)[0]...))[:200]) }},
		{"closed at once", causeClosed, func(p *peer) { _ = p.Handshake() }},
		{"silent", causeSlow, func(p *peer) { _, _ = p.Read(make([]byte, 1)) }},
		{"dripping welcome", causeSlow, func(p *peer) { drip(p, gzipOf(append(long, generated(5)[4]...))) }},
		{"dripping frame", causeStale, func(p *peer) { p.greet(); drip(p, gzipOf(append(long, generated(5)[4]...))) }},
		{"never initialised", causeSlow, func(p *peer) {
			p.say(`{"type":"SESSION_WELCOME"}`)
			for range 100 {
				p.say(`{"type":"SESSION_PING","sessionPing":{"id":"1"}}`)
				time.Sleep(10 * time.Millisecond)
			}
		}},
		{"welcome twice", causeProtocol, func(p *peer) {
			p.say(`{"type":"SESSION_WELCOME"}`, `{"type":"SESSION_WELCOME"}`)
			_, _ = io.Copy(io.Discard, p)
		}},
		{"entities first", causeProtocol, func(p *peer) { p.say(string(generated(1)[0])); _, _ = io.Copy(io.Discard, p) }},
		{"completed what was not asked for", causeProtocol, func(p *peer) {
			p.greet()
			p.say(`{"type":"SESSION_REPLAY_COMPLETED","sessionReplayCompleted":{"offset":9}}`)
			_, _ = io.Copy(io.Discard, p)
		}},
		{"completed nowhere", causeProtocol, func(p *peer) {
			p.greet()
			p.say(`{"type":"SESSION_SNAPSHOT_COMPLETED","sessionSnapshotCompleted":{}}`)
			_, _ = io.Copy(io.Discard, p)
		}},
		{"unknown error", causeProtocol, func(p *peer) {
			p.greet()
			p.say(`{"type":"SESSION_ERROR","sessionError":{"code":"TIRED"}}`)
			_, _ = io.Copy(io.Discard, p)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, kambitest.Config{})
			r.config.Addr = hostile(t, func(conn *tls.Conn) { c.serve(newPeer(conn)) })
			r.config.Limits = Limits{FirstMessage: 150 * time.Millisecond, Stale: 250 * time.Millisecond}
			run := r.run()
			run.wait("two ends by "+c.cause, func() bool { return run.source.Stats().Events[c.cause] >= 2 })
			if err := run.stop(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestHostileMemory lets a server send bombs and promises of large frames for
// a while.
func TestHostileMemory(t *testing.T) {
	r := newRig(t, kambitest.Config{})
	bomb := gzipOf(append(binary.BigEndian.AppendUint32(nil, 4<<20), make([]byte, 64<<20)...))
	r.config.Addr = hostile(t, func(conn *tls.Conn) {
		p := newPeer(conn)
		p.greet()
		_, _ = p.Write(bomb)
	})
	r.config.Backoff = ingest.Backoff{First: time.Millisecond, Cap: time.Millisecond}
	run := r.run()
	run.wait("bombs", func() bool { return run.source.Stats().Events[causeBomb] >= 20 })
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	if m.HeapInuse > 200<<20 {
		t.Errorf("%d bytes of heap in use", m.HeapInuse)
	}
}

// TestStrangeMessages: what cannot be decoded is kept raw, unknown kinds are
// kept whole, and the session goes on.
func TestStrangeMessages(t *testing.T) {
	big := `{"type":"EVENT_STATUS_UPDATED","offset":7,"eventStatusUpdated":{"id":5,"status":"` + strings.Repeat("y", 2<<20) + `"}}`
	r := newRig(t, kambitest.Config{})
	r.config.Limits.Ratio = 1 << 20
	var once sync.Once
	r.config.Addr = hostile(t, func(conn *tls.Conn) {
		p := newPeer(conn)
		p.greet()
		once.Do(func() {
			p.say(`not json`, `{"type":"EVENT_STATUS_UPDATED","offset":"x","eventStatusUpdated":{"id":5,"status":"A"}}`,
				`{"type":"NEWS","offset":4,"news":{"b":1,"a":2}}`, `{"type":"SESSION_MOTD","sessionMotd":{}}`, big,
				`{ "type" : "SESSION_SNAPSHOT_COMPLETED" , "sessionSnapshotCompleted" : { "offset" : 12 } }`)
		})
		_, _ = io.Copy(io.Discard, p)
	})
	run := r.run()
	run.wait("the end of the snapshot", func() bool { return run.source.Stats().Kinds["SNAPSHOT_END"] == 1 })
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	var rejected []*schema.RejectedRaw
	var unknown []string
	for _, rec := range r.inEffect() {
		switch b := r.decode(rec).(type) {
		case *schema.RejectedRaw:
			rejected = append(rejected, b)
		case *schema.FeedUnknown:
			unknown = append(unknown, string(b.Message))
		}
	}
	if len(rejected) != 3 || string(rejected[0].Raw) != "not json" || rejected[0].Flow != schema.FlowSnapshot {
		t.Fatalf("rejected %+v", rejected)
	}
	if last := rejected[2]; last.Size != int64(len(big)) || string(last.Raw) != big[:schema.MaxRejectedRaw] {
		t.Errorf("the message that no record can hold: %d bytes, %d kept", last.Size, len(last.Raw))
	}
	if len(unknown) != 2 || unknown[0] != `{"news":{"a":2,"b":1},"offset":4,"type":"NEWS"}` {
		t.Errorf("unknown %q", unknown)
	}
	if stats := run.source.Stats(); stats.Kinds["REJECTED_RAW"] != 3 || len(stats.Rejected) != 3 {
		t.Errorf("%+v", stats)
	}
}

func TestCertificates(t *testing.T) {
	other, err := kambitest.EnsureTLS(filepath.Join(t.TempDir(), "other"))
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name string
		edit func(*Config)
		want []string
	}{
		{"wrong authority", func(c *Config) { c.TLS.CA = other.CA }, []string{"token: ", "is not from an authority in " + other.CA}},
		{"wrong client certificate", func(c *Config) { c.TLS.Cert, c.TLS.Key = other.Client, other.ClientKey },
			[]string{"token: ", "refused our client certificate", other.Client}},
		{"no client certificate", func(c *Config) { c.TLS.Cert, c.TLS.Key = "", "" }, []string{"token: ", "refused our client certificate"}},
		{"wrong host of the feed", func(c *Config) { c.TLS.ServerName = "feed.example" },
			[]string{"connect: ", "is for another host", "feed.example"}},
		{"no server", func(c *Config) { c.Addr = "127.0.0.1:1" }, []string{"connect: ", "connection refused"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, kambitest.Config{})
			c.edit(&r.config)
			run := r.run()
			run.wait("an error", func() bool { return run.source.Status().Error != "" })
			text := run.source.Status().Error
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("error %q, want %q in it", text, want)
				}
			}
			if err := run.stop(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestFeedRefusesCertificate: with TLS 1.3 the client hears of it only when it
// reads.
func TestFeedRefusesCertificate(t *testing.T) {
	r := newRig(t, kambitest.Config{})
	other, err := kambitest.EnsureTLS(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	config, err := files(t).ServerConfig()
	if err != nil {
		t.Fatal(err)
	}
	config.ClientAuth = tls.NoClientCert
	tokens := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "secret") }))
	tokens.TLS = config
	tokens.StartTLS()
	defer tokens.Close()
	r.config.TokenURL = tokens.URL + "/?key=hidden"
	r.config.TLS.Cert, r.config.TLS.Key = other.Client, other.ClientKey
	run := r.run()
	run.wait("an error", func() bool { return run.source.Status().Error != "" })
	if text := run.source.Status().Error; !strings.Contains(text, "refused our client certificate") {
		t.Errorf("error %q", text)
	}
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
}

func TestTokenAnswers(t *testing.T) {
	config, err := files(t).ServerConfig()
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, want string
		answer     http.HandlerFunc
	}{
		{"not 200", "answer 403 Forbidden, want 200", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "secret", http.StatusForbidden) }},
		{"redirect", "answer 302 Found, want 200", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/secret", http.StatusFound) }},
		{"too long", "is no token", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("secret", 10_000)) }},
		{"empty", "is no token", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "\n") }},
		{"a page", "is no token", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html> secret") }},
		{"slow", "token from https://", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewUnstartedServer(c.answer)
			server.TLS = config.Clone()
			server.StartTLS()
			defer server.Close()
			r := newRig(t, kambitest.Config{})
			r.config.TokenURL = server.URL + "/token?key=secret"
			r.config.Limits.TokenTimeout = 300 * time.Millisecond
			run := r.run()
			run.wait("an error", func() bool { return run.source.Status().Error != "" })
			if err := run.stop(); err != nil {
				t.Fatal(err)
			}
			if text := run.source.Status().Error; !strings.Contains(text, c.want) || strings.Contains(text, "secret") {
				t.Errorf("error %q, want %q in it", text, c.want)
			}
		})
	}
}

// TestTokensStaySecret looks for tokens in everything that is said and written.
func TestTokensStaySecret(t *testing.T) {
	var log safeBuffer
	r := newRig(t, kambitest.Config{Faults: kambitest.Faults{RejectTokens: 2, CutEvery: 100}})
	r.config.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	run := r.run()
	run.wait("cuts", func() bool { return r.server.Stats().Cuts >= 3 })
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	for _, rec := range r.j.all() {
		log.Write(rec.Body)
	}
	text, _ := json.Marshal(run.source.Stats())
	log.Write(text)
	if !strings.Contains(log.String(), "refused the token") {
		t.Error("the refusal is not told")
	}
	if strings.Contains(log.String(), "eyJhbGciOiJub25lIn0") { // how the server's tokens begin
		t.Error("a token is in the log or in the journal")
	}
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestConfigFaults(t *testing.T) {
	_, err := New(Config{Name: "x", TokenURL: "http://a/", Addr: "nowhere", TLS: TLS{CA: "/nonexistent"}})
	for _, want := range []string{`feed "x"`, "token URL", `address "nowhere"`, "journal or fold", "topic", "CA bundle"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
}

// TestResumeReadsOnlyTheTail starts behind a long journal.
func TestResumeReadsOnlyTheTail(t *testing.T) {
	r := newRig(t, kambitest.Config{})
	lane, err := journal.OpenLane(context.Background(), journal.LaneConfig{
		Journal: r.j, Partition: feedPartition, Name: journal.LaneFeed, Fold: laneFold{r.j}, Encode: encodeBody,
	})
	if err != nil {
		t.Fatal(err)
	}
	appendBodies(t, lane, &schema.FeedUp{Source: "test"}, &schema.SnapshotBegin{}, &schema.SnapshotEnd{Offset: 10}, &schema.ReplayEnd{Offset: 10})
	const long = 200_000
	bodies := make([]schema.Body, 0, 1000)
	for n := range int64(long) {
		bodies = append(bodies, &schema.Message{Kind: schema.KindEventStatus, Flow: schema.FlowRealtime, Offset: 11 + n, ID: 1, Status: "A"})
		if len(bodies) == 1000 {
			appendBodies(t, lane, bodies...)
			bodies = bodies[:0]
		}
	}
	mustAppend(t, r.j, claimRecord(2))
	r.j.read.Store(0)
	resume, up, err := rebuild(context.Background(), r.j, feedPartition, DefaultR, 2)
	if err != nil {
		t.Fatal(err)
	}
	snapshot, offset := resume.Next()
	if want := int64(10 + long - DefaultR); snapshot || offset != want || !up {
		t.Errorf("next %t %d, want %d; up %t", snapshot, offset, want, up)
	}
	if read := r.j.read.Load(); read > 2*DefaultR+1100 {
		t.Errorf("%d records read", read)
	}
	// A short window inside a replay is not enough: the base must be found.
	appendBodies(t, lane, &schema.FeedDown{}) // stale: epoch 1
	r.j.read.Store(0)
	resume, _, err = rebuild(context.Background(), r.j, feedPartition, 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	if snapshot, offset = resume.Next(); snapshot || offset != 10+long-4 || r.j.read.Load() > 1100 {
		t.Errorf("next %t %d after %d records", snapshot, offset, r.j.read.Load())
	}
}

func TestResumeFindsBaseOfLongReplay(t *testing.T) {
	r := newRig(t, kambitest.Config{})
	lane, err := journal.OpenLane(context.Background(), journal.LaneConfig{
		Journal: r.j, Partition: feedPartition, Name: journal.LaneFeed, Fold: laneFold{r.j}, Encode: encodeBody,
	})
	if err != nil {
		t.Fatal(err)
	}
	appendBodies(t, lane, &schema.FeedUp{}, &schema.SnapshotBegin{}, &schema.SnapshotEnd{Offset: 10}, &schema.ReplayEnd{Offset: 10},
		&schema.FeedDown{}, &schema.FeedUp{}, &schema.ReplayBegin{Offset: 77})
	var bodies []schema.Body
	for n := range int64(20_000) {
		bodies = append(bodies, &schema.Message{Kind: schema.KindEventStatus, Flow: schema.FlowReplay, Offset: 78 + n, ID: 1, Status: "A"})
	}
	appendBodies(t, lane, bodies...)
	mustAppend(t, r.j, claimRecord(2))
	resume, up, err := rebuild(context.Background(), r.j, feedPartition, 4, 2)
	if snapshot, offset := resume.Next(); err != nil || snapshot || offset != 77 || !up {
		t.Errorf("next %t %d, up %t, %v", snapshot, offset, up, err)
	}
}
