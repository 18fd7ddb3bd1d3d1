package orders_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/ingest/orders"
)

// BenchmarkBatches sends batches of 100 orders from 8 clients as fast as they are
// answered, through a journal and stores on disk. Times are those of a batch.
func BenchmarkBatches(b *testing.B) { benchmark(b, 100, 0) }

// BenchmarkBatchesOffered does so at 20,000 orders a second.
func BenchmarkBatchesOffered(b *testing.B) { benchmark(b, 100, 20_000) }

// BenchmarkSingles sends one order at a time from each client.
func BenchmarkSingles(b *testing.B) { benchmark(b, 1, 0) }

// benchmark counts orders as operations.
func benchmark(b *testing.B, size, rate int) {
	const clients = 8
	r := &rig{t: b, files: vfs.Default, dir: b.TempDir(), parts: 1}
	r.start()
	defer func() { r.down() }()
	r.create("M")
	var left atomic.Int64
	left.Store(int64(b.N))
	var mu sync.Mutex
	var took []time.Duration
	start := time.Now()
	b.ResetTimer()
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			var body strings.Builder
			for n := 0; left.Add(-int64(size)) > -int64(size); n++ {
				body.Reset()
				for i := range size {
					side := [...]string{"buy", "sell"}[i%2]
					body.WriteString(limit("M", fmt.Sprint("a", c), fmt.Sprint(n*size+i), side, "10.00", 1) + "\n")
				}
				due := time.Now()
				if rate > 0 { // late answers count from when the batch was due
					due = start.Add(time.Duration(n*size*clients+c*size) * time.Second / time.Duration(rate))
					time.Sleep(time.Until(due))
				}
				media := ndjson
				if size == 1 {
					media = "application/json"
				}
				w := r.do("POST", "/v1/orders", media, body.String())
				t := time.Since(due)
				if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), `{"status":"`+orders.Accepted) {
					b.Errorf("%d: %.200s", w.Code, w.Body)
					return
				}
				mu.Lock()
				took = append(took, t)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(b.N)/float64(r.intake.Stats().Appends), "orders/append")
}
