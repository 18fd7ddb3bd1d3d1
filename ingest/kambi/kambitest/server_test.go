package kambitest

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// generated returns the first n messages of a generated feed.
func generated(t testing.TB, seed int64, n int) *Sequence {
	t.Helper()
	var b bytes.Buffer
	if err := WriteNDJSON(&b, GenConfig{Seed: seed, Events: 5, Offers: 12}, n); err != nil {
		t.Fatal(err)
	}
	s, err := ReadSequence(&b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// same fails unless both lists are the same, byte by byte.
func same(t *testing.T, got, want []Message) {
	t.Helper()
	if g, w := offsets(got), offsets(want); fmt.Sprint(g) != fmt.Sprint(w) {
		t.Fatalf("got %d messages, want %d, or other ones", len(g), len(w))
	}
	for i := range min(len(got), len(want)) {
		if !bytes.Equal(got[i].Line, want[i].Line) {
			t.Fatalf("message %d:\n%s\nwant\n%s", i, got[i].Line, want[i].Line)
		}
	}
}

func offsets(msgs []Message) []int64 {
	var out []int64
	for _, m := range msgs {
		out = append(out, m.Offset)
	}
	return out
}

func TestConversation(t *testing.T) {
	seq := generated(t, 1, 3000)
	files := testFiles(t)
	for _, style := range []Style{Member, Stream} {
		for _, split := range []int64{0, 7} {
			for _, noTail := range []bool{false, true} {
				t.Run(fmt.Sprintf("%v/split%d/notail=%t", style, split, noTail), func(t *testing.T) {
					s := startServer(t, Config{TLS: files, Feed: seq, Style: style, SplitSeed: split, NoTail: noTail, TailMessages: 50})
					c := open(t, s)
					c.snapshot()
					msgs, done := c.until("SESSION_SNAPSHOT_COMPLETED")
					if len(msgs) != 0 || done.Offset != seq.Messages()[0].Offset-1 {
						t.Fatalf("empty snapshot: %d messages, offset %d", len(msgs), done.Offset)
					}
					var tail []Message
					if !noTail {
						tail, done = c.until("SESSION_REPLAY_COMPLETED")
						if len(tail) != 50 || done.Offset != tail[49].Offset {
							t.Fatalf("tail of %d to %d, completed %d", len(tail), tail[len(tail)-1].Offset, done.Offset)
						}
					}
					rest := c.take(seq.Len() - len(tail))
					same(t, append(tail, rest...), seq.Messages())
				})
			}
		}
	}
}

func TestSnapshotOfState(t *testing.T) {
	whole := generated(t, 2, 3000)
	at := whole.Messages()[2000].Offset
	seq, err := whole.Shuffle(3, 40).SnapshotAt(at)
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, Config{Feed: seq, Style: Stream, TailMessages: 100})
	c := open(t, s)
	c.snapshot()
	msgs, done := c.until("SESSION_SNAPSHOT_COMPLETED")
	if done.Offset != at {
		t.Fatalf("snapshot completed at %d, want %d", done.Offset, at)
	}
	tail, done := c.until("SESSION_REPLAY_COMPLETED")
	for _, m := range seq.Messages()[len(tail):] {
		if m.Offset <= done.Offset {
			t.Fatalf("tail completed at %d, but %d comes later", done.Offset, m.Offset)
		}
	}
	msgs = append(append(msgs, tail...), c.take(seq.Len()-len(tail))...)
	got := fold(t, msgs)
	if err := DiffStates(got, fold(t, whole.Messages())); err != nil {
		t.Fatal(err)
	}
	// Again on the same connection: the same sequence from its start, all of it repeated.
	c.snapshot()
	again, _ := c.until("SESSION_SNAPSHOT_COMPLETED")
	tail, _ = c.until("SESSION_REPLAY_COMPLETED")
	again = append(append(again, tail...), c.take(seq.Len()-len(tail))...)
	same(t, again, msgs)
	if st := s.Stats(); st.Fresh != int64(seq.Len()) || st.Snapshots != 2 || st.ClientPings != 2 {
		t.Errorf("stats %+v", st)
	}
}

func fold(t testing.TB, msgs []Message) []byte {
	t.Helper()
	n, err := Fold(msgs)
	if err != nil {
		t.Fatal(err)
	}
	state, err := n.State()
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// TestCuts follows the feed over many cuts, asking each time for what is missing, and
// must end with everything.
func TestCuts(t *testing.T) {
	plain := generated(t, 4, 3000)
	seq := plain.Shuffle(5, 60).Duplicate(0.05, 6)
	s := startServer(t, Config{Feed: seq, Faults: Faults{CutEvery: 500, CutReplays: 2}})
	have := map[int64]Message{}
	from, sessions := int64(-1), 0
	for len(have) < plain.Len() {
		sessions++
		if sessions > 30 {
			t.Fatalf("no end: %d of %d messages", len(have), plain.Len())
		}
		c := open(t, s)
		if from < 0 {
			c.snapshot()
			_, done := c.until("SESSION_SNAPSHOT_COMPLETED")
			from = done.Offset
		} else {
			c.replay(from)
		}
		for len(have) < plain.Len() {
			f, err := c.next()
			if err != nil {
				break
			}
			if f.Type == "SESSION_REPLAY_COMPLETED" {
				from = max(from, f.Offset)
			} else {
				have[f.Offset] = Message{f.Offset, f.Raw}
			}
		}
	}
	var got []Message
	for _, m := range have {
		got = append(got, m)
	}
	if err := DiffStates(fold(t, got), fold(t, plain.Messages())); err != nil {
		t.Fatal(err)
	}
	st := s.Stats()
	if want := int64(seq.Len()/500) + 2; st.Cuts < want-1 || st.Cuts > want {
		t.Errorf("%d cuts for %d messages: %+v", st.Cuts, seq.Len(), st)
	}
	if st.Fresh < int64(plain.Len()) {
		t.Errorf("only %d fresh messages", st.Fresh)
	}
}

func TestReplay(t *testing.T) {
	whole := generated(t, 8, 2000)
	base := whole.Messages()[499].Offset
	seq, err := whole.Shuffle(1, 30).SnapshotAt(base)
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, Config{Feed: seq, PingEvery: time.Hour, OldestReplay: base + 10, Faults: Faults{StallAfter: 700}})
	c := open(t, s)
	c.replay(1) // below the oldest
	c.wantError("OFFSET_TOO_OLD")
	c.replay(1 << 40) // beyond everything
	c.wantError("OFFSET_TOO_OLD")
	c.snapshot() // goes on on the same connection
	c.until("SESSION_SNAPSHOT_COMPLETED")
	c.until("SESSION_REPLAY_COMPLETED")
	seen := c.take(700)
	top := int64(0)
	for _, m := range seen {
		top = max(top, m.Offset)
	}

	// The first connection is silent now. Another one gets the missing part in offset
	// order, then what nobody has had.
	after := base + 20
	d := open(t, s)
	d.replay(after)
	msgs, done := d.until("SESSION_REPLAY_COMPLETED")
	if done.Offset != top {
		t.Fatalf("replay completed at %d, want %d", done.Offset, top)
	}
	last := after
	for _, m := range msgs {
		if m.Offset <= last || m.Offset > top {
			t.Fatalf("offset %d after %d in a replay to %d", m.Offset, last, top)
		}
		last = m.Offset
	}
	msgs = append(msgs, d.take(seq.Len()-700)...)
	want := map[int64]bool{}
	for _, m := range seq.Messages() {
		want[m.Offset] = m.Offset > after
	}
	for _, m := range msgs {
		delete(want, m.Offset)
	}
	for o, missing := range want {
		if missing {
			t.Fatalf("offset %d never came", o)
		}
	}
	if st := s.Stats(); st.TooOld != 2 || st.Stalls != 1 || st.Replays != 3 {
		t.Errorf("stats %+v", st)
	}
}

// A new server of the same feed knows offsets that its predecessor sent.
func TestReplayAfterRestart(t *testing.T) {
	seq := generated(t, 9, 1000)
	s := startServer(t, Config{Feed: seq})
	c := open(t, s)
	at := seq.Messages()[599].Offset
	c.replay(at)
	if msgs, done := c.until("SESSION_REPLAY_COMPLETED"); len(msgs) != 0 || done.Offset != at {
		t.Fatalf("%d messages, completed %d, want none and %d", len(msgs), done.Offset, at)
	}
	same(t, c.take(400), seq.Messages()[600:])
}

func TestSeveralClients(t *testing.T) {
	seq := generated(t, 10, 1500)
	s := startServer(t, Config{Feed: seq, Rate: 20_000})
	results := make(chan []Message, 3)
	for range 3 {
		c := open(t, s)
		c.snapshot()
		go func() {
			c.until("SESSION_SNAPSHOT_COMPLETED")
			c.until("SESSION_REPLAY_COMPLETED")
			results <- c.take(seq.Len())
		}()
	}
	for range 3 {
		same(t, <-results, seq.Messages())
	}
	if st := s.Stats(); st.Fresh != int64(seq.Len()) || st.Sent != 3*int64(seq.Len()) {
		t.Errorf("stats %+v", st)
	}
}

func TestRefusals(t *testing.T) {
	seq := generated(t, 11, 100)
	s := startServer(t, Config{Feed: seq, Faults: Faults{RejectTokens: 1, TokenErrors: 1}})
	if _, status, err := fetchToken(s); status != http.StatusServiceUnavailable || err != nil {
		t.Fatalf("first token call: status %d, %v", status, err)
	}
	token, _, err := fetchToken(s)
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, s)
	c.want("SESSION_WELCOME")
	c.initialize("V2", token)
	c.wantError("INVALID_PROTOCOL_VERSION")
	c.initialize("V1", token) // refused once by configuration
	c.wantError("INVALID_TOKEN")
	c.initialize("V1", token+"x")
	c.wantError("INVALID_TOKEN")
	c.initialize("V1", token)
	c.want("SESSION_INITIALIZED")

	d := dial(t, s)
	d.want("SESSION_WELCOME")
	d.snapshot() // out of turn
	if _, err := d.next(); err == nil {
		t.Error("a snapshot before the session was served")
	}
	e := dial(t, s)
	e.want("SESSION_WELCOME")
	e.send(string(bytes.Repeat([]byte("x"), maxInbound+1)))
	if _, err := e.next(); err == nil {
		t.Error("an oversized frame was taken")
	}

	r := startServer(t, Config{TLS: s.cfg.TLS, Feed: seq, TokenTTL: time.Nanosecond, Faults: Faults{RejectAll: true}})
	token, _, _ = fetchToken(r)
	f := dial(t, r)
	f.want("SESSION_WELCOME")
	f.initialize("V1", token)
	f.wantError("INVALID_TOKEN") // expired
	r.tokens.ttl = time.Hour
	token, _ = r.tokens.issue(time.Now())
	f.initialize("V1", token)
	f.wantError("INVALID_OFFERING")
}

func TestClientCertificateRequired(t *testing.T) {
	s := startServer(t, Config{Feed: generated(t, 1, 10)})
	conf, err := s.cfg.TLS.ClientConfig()
	if err != nil {
		t.Fatal(err)
	}
	conf.Certificates = nil
	tr := &http.Transport{TLSClientConfig: conf, DisableKeepAlives: true}
	if resp, err := (&http.Client{Transport: tr}).Get(s.TokenURL()); err == nil {
		resp.Body.Close()
		t.Error("a token without a client certificate")
	}
	conf = conf.Clone()
	conf.ServerName = "localhost"
	conn, err := tls.Dial("tcp", s.Addr(), conf)
	if err == nil { // TLS 1.3 tells the client only when it reads
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(5 * time.Second))
		_, err = conn.Read(make([]byte, 1))
	}
	if err == nil {
		t.Error("a socket without a client certificate")
	}
}

func TestPingsAndSilence(t *testing.T) {
	seq := generated(t, 12, 60)
	s := startServer(t, Config{Feed: seq, PingEvery: 20 * time.Millisecond, Rate: 400, Faults: Faults{StallAfter: 40}})
	c := open(t, s)
	c.snapshot()
	c.until("SESSION_SNAPSHOT_COMPLETED")
	c.until("SESSION_REPLAY_COMPLETED")
	same(t, c.take(40), seq.Messages()[:40])
	if st := s.Stats(); st.Pings < 2 || st.Pongs < 1 {
		t.Errorf("pings in between data: %+v", st)
	}
	c.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if f, err := c.next(); err == nil {
		t.Errorf("a silent server said %s", f.Raw)
	}
	d := open(t, s)
	d.replay(seq.Messages()[39].Offset)
	d.want("SESSION_REPLAY_COMPLETED")
	same(t, d.take(20), seq.Messages()[40:])
	before := s.Stats().Pings
	d.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	d.next() // nothing more comes, only pings
	if s.Stats().Pings < before+2 {
		t.Error("no pings after the end of the feed")
	}
}

func TestRate(t *testing.T) {
	seq := generated(t, 13, 300)
	s := startServer(t, Config{Feed: seq, Rate: 1000})
	c := open(t, s)
	begin := time.Now()
	c.snapshot()
	c.until("SESSION_SNAPSHOT_COMPLETED")
	c.until("SESSION_REPLAY_COMPLETED")
	same(t, c.take(300), seq.Messages())
	// Never faster than asked; how much slower depends on the machine.
	if d := time.Since(begin); d < 190*time.Millisecond {
		t.Errorf("300 messages at 1000 a second took %v", d)
	}
	d := open(t, s)
	d.replay(0)
	if msgs, _ := d.until("SESSION_REPLAY_COMPLETED"); len(msgs) != 300 {
		t.Errorf("replay of %d messages", len(msgs))
	}
}

func TestStalledWelcomeCutSnapshotAndClose(t *testing.T) {
	seq, err := generated(t, 14, 500).SnapshotAt(1 << 40)
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, Config{Feed: seq, Faults: Faults{StallWelcomes: 1, CutSnapshots: 1}})
	c := dial(t, s)
	c.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := c.next(); err == nil {
		t.Error("the first connection heard a welcome")
	}
	d := open(t, s)
	d.snapshot()
	snap, _ := seq.Snapshot()
	if got := d.take(len(snap.Messages)); len(got) != len(snap.Messages)/2 {
		t.Errorf("cut snapshot of %d messages, want half of %d", len(got), len(snap.Messages))
	}
	e := open(t, s)
	e.snapshot()
	e.until("SESSION_SNAPSHOT_COMPLETED")
	s.CutAll()
	for err == nil {
		_, err = e.next()
	}
	s.Close()
	s.Close() // twice does no harm
	if st := s.Stats(); st.Open != 0 {
		t.Errorf("%d connections open after Close", st.Open)
	}
}

func TestConfigRefused(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no feed":       {TLS: &Files{}},
		"no TLS":        {Feed: NewSequence(nil)},
		"negative rate": {TLS: &Files{}, Feed: NewSequence(nil), Rate: -1},
		"no files":      {TLS: &Files{}, Feed: NewSequence(nil)},
	} {
		if _, err := Start(t.Context(), cfg); err == nil {
			t.Errorf("%s: started", name)
		}
	}
}

// BenchmarkServer is how fast a client that does nothing but unpack is fed.
func BenchmarkServer(b *testing.B) {
	seq := generated(b, 1, 100_000)
	for _, style := range []Style{Member, Stream} {
		b.Run(style.String(), func(b *testing.B) {
			files, err := EnsureTLS(b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			s, err := Start(b.Context(), Config{TLS: files, Feed: seq, Style: style})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			for b.Loop() {
				c := open(b, s)
				c.snapshot()
				for n := 0; n < seq.Len(); {
					raw, err := c.in.Next()
					if err != nil {
						b.Fatal(err)
					}
					if !bytes.HasPrefix(raw, []byte(`{"type":"SESSION_`)) {
						n++
					}
				}
				c.conn.Close()
			}
			b.ReportMetric(float64(b.N*seq.Len())/b.Elapsed().Seconds(), "msg/s")
		})
	}
}
