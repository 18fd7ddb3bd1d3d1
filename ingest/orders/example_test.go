package orders_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/ingest/orders"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/local"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/book"
	"github.com/deadheat-io/deadheat/snapshots"
)

// An order is journalled, and answered by the fold. The same order again is not
// placed twice: it is answered as the first one was.
func Example() {
	ctx, cancel := context.WithCancel(context.Background())
	fs := vfs.NewMem()
	j, err := local.Open("journal", local.Options{FS: fs})
	must(err)
	must(projection.Genesis(ctx, j, "orders", 1, time.Now()))

	// The fold of the one partition; folded joins it to what the intake asks for.
	fold, folding := exampleFold(ctx, j, fs)

	intake, err := orders.New(orders.Config{Journal: j, Topic: "orders", Node: "n1", Answers: []orders.Answers{fold}})
	must(err)
	mux := http.NewServeMux()
	intake.Register(mux)
	running := make(chan error, 1)
	go func() { running <- intake.Run(ctx) }()
	for intake.Ready() != nil { // the lane is being claimed
		time.Sleep(time.Millisecond)
	}

	for _, line := range []string{
		`{"op":"market","market":"ACME","action":"create","kind":"shares","tick":"0.01"}`,
		`{"op":"new","market":"ACME","account":"a1","id":"c1","side":"buy","type":"limit","price":"101.25","qty":100}`,
		`{"op":"new","market":"ACME","account":"a1","id":"c1","side":"buy","type":"limit","price":"101.25","qty":100}`,
		`{"op":"new","market":"ACME","account":"a1","id":"c2","side":"buy","type":"limit","price":"101.255","qty":100}`,
		`{"op":"new","market":"ACME","account":"a1","id":"c3","side":"buy","type":"limit","prise":"101.25","qty":100}`,
	} {
		r := httptest.NewRequest("POST", "/v1/orders", strings.NewReader(line))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		status, _, _ := strings.Cut(w.Body.String(), ",")
		fmt.Printf("%d %s} duplicate=%t\n", w.Code, status, w.Header().Get(orders.DuplicateHeader) == "true")
	}
	cancel()
	must(<-running)
	folding()
	must(j.Close())
	// Output:
	// 200 {"status":"ACCEPTED"} duplicate=false
	// 200 {"status":"ACCEPTED"} duplicate=false
	// 200 {"status":"ACCEPTED"} duplicate=true
	// 422 {"status":"REJECTED"} duplicate=false
	// 400 {"status":"REJECTED"} duplicate=false
}

// exampleFold starts a fold of the partition, and returns what waits for its end.
func exampleFold(ctx context.Context, j *local.Journal, fs vfs.FS) (*folded, func()) {
	source, err := projection.FindSource(ctx, j, journal.Partition{Topic: "orders"})
	must(err)
	store, err := snapshots.Open("store", projection.Identity(source, book.New()), snapshots.Options{FS: fs})
	must(err)
	b := newRecorder()
	runner, err := projection.NewRunner(ctx, projection.Config{Journal: j, Source: source, Projection: b, Store: store})
	must(err)
	done := make(chan error, 1)
	go func() { done <- runner.Run(ctx) }()
	return &folded{runner, b}, func() {
		must(<-done)
		must(store.Close())
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
