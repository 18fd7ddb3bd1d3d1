package ingest_test

import (
	"context"
	"fmt"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// printer stands for a lane of a journal.
type printer struct{ next int64 }

func (p *printer) Append(_ context.Context, entries []journal.Entry, done func(first int64, err error)) error {
	first := p.next
	p.next += int64(len(entries))
	for _, e := range entries {
		fmt.Printf("append %s of %s\n", e.Kind, e.Key)
	}
	done(first, nil)
	return nil
}

func ExamplePump() {
	ctx := context.Background()
	durable := 0
	pump := ingest.NewPump(ingest.PumpConfig{
		Lane:    &printer{},
		Durable: func(_ int64, items []ingest.Item) { durable += len(items) },
	})
	defer pump.Close(ctx)
	for _, status := range []string{"STARTED", "FINISHED"} {
		err := pump.Put(ctx, ingest.Item{
			Body: &schema.Message{Kind: schema.KindEventStatus, Flow: schema.FlowRealtime, Offset: 7, ID: 1001, Status: status},
			Key:  []byte("1001"),
		})
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	if err := pump.Flush(ctx); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(durable, "records are in the journal")
	// Output:
	// append EVENT_STATUS_UPDATED of 1001
	// append EVENT_STATUS_UPDATED of 1001
	// 2 records are in the journal
}

func ExampleBackoff() {
	retry := ingest.Backoff{Rand: func() float64 { return 0 }}
	for range 3 {
		fmt.Println(retry.Next())
	}
	retry.Reset()
	fmt.Println(retry.Next())
	// Output:
	// 100ms
	// 200ms
	// 400ms
	// 100ms
}
