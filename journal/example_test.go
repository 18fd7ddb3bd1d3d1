package journal_test

import (
	"fmt"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// Two writers share a lane. The log decides which records take effect, the
// same for every reader.
func ExampleLanes() {
	partition := journal.Partition{Topic: "orders", Index: 0}
	log := []journal.Record{
		{Kind: schema.KindClaim, Lane: "intake/a", Epoch: 1, Body: []byte("first")},
		{Lane: "intake/a", Epoch: 1, Seq: 1},
		{Kind: schema.KindClaim, Lane: "intake/a", Epoch: 2, Body: []byte("second")},
		{Lane: "intake/a", Epoch: 1, Seq: 2},
		{Lane: "intake/a", Epoch: 2, Seq: 1},
		{Lane: "intake/a", Epoch: 2, Seq: 1},
		{Lane: "intake/a", Epoch: 2, Seq: 3},
	}
	var lanes journal.Lanes
	for i := range log {
		r := &log[i]
		r.Offset = int64(i)
		if r.Kind == schema.KindClaim {
			fmt.Println(partition.At(r.Offset), "claim", lanes.Claim(r, string(r.Body)))
			continue
		}
		fate, err := lanes.Admit(partition, r)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(partition.At(r.Offset), fate)
	}
	// Output:
	// orders/0:0 claim applies
	// orders/0:1 applies
	// orders/0:2 claim applies
	// orders/0:3 stale
	// orders/0:4 applies
	// orders/0:5 duplicate
	// orders/0:6: corrupt: lane "intake/a" epoch 2: seq 3 where 2 comes next: records are missing
}

func ExampleParsePosition() {
	p, err := journal.ParsePosition("feed.demo/0:1200")
	fmt.Println(p.Topic, p.Index, p.Offset, err)
	// Output: feed.demo 0 1200 <nil>
}
