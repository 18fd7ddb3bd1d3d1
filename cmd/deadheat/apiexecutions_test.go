package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/book"
)

// live is an engine with its API, in this process.
type live struct {
	*engine
	url string
}

// runLive runs an engine that takes orders until the test ends, or stop is called.
func runLive(t *testing.T, dir string, change func(*Config)) (l *live, stop func()) {
	t.Helper()
	c := &Config{
		Journal: localScheme + filepath.Join(dir, "journal"), Data: filepath.Join(dir, "data"), HTTP: "127.0.0.1:0",
		Orders: OrderSettings{Node: "test", Wait: "30s", InFlight: 10_000}, log: slog.New(slog.DiscardHandler),
	}
	change(c)
	e, err := newEngine(t.Context(), c, c.log)
	if err != nil {
		t.Fatal(err)
	}
	server, err := serveAPI(e, c.HTTP)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.run(ctx, 0) }()
	ended := false
	stop = func() {
		if ended {
			return
		}
		ended = true
		e.stop()
		server.stop()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := e.close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return &live{e, "http://" + server.addr}, stop
}

// wanted is what a client of the stream must get: the executions of a fresh fold.
func (l *live) wanted(t *testing.T) []string {
	t.Helper()
	p := journal.Partition{Topic: ordersTopic}
	_, end, err := l.journal.Bounds(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	var lines []byte
	var at journal.Record
	source, err := projection.FindSource(t.Context(), l.journal, p)
	if err != nil {
		t.Fatal(err)
	}
	state := book.New()
	tap := tapped{state, func(key []byte, body schema.Body) {
		lines = orderjson.AppendExecutions(lines, p.Topic, p.Index, at.Time, string(key), body.(*schema.Executions))
	}}
	fold := projection.NewFold(source, tap, nil)
	err = journal.ReadRange(t.Context(), l.journal, p, 0, end, func(r *journal.Record) error {
		at = *r
		return fold.Apply(r)
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(lines), "\n"), "\n")
}

// tapped shows what a book emits.
type tapped struct {
	*book.Book
	emitted projection.Emit
}

func (p tapped) Apply(r *journal.Record, emit projection.Emit) error {
	return p.Book.Apply(r, func(key []byte, body schema.Body) {
		p.emitted(key, body)
		emit(key, body)
	})
}

// TestExecutionsAreResumed follows the executions with a client that is cut off
// again and again, and comes back with the last id that it has, while orders come
// and the process is started anew: it gets all of them once, in order.
func TestExecutionsAreResumed(t *testing.T) {
	dir, rng := t.TempDir(), rand.New(rand.NewPCG(3, 4))
	last, got := "", []string(nil)
	for round := range 3 {
		l, stop := runLive(t, dir, func(*Config) {})
		batches := orderBatches(2_000)
		for i := range batches { // other orders in every round
			batches[i] = bytes.ReplaceAll(batches[i], []byte(`"id":"order-`), []byte(`"id":"round`+string(rune('0'+round))+`-`))
		}
		sent := make(chan error, 1)
		go func() {
			for _, batch := range batches {
				if err := postUntilTaken(t.Context(), l.url+"/v1/orders", batch); err != nil {
					sent <- err
					return
				}
			}
			sent <- nil
		}()
		over := false
		for !over || len(got) < len(l.wanted(t)) {
			select {
			case err := <-sent:
				if err != nil {
					t.Fatal(err)
				}
				over = true
			default:
			}
			want := 1 + rng.IntN(400)
			if over {
				want = min(want, len(l.wanted(t))-len(got))
			}
			last, got = l.follow(t, last, got, want)
		}
		want := l.wanted(t)
		for i := range want {
			if i >= len(got) || got[i] != want[i] {
				t.Fatalf("round %d, execution %d:\n%s\nwant\n%s", round, i, got[min(i, len(got)-1)], want[i])
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d executions, want %d", len(got), len(want))
		}
		stop()
	}
	t.Logf("%d executions", len(got))
}

// postUntilTaken sends a batch again until the intake is ready for it.
func postUntilTaken(ctx context.Context, url string, batch []byte) (err error) {
	for range 1000 {
		if err = postOrders(ctx, url, batch); err == nil || !strings.Contains(err.Error(), "answer 503") {
			return err
		}
	}
	return err
}

// follow takes at most n executions from the stream and goes.
func (l *live) follow(t *testing.T, last string, got []string, n int) (string, []string) {
	t.Helper()
	if n <= 0 {
		return last, got
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // there may be less
	defer cancel()
	url := l.url + "/v1/executions"
	if last == "" {
		url += "?from=0"
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		q.Header.Set("Last-Event-ID", last)
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(r.Body)
		t.Fatalf("%d %s", r.StatusCode, text)
	}
	id, lines := last, bufio.NewScanner(r.Body)
	for n > 0 && lines.Scan() {
		switch key, value, _ := strings.Cut(lines.Text(), ": "); key {
		case "id":
			id = value
		case "data":
			got, last = append(got, value), id
			n--
		case "event":
			t.Fatalf("the stream ends with an error: %s", lines.Text())
		}
	}
	return last, got
}
