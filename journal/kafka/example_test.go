package kafka_test

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/kafka"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// A broker in this process stands for a cluster.
func Example() {
	broker, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer broker.Close()
	ctx := context.Background()
	j, err := kafka.Open(ctx, kafka.Options{Brokers: broker.ListenAddrs(), Prefix: "example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer j.Close()
	if err := j.Create(ctx, "feed.demo", 1); err != nil {
		fmt.Println(err)
		return
	}
	p := journal.Partition{Topic: "feed.demo"}
	body := codec.Body(&schema.FeedUp{Source: "demo"})
	first, err := journal.AppendWait(ctx, j, p, journal.Record{Kind: schema.KindFeedUp, Time: 1e18, Key: []byte("demo"), Body: body})
	fmt.Println(first, err)
	err = journal.ReadRange(ctx, j, p, 0, 1, func(r *journal.Record) error {
		fmt.Println(r.Offset, r.Kind, r.When().Format("2006-01-02"))
		return nil
	})
	_, err2 := j.Read(ctx, p, 7)
	fmt.Println(err, err2)
	// Output:
	// 0 <nil>
	// 0 FEED_UP 2001-09-09
	// <nil> feed.demo/0:7: offset out of range: it holds 0 to 1
}
