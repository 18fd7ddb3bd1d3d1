package orders_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/ingest/orders"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/local"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/snapshots"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const outputs = "executions"

// rig is a journal and stores on file systems in memory, and what runs on them.
type rig struct {
	t       testing.TB
	files   vfs.FS
	dir     string // in it
	parts   int32
	change  func(*orders.Config)
	journal *faulty
	folds   []*folded
	intake  *orders.Intake
	mux     *http.ServeMux
	ran     chan error // what the intake's Run returned
	fails   bool       // the run is meant to end with an error, which was looked at
	stop    context.CancelFunc
	down    func()

	endFolds context.CancelFunc
}

func newRig(t testing.TB, partitions int32, change func(*orders.Config)) *rig {
	r := &rig{t: t, files: vfs.NewMem(), parts: partitions, change: change}
	r.start()
	t.Cleanup(func() { r.down() })
	return r
}

func (r *rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// start begins one life of the process.
func (r *rig) start() {
	ctx, cancel := context.WithCancel(context.Background())
	j, err := local.Open(filepath.Join(r.dir, "j"), local.Options{FS: r.files})
	r.ok(err)
	r.journal = &faulty{Journal: j, dead: make(map[string]bool)}
	r.ok(projection.Genesis(ctx, j, "orders", r.parts, time.Unix(1, 0)))
	r.ok(j.Create(ctx, outputs, r.parts))
	folding, endFolds := context.WithCancel(ctx)
	r.folds, r.fails, r.endFolds = nil, false, endFolds
	var answers []orders.Answers
	var closers []func()
	for i := range r.parts {
		f, end := r.fold(folding, j, i)
		r.folds = append(r.folds, f)
		answers = append(answers, f)
		closers = append(closers, end)
	}
	c := orders.Config{
		Journal: r.journal, Topic: "orders", Answers: answers, Node: "n1", Wait: 20 * time.Second,
		Backoff: ingest.Backoff{First: time.Millisecond, Cap: 10 * time.Millisecond},
	}
	if r.change != nil {
		r.change(&c)
	}
	r.intake, err = orders.New(c)
	r.ok(err)
	r.mux = http.NewServeMux()
	r.intake.Register(r.mux)
	var running context.Context
	running, r.stop = context.WithCancel(ctx)
	ran := make(chan error, 1)
	go func() { ran <- r.intake.Run(running) }()
	r.ran = ran
	r.down = func() {
		r.stop()
		if !r.fails {
			r.ok(<-ran)
		}
		cancel()
		for _, end := range closers {
			end()
		}
		r.ok(j.Close())
	}
	r.until("ready", func() bool { return r.intake.Ready() == nil })
}

// fold starts the fold of one partition.
func (r *rig) fold(ctx context.Context, j journal.Journal, index int32) (*folded, func()) {
	source, err := projection.FindSource(ctx, j, journal.Partition{Topic: "orders", Index: index})
	r.ok(err)
	b := newRecorder()
	store, err := snapshots.Open(filepath.Join(r.dir, fmt.Sprintf("s%d", index)), projection.Identity(source, b), snapshots.Options{FS: r.files})
	r.ok(err)
	runner, err := projection.NewRunner(ctx, projection.Config{
		Journal: j, Source: source, Projection: b, Store: store, Output: outputs, Interval: 20 * time.Millisecond,
	})
	r.ok(err)
	done := make(chan error, 1)
	go func() { done <- runner.Run(ctx) }()
	return &folded{runner, b}, func() {
		r.ok(<-done)
		r.ok(store.Close())
	}
}

// failure waits for the run to end with an error.
func (r *rig) failure() error {
	r.t.Helper()
	select {
	case err := <-r.ran:
		r.fails = true
		return err
	case <-time.After(30 * time.Second):
		r.t.Fatal("the run does not end")
		return nil
	}
}

// restart ends this life and begins the next.
func (r *rig) restart() {
	r.down()
	r.start()
}

// until waits for something that must come.
func (r *rig) until(what string, there func() bool) {
	r.t.Helper()
	for end := time.Now().Add(30 * time.Second); !there(); time.Sleep(200 * time.Microsecond) {
		if time.Now().After(end) {
			r.t.Fatalf("%s does not come: %v, %+v", what, r.intake.Ready(), r.intake.Stats())
		}
	}
}

const ndjson = "application/x-ndjson"

// do sends one request.
func (r *rig) do(method, path, media, body string) *httptest.ResponseRecorder {
	return r.doWith(context.Background(), method, path, media, body)
}

func (r *rig) doWith(ctx context.Context, method, path, media, body string) *httptest.ResponseRecorder {
	q := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	if media != "" {
		q.Header.Set("Content-Type", media)
	}
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, q)
	return w
}

// post sends one command.
func (r *rig) post(body string) *httptest.ResponseRecorder {
	return r.do("POST", "/v1/orders", "application/json", body)
}

// must sends one command that is accepted.
func (r *rig) must(body string) string {
	r.t.Helper()
	w := r.post(body)
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), `{"status":"ACCEPTED"`) {
		r.t.Fatalf("%s\n%d: %s", body, w.Code, w.Body)
	}
	return w.Body.String()
}

// create opens a market of shares.
func (r *rig) create(market string) {
	r.t.Helper()
	r.must(`{"op":"market","market":"` + market + `","action":"create","kind":"shares","tick":"0.01","cmd":"create"}`)
}

// append journals one record in another lane than the intake's, or in the same one
// as another process would.
func (r *rig) append(partition int32, lane string, body schema.Body) {
	r.t.Helper()
	ctx := context.Background()
	f := r.folds[partition]
	l, err := journal.OpenLane(ctx, journal.LaneConfig{
		Journal: r.journal.Journal, Partition: f.Status().Source.Partition, Name: lane, Fold: f, Encode: codec.Body,
	})
	r.ok(err)
	done := make(chan error, 1)
	r.ok(l.Append(ctx, []journal.Entry{{Kind: body.RecordKind(), Body: codec.Body(body)}}, func(_ int64, err error) { done <- err }))
	r.ok(<-done)
}

// limit is a limit order.
func limit(market, account, id, side, price string, qty int) string {
	return fmt.Sprintf(`{"op":"new","market":%q,"account":%q,"id":%q,"side":%q,"type":"limit","price":%q,"qty":%d}`, market, account, id, side, price, qty)
}

// want checks an answer's status and what its body holds.
func (r *rig) want(w *httptest.ResponseRecorder, status int, parts ...string) {
	r.t.Helper()
	for _, part := range parts {
		if !strings.Contains(w.Body.String(), part) {
			r.t.Errorf("%d: %s\nwant %s", w.Code, w.Body, part)
		}
	}
	if w.Code != status {
		r.t.Errorf("%d, want %d: %s", w.Code, status, w.Body)
	}
}
