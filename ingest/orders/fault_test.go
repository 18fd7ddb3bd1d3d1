package orders_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/ingest/orders"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/local"
	"github.com/deadheat-io/deadheat/journal/schema"
)

func shortWait(c *orders.Config) { c.Wait = 30 * time.Millisecond }

// TestLostAppend has appends whose fate the journal does not know. They are
// UNKNOWN, and the same command again finds out.
func TestLostAppend(t *testing.T) {
	for _, landed := range []bool{true, false} {
		r := newRig(t, 1, nil)
		r.create("M")
		order := limit("M", "a", "1", "buy", "10.00", 5)
		r.journal.set(losing)
		if landed {
			r.journal.set(landing)
		}
		r.want(r.post(order), 504, `{"status":"UNKNOWN","error":"the command may be in the journal: append to orders/0: outcome unknown: `+errDisk.Error(), "send the same command again")
		if w := r.post(order); w.Code != 503 && w.Code != 504 { // the next lane is not open yet, or is lost as well
			t.Errorf("%d: %s", w.Code, w.Body)
		}
		r.journal.set(sound)
		r.until("a new lane", func() bool { return r.intake.Ready() == nil })
		w := r.post(order)
		r.want(w, 200, `{"status":"ACCEPTED"`)
		if again := w.Header().Get(orders.DuplicateHeader) == "true"; again != landed {
			t.Errorf("landed %t: duplicate %t: %s", landed, again, w.Body)
		}
		if n := r.accepted("M")["a/1"]; n != 1 {
			t.Errorf("landed %t: accepted %d times", landed, n)
		}
		if s := r.intake.Stats(); s.Claims < 2 || s.Lost != s.Claims-1 || s.Unknown < 1 || s.Flying != 0 {
			t.Errorf("%+v", s)
		}
	}
}

// accepted counts how often each order was accepted, by the outputs.
func (r *rig) accepted(market string) map[string]int {
	r.t.Helper()
	n := make(map[string]int)
	for i, f := range r.folds {
		r.until("the outputs", func() bool { s := f.Status(); return s.Pending == 0 && s.Next == r.end(int32(i)) })
		out := journal.Partition{Topic: outputs, Index: int32(i)}
		_, end, err := r.journal.Bounds(context.Background(), out)
		r.ok(err)
		seen := make(map[int64]bool)
		r.ok(journal.ReadRange(context.Background(), r.journal, out, 0, end, func(record *journal.Record) error {
			if seen[record.Seq] || market != "" && string(record.Key) != market {
				return nil
			}
			seen[record.Seq] = true
			body, err := codec.DecodeBody(record.Kind, record.Body)
			r.ok(err)
			for _, x := range body.(*schema.Executions).Items {
				if x.Type == schema.ExecAccepted {
					n[x.Order.Account+"/"+x.Order.ID]++
				}
			}
			return nil
		}))
	}
	return n
}

// TestOvertaken has another process that claims the same lane.
func TestOvertaken(t *testing.T) {
	for _, told := range []bool{true, false} {
		r := newRig(t, 1, nil)
		r.create("M")
		r.intake.Overtaken(0, 1) // its own claim
		r.intake.Overtaken(7, 9) // no partition of it
		r.must(limit("M", "a", "0", "buy", "10.00", 5))
		r.append(0, "intake/n1", &schema.MassCancel{})
		if told {
			r.intake.Overtaken(0, 2)
		} else {
			w := r.post(limit("M", "a", "1", "buy", "10.00", 5))
			r.want(w, 504, `{"status":"UNKNOWN","error":"the command is in the journal, and what came of it is not known`)
		}
		if err := r.failure(); !errors.Is(err, journal.ErrLaneLost) || !strings.Contains(err.Error(), "another process") {
			t.Errorf("the run ended with %v", err)
		}
		r.want(r.post(limit("M", "a", "2", "buy", "10.00", 5)), 503, `{"status":"REJECTED","code":"`, "nothing was sent")
		if n := r.accepted("M"); n["a/1"] != 0 || n["a/2"] != 0 || n["a/0"] != 1 {
			t.Errorf("accepted %v", n)
		}
		r.restart() // the process begins anew and claims a higher epoch
		r.must(limit("M", "a", "1", "buy", "10.00", 5))
	}
}

// TestOvertakenWhileAway has the other process come while the lane is lost.
func TestOvertakenWhileAway(t *testing.T) {
	r := newRig(t, 1, func(c *orders.Config) { c.Backoff.First, c.Backoff.Cap = time.Hour, time.Hour })
	r.create("M")
	bounds := make(chan struct{})
	r.journal.delayBounds(bounds)
	r.journal.set(losing)
	r.want(r.post(limit("M", "a", "1", "buy", "10.00", 5)), 504)
	r.append(0, "intake/n1", &schema.MassCancel{})
	close(bounds)
	if err := r.failure(); !errors.Is(err, journal.ErrLaneLost) {
		t.Errorf("the run ended with %v", err)
	}
}

func TestTimer(t *testing.T) {
	r := newRig(t, 1, shortWait)
	r.until("an open market", func() bool {
		return r.post(`{"op":"market","market":"M","action":"create","kind":"shares","tick":"0.01","cmd":"create"}`).Code == 200
	})
	order := limit("M", "a", "1", "buy", "10.00", 5)
	r.journal.set(holding)
	r.want(r.post(order), 504, `{"status":"UNKNOWN","error":"the answer did not come in time`, "send the same command again")
	w := r.do("POST", "/v1/orders", ndjson, order+"\n{}\n"+order)
	if strings.Count(w.Body.String(), "UNKNOWN") != 2 || strings.Count(w.Body.String(), "REJECTED") != 1 || w.Code != 200 {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	if s := r.intake.Stats(); s.Flying != 3 || s.Unknown < 3 {
		t.Errorf("%+v", s)
	}
	r.journal.set(sound)
	r.until("the answers", func() bool { return r.intake.Stats().Flying == 0 })
	r.until("the one answer", func() bool {
		w = r.post(order)
		return w.Code == 200 && w.Header().Get(orders.DuplicateHeader) == "true"
	})
	if n := r.accepted("M")["a/1"]; n != 1 {
		t.Errorf("accepted %d times", n)
	}
}

func TestFull(t *testing.T) {
	r := newRig(t, 1, func(c *orders.Config) { c.Limits.Flying = 3 })
	r.create("M")
	r.journal.set(holding)
	var clients sync.WaitGroup
	for _, id := range []string{"1", "2"} {
		clients.Go(func() { r.want(r.post(limit("M", "a", id, "buy", "10.00", 5)), 200) })
	}
	r.until("both in flight", func() bool { return r.intake.Stats().Flying == 2 })
	before := r.intake.Stats().Commands
	three, four := limit("M", "a", "3", "buy", "10.00", 5)+"\n", limit("M", "a", "4", "buy", "10.00", 5)+"\n"
	w := r.do("POST", "/v1/orders", ndjson, three+four+"{}\n")
	r.want(w, 503, `{"status":"REJECTED","code":"busy","error":"too many commands are in flight, and nothing was sent`)
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	r.want(r.do("POST", "/v1/orders", ndjson, three+three+four+four), 413, `"code":"too_large"`)
	if n := r.intake.Stats().Commands; n != before {
		t.Errorf("%d commands were sent", n-before)
	}
	clients.Go(func() { r.want(r.post(strings.TrimSpace(three)), 200) })
	r.until("three in flight", func() bool { return r.intake.Stats().Flying == 3 })
	r.want(r.post(four), 503, `"code":"busy"`)
	r.journal.set(sound)
	clients.Wait()
	r.must(four)
	if s := r.intake.Stats(); s.Full != 2 || s.Flying != 0 {
		t.Errorf("%+v", s)
	}
}

func TestTooManyRequests(t *testing.T) {
	r := newRig(t, 1, func(c *orders.Config) { c.Limits.Requests = 1 })
	r.create("M")
	r.journal.set(holding)
	var client sync.WaitGroup
	client.Go(func() { r.want(r.post(limit("M", "a", "1", "buy", "10.00", 5)), 200) })
	r.until("one under way", func() bool { return r.intake.Stats().Flying == 1 })
	r.want(r.post(limit("M", "a", "2", "buy", "10.00", 5)), 503, `"code":"busy"`, "too many requests")
	r.want(r.do("GET", "/v1/orders/M/a/1", "", ""), 503, `"code":"busy"`)
	r.journal.set(sound)
	client.Wait()
	r.want(r.do("GET", "/v1/orders/M/a/1", "", ""), 200)
}

// TestBytes has limits of bytes and of lines.
func TestBytes(t *testing.T) {
	order := limit("M", "a", "1", "buy", "10.00", 5)
	r := newRig(t, 1, func(c *orders.Config) {
		c.Limits.Body, c.Limits.Bodies, c.Limits.Lines, c.Limits.FlyingBytes = 1000, 1000, 3, 90
	})
	r.create("M")
	long := limit("M", "a", "an id of many bytes, which are more than those of all the rest", "buy", "10.00", 5)
	r.want(r.do("POST", "/v1/orders", ndjson, "{}\n\n{}\n{}\n{}"), 413, `"code":"too_large"`, "more than 3 lines")
	r.want(r.post(order+strings.Repeat(" ", 1000)), 413, `"code":"too_large"`)
	r.want(r.do("POST", "/v1/orders", ndjson, long+"\n"+long), 413, `"code":"too_large"`, "of at most 90")
	r.journal.set(holding)
	var client sync.WaitGroup
	client.Go(func() { r.want(r.post(order+strings.Repeat(" ", 500)), 200) })
	r.until("one under way", func() bool { return r.intake.Stats().Flying == 1 })
	r.want(r.post(limit("M", "a", "2", "buy", "10.00", 5)+strings.Repeat(" ", 500)), 503, `"code":"busy"`, "too large together")
	r.want(r.post(long), 503, `"code":"busy"`, "in flight")
	r.journal.set(sound)
	client.Wait()
	r.must(limit("M", "a", "2", "buy", "10.00", 5) + strings.Repeat(" ", 500))
	if n := r.accepted("M"); len(n) != 2 {
		t.Errorf("accepted %v", n)
	}
}

// TestClaimOfOwn has a claim that seems to fail and wins: the next attempt must
// know it for its own.
func TestClaimOfOwn(t *testing.T) {
	r := newRig(t, 1, nil)
	r.create("M")
	r.journal.failClaims(3)
	r.journal.set(losing)
	r.want(r.post(limit("M", "a", "1", "buy", "10.00", 5)), 504)
	r.journal.set(sound)
	r.until("a new lane", func() bool { return r.intake.Ready() == nil })
	r.must(limit("M", "a", "1", "buy", "10.00", 5))
	state, err := r.folds[0].Lane(context.Background(), 0, "intake/n1")
	if err != nil || state.Epoch != 5 {
		t.Errorf("%+v, %v: want epoch 5, after 3 claims that seemed to fail", state, err)
	}
}

// TestClientLeaves has clients that go before and after their order is sent.
func TestClientLeaves(t *testing.T) {
	r := newRig(t, 1, nil)
	r.create("M")
	r.journal.set(holding)
	ctx, leave := context.WithCancel(context.Background())
	var client sync.WaitGroup
	client.Go(func() {
		r.doWith(ctx, "POST", "/v1/orders", "application/json", limit("M", "a", "1", "buy", "10.00", 5))
	})
	r.until("it in flight", func() bool { return r.intake.Stats().Flying == 1 })
	leave()
	client.Wait()
	r.doWith(ctx, "POST", "/v1/orders", "application/json", limit("M", "a", "2", "buy", "10.00", 5))
	r.journal.set(sound)
	r.until("its answer", func() bool { return r.intake.Stats().Flying == 0 })
	if n := r.accepted("M"); n["a/1"] != 1 || n["a/2"] != 0 {
		t.Errorf("accepted %v", n)
	}
	if s := r.intake.Stats(); s.Left != 2 {
		t.Errorf("%+v", s)
	}
}

func TestHooks(t *testing.T) {
	var ready, fresh atomic.Pointer[error]
	var asked atomic.Int64
	hook := func(p *atomic.Pointer[error]) error {
		if err := p.Load(); err != nil {
			return *err
		}
		return nil
	}
	r := newRig(t, 1, func(c *orders.Config) {
		c.Ready = func() error { return hook(&ready) }
		c.Fresh = func(_ context.Context, partition int32) error {
			asked.Add(1)
			return hook(&fresh)
		}
	})
	r.create("M")
	if asked.Load() != 1 {
		t.Errorf("Fresh was called %d times for one append", asked.Load())
	}
	before := r.end(0)
	behind := errors.New("the clock is 3 s off")
	ready.Store(&behind)
	order := limit("M", "a", "1", "buy", "10.00", 5)
	w := r.post(order)
	r.want(w, 503, `{"status":"REJECTED","code":"not_ready","error":"orders cannot be taken now, and nothing was sent: the clock is 3 s off"}`)
	if w.Header().Get("Retry-After") == "" || r.intake.Ready() == nil {
		t.Error("no Retry-After, or ready")
	}
	r.want(r.post(`{}`), 400) // says so whether ready or not
	ready.Store(nil)
	fresh.Store(&behind)
	w = r.post(order)
	r.want(w, 503, `{"status":"REJECTED","code":"not_stored","error":"it was not sent: the clock is 3 s off"}`)
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	r.want(r.do("POST", "/v1/orders", ndjson, order+"\n{}"), 200, `"code":"not_stored"`, `"code":"missing_field"`)
	if end := r.end(0); end != before {
		t.Errorf("the journal grew from %d to %d", before, end)
	}
	fresh.Store(nil)
	r.must(order)
}

// TestBrokenJournal has a journal that takes nothing any more.
func TestBrokenJournal(t *testing.T) {
	r := newRig(t, 1, nil)
	r.create("M")
	r.journal.set(broken)
	r.want(r.post(limit("M", "a", "1", "buy", "10.00", 5)), 503, `"code":"not_stored"`)
	if err := r.failure(); !errors.Is(err, journal.ErrFailed) {
		t.Errorf("the run ended with %v", err)
	}
}

// TestFoldEnds has a fold that stops: what was sent cannot be answered.
func TestFoldEnds(t *testing.T) {
	r := newRig(t, 1, nil)
	r.create("M")
	r.endFolds()
	r.want(r.post(limit("M", "a", "1", "buy", "10.00", 5)), 504, `"status":"UNKNOWN"`)
	if err := r.failure(); err == nil || !strings.Contains(err.Error(), "what became of the orders from 3 on") {
		t.Errorf("the run ended with %v", err)
	}
	r.want(r.do("GET", "/v1/orders/M/a/1", "", ""), 503, `"code":"not_ready"`)
	r.restart()
	w := r.post(limit("M", "a", "1", "buy", "10.00", 5))
	r.want(w, 200)
	if w.Header().Get(orders.DuplicateHeader) != "true" {
		t.Error("it was journalled, and is new")
	}
}

func TestNew(t *testing.T) {
	_, err := orders.New(orders.Config{Node: " x", Topic: "a/b"})
	for _, part := range []string{"journal: missing", `topic "a/b"`, `node " x"`, "answers: missing"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v: want %s", err, part)
		}
	}
	j, err := local.Open("j", local.Options{FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := j.Create(t.Context(), "orders", 1); err != nil {
		t.Fatal(err)
	}
	in, err := orders.New(orders.Config{Journal: j, Topic: "orders", Node: "n", Answers: []orders.Answers{&folded{}}})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	in.Register(mux)
	q := httptest.NewRequest("POST", "/v1/orders", strings.NewReader(limit("M", "a", "1", "buy", "1", 1)))
	q.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, q) // before Run
	if w.Code != 503 || !strings.Contains(w.Body.String(), "the lane is not open yet") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	if err := in.Run(t.Context()); !journal.IsCorrupt(err) || !strings.Contains(err.Error(), "GENESIS") {
		t.Errorf("an empty partition: %v", err)
	}
}
