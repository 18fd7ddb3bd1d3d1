package bridge_test

import (
	"fmt"
	"log"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection/sink/bridge"
)

// A market follows its offer: it is made when the offer opens, halted while it is
// suspended or the feed is down, and closed with it. Start runs the folds of a
// feed and of the books, and a bridge between them.
func Example() {
	fs := vfs.NewMem()
	j, err := openJournal(fs)
	if err != nil {
		log.Fatal(err)
	}
	defer j.Close()
	p := start(func(err error) { log.Fatal(err) }, fs, "a", j, func(c *bridge.Config) {
		c.Mapping = bridge.Mapping{Market: "{event}-{offer}"}
	})
	defer p.stop()
	feed := p.feedLane()
	tell := func(bodies ...schema.Body) {
		p.put(feed, "7", bodies...)
		p.settle()
		fmt.Println(p.states())
	}
	tell(p.up()...)
	tell(p.offer(71, "OPEN"))
	tell(p.status(71, "SUSPENDED"))
	tell(p.status(71, "OPEN"))
	tell(&schema.FeedDown{Source: "t", Reason: "reset"})
	tell(p.up()...)
	tell(p.gone(71))
	// Output:
	// map[]
	// map[7-71:open]
	// map[7-71:halted]
	// map[7-71:open]
	// map[7-71:halted]
	// map[7-71:open]
	// map[7-71:closed]
}
