package replay_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/local"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/offering"
	"github.com/deadheat-io/deadheat/replay"
)

// A journal is folded again from its beginning; the running store, if there is
// one, is not touched.
func Example() {
	ctx := context.Background()
	j, err := local.Open("journal", local.Options{FS: vfs.NewMem()})
	if err != nil {
		log.Fatal(err)
	}
	defer j.Close()
	if err := projection.Genesis(ctx, j, "feed.demo", 1, time.Unix(0, 0)); err != nil {
		log.Fatal(err)
	}
	p := journal.Partition{Topic: "feed.demo"}
	source, err := projection.FindSource(ctx, j, p)
	if err != nil {
		log.Fatal(err)
	}
	report, err := replay.Run(ctx, replay.Config{Journal: j, Source: source, Projection: offering.New(), To: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Projection, "of", report.Topic, "next", report.Next, "state hash", report.StateHash[:8])
	// Output: offering of feed.demo next 1 state hash 00000000
}
