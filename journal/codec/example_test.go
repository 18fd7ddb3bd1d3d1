package codec_test

import (
	"fmt"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

func Example() {
	body := codec.Body(&schema.FeedDown{Source: "demo", Reason: "stale"})
	value := codec.AppendRecord(nil, &journal.Record{
		Kind: schema.KindFeedDown, Lane: journal.LaneFeed, Epoch: 1, Seq: 7, Time: 1_000_000_000, Body: body,
	})
	fmt.Printf("%x\n", value)

	var r journal.Record
	if err := codec.DecodeRecord(value, &r); err != nil {
		fmt.Println(err)
		return
	}
	down, err := codec.DecodeBody(r.Kind, r.Body)
	fmt.Println(r.Kind, r.Lane, r.Epoch, r.Seq, r.When().Unix(), down.(*schema.FeedDown).Reason, err)

	value[1] = 2 // of a later format
	fmt.Println(codec.DecodeRecord(value, &r))
	// Output:
	// 970111a4666565640107ce3b9aca0092a464656d6fa57374616c65
	// FEED_DOWN feed 1 7 1 stale <nil>
	// record format 2 is not known to this build (it knows 1); use a newer build
}
