package local_test

import (
	"context"
	"fmt"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/journaltest"
	"github.com/deadheat-io/deadheat/journal/local"
)

// A writer appends, and a second journal on the same directory reads. On disk,
// leave FS out.
func Example() {
	ctx, fs := context.Background(), vfs.NewMem()
	w, err := local.Open("journal", local.Options{FS: fs})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Close()
	feed := journal.Partition{Topic: "feed.demo"}
	if err := w.Create(ctx, feed.Topic, 1); err != nil {
		fmt.Println(err)
	}
	first, err := journal.AppendWait(ctx, w, feed, journaltest.Records(3)...)
	fmt.Println("appended from", first, err)

	r, err := local.Open("journal", local.Options{FS: fs, ReadOnly: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	start, end, err := r.Bounds(ctx, feed)
	fmt.Println("bounds", start, end, err)
	err = journal.ReadRange(ctx, r, feed, start, end, func(rec *journal.Record) error {
		fmt.Println(feed.At(rec.Offset), rec.Kind, string(rec.Key))
		return nil
	})
	fmt.Println(err)
	// Output:
	// appended from 0 <nil>
	// bounds 0 3 <nil>
	// feed.demo/0:0 FEED_UP key-0
	// feed.demo/0:1 FEED_UP key-1
	// feed.demo/0:2 FEED_UP key-2
	// <nil>
}
