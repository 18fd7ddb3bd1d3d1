package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
)

// Of the benchmark of the API: so many clients send a batch each so often.
const (
	apiClients = 10
	apiBatch   = 100
	apiEvery   = 50 * time.Millisecond // 20,000 orders a second in all
	apiTime    = 10 * time.Second
)

// api measures how long answers take when orders come at a steady rate. A batch
// is late from the moment when it should have been sent, so that a slow answer
// counts for those behind it too.
func (b *bencher) api() error {
	c := &Config{
		Journal: localScheme + filepath.Join(b.dir, "api"), Data: filepath.Join(b.dir, "api-data"), HTTP: "127.0.0.1:0",
		Orders: OrderSettings{Node: "bench", Wait: "10s", InFlight: 50_000}, log: slog.New(slog.DiscardHandler),
	}
	e, err := newEngine(b.ctx, c, c.log)
	if err != nil {
		return err
	}
	defer e.close()
	server, err := serveAPI(e, c.HTTP)
	if err != nil {
		return err
	}
	defer server.stop()
	ctx, cancel := context.WithCancel(b.ctx)
	done := make(chan error, 1)
	go func() { done <- e.run(ctx, 0) }()
	defer func() { cancel(); <-done }()
	lines := orderBatches(int(apiTime/apiEvery)*apiClients*apiBatch + apiBatch)
	url := "http://" + server.addr + "/v1/orders"
	for range 100 { // the lane must be open first
		if err = postOrders(ctx, url, lines[0]); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		return err
	}
	late, err := offer(ctx, url, lines[1:])
	if err != nil {
		return err
	}
	slices.Sort(late)
	ms := func(q int) float64 { return float64(late[(len(late)-1)*q/1000].Microseconds()) / 1000 }
	n := len(late) * apiBatch
	b.result("OrderAPI/20k_per_second_offered", n, apiTime, ms(500), "ms_p50", ms(990), "ms_p99", ms(1000), "ms_max")
	return nil
}

// offer sends the batches on time and tells how late each answer was.
func offer(ctx context.Context, url string, batches [][]byte) ([]time.Duration, error) {
	var mu sync.Mutex
	var late []time.Duration
	group, ctx := errgroup.WithContext(ctx)
	start := time.Now()
	for i := range apiClients {
		group.Go(func() error {
			for at := i; at < len(batches); at += apiClients {
				due := start.Add(apiEvery*time.Duration(at/apiClients) + apiEvery*time.Duration(i)/apiClients)
				time.Sleep(time.Until(due))
				if err := postOrders(ctx, url, batches[at]); err != nil {
					return err
				}
				mu.Lock()
				late = append(late, time.Since(due))
				mu.Unlock()
			}
			return nil
		})
	}
	return late, group.Wait()
}

// postOrders sends a batch and reads all answers.
func postOrders(ctx context.Context, url string, batch []byte) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(batch))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/x-ndjson")
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	answers, err := io.ReadAll(r.Body)
	if err == nil && (r.StatusCode != http.StatusOK || bytes.Contains(answers, []byte("UNKNOWN"))) {
		err = fmt.Errorf("answer %d: %.200s", r.StatusCode, answers)
	}
	return err
}

// orderBatches are batches of mixed commands as clients send them.
func orderBatches(n int) (batches [][]byte) {
	for chunk := range slices.Chunk(mixedOrders(n), apiBatch) {
		var batch []byte
		for _, body := range chunk {
			batch = append(orderjson.AppendCommand(batch, orderjson.Command{Market: "ACME", Body: body.(schema.Command)}), '\n')
		}
		batches = append(batches, batch)
	}
	return batches
}
