package kambi

import (
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(testDir)
		os.Exit(code)
	}))
}

// testDir holds the certificates that all tests share; making them is slow.
var testDir string

var testFiles = sync.OnceValues(func() (_ *kambitest.Files, err error) {
	if testDir, err = os.MkdirTemp("", "kambi"); err != nil {
		return nil, err
	}
	return kambitest.EnsureTLS(testDir)
})

func files(t testing.TB) *kambitest.Files {
	t.Helper()
	f, err := testFiles()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// rig is a test server, a journal and the configuration of a source between them.
type rig struct {
	t      testing.TB
	j      *memJournal
	server *kambitest.Server
	config Config
}

func newRig(t testing.TB, server kambitest.Config) *rig {
	t.Helper()
	server.TLS = files(t)
	if server.Feed == nil {
		server.Feed = sequence(t, 500)
	}
	s, err := kambitest.Start(context.Background(), server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	r := &rig{t: t, j: newMemJournal(t), server: s}
	r.config = Config{
		Name: "test", TokenURL: s.TokenURL(), Addr: s.Addr(),
		TLS:       TLS{CA: server.TLS.CA, Cert: server.TLS.Client, Key: server.TLS.ClientKey},
		Offerings: []any{map[string]any{"offering": "demo"}},
		Journal:   r.j, Partition: feedPartition, Fold: laneFold{r.j}, R: 50,
		Backoff: ingest.Backoff{First: 5 * time.Millisecond, Cap: 50 * time.Millisecond},
	}
	return r
}

// sequence is a fixed feed of n generated messages behind a snapshot of 100.
func sequence(t testing.TB, n int) *kambitest.Sequence {
	t.Helper()
	g := kambitest.NewGenerator(kambitest.GenConfig{Seed: 7, Events: 4})
	var all []kambitest.Message
	for range n + 100 {
		all = append(all, g.Next())
	}
	s, err := kambitest.NewSequence(all).SnapshotAt(all[99].Offset)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// running is a source at work.
type running struct {
	*rig
	source *Source
	cancel context.CancelFunc
	ended  chan error
}

func (r *rig) run() *running {
	r.t.Helper()
	s, err := New(r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	run := &running{rig: r, source: s, cancel: cancel, ended: make(chan error, 1)}
	go func() { run.ended <- s.Run(ctx) }()
	r.t.Cleanup(cancel)
	return run
}

// stop ends the source and returns what Run returned.
func (r *running) stop() error {
	r.t.Helper()
	r.cancel()
	return r.result()
}

// result waits until Run returns by itself.
func (r *running) result() error {
	r.t.Helper()
	select {
	case err := <-r.ended:
		return err
	case <-time.After(15 * time.Second):
		r.t.Fatalf("the source does not end; %+v %+v", r.source.Status(), r.source.Stats())
		return nil
	}
}

func (r *running) wait(what string, ready func() bool) {
	r.t.Helper()
	for end := time.Now().Add(30 * time.Second); !ready(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("waiting for %s: %+v\n%+v\n%+v\n%v", what, r.source.Status(), r.source.Stats(), r.server.Stats(), r.story())
		}
	}
}

// offsets are the distinct feed offsets journalled in effect, sorted.
func (r *rig) offsets() []int64 {
	seen := map[int64]bool{}
	for _, rec := range r.inEffect() {
		body := r.decode(rec)
		switch b := body.(type) {
		case *schema.Message:
			seen[b.Offset] = true
		case *schema.FeedUnknown:
			seen[b.Offset.V] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func (r *rig) inEffect() []journal.Record {
	r.t.Helper()
	_, records, err := effective(r.j.all())
	if err != nil {
		r.t.Fatal(err)
	}
	return records
}

func (r *rig) decode(rec journal.Record) schema.Body {
	r.t.Helper()
	body, err := codec.DecodeBody(rec.Kind, rec.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return body
}

// story tells the journal's records in short: entity messages only by flow,
// equal ones once.
func (r *rig) story() []string {
	var out []string
	for _, rec := range r.inEffect() {
		line := ""
		switch b := r.decode(rec).(type) {
		case *schema.Message:
			line = b.Flow.String()
		case *schema.FeedUnknown:
			line = b.Flow.String()
		case *schema.FeedDown:
			line = "FEED_DOWN " + b.Reason
		case *schema.Genesis, *schema.Claim:
			continue
		default:
			line = rec.Kind.String()
		}
		if len(out) == 0 || out[len(out)-1] != line {
			out = append(out, line)
		}
	}
	return out
}

// complete waits until every message of the sequence is journalled or part of
// the snapshot.
func (r *running) complete(s *kambitest.Sequence) {
	r.t.Helper()
	want := map[int64]bool{}
	for _, m := range s.Messages() {
		want[m.Offset] = true
	}
	r.wait(fmt.Sprintf("all %d messages", len(want)), func() bool {
		have := 0
		for _, offset := range r.offsets() {
			if want[offset] {
				have++
			}
		}
		return have == len(want)
	})
}

// hostile is a TLS server that does what it is told with every connection.
func hostile(t testing.TB, serve func(*tls.Conn)) string {
	t.Helper()
	config, err := files(t).ServerConfig()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer raw.Close()
				_ = raw.SetDeadline(time.Now().Add(10 * time.Second))
				serve(tls.Server(raw, config))
			})
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return l.Addr().String()
}
