package offering_test

import (
	"fmt"
	"log"
	"os"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
	"github.com/deadheat-io/deadheat/projection/offering"
)

// A patch that arrives before the entity that it changes, with a higher offset,
// wins all the same.
func Example() {
	p := offering.New()
	decoder := kambijson.NewDecoder()
	for i, message := range []string{
		`{"type":"EVENT_STATUS_UPDATED","offset":12,"eventStatusUpdated":{"id":1,"status":"STARTED"}}`,
		`{"type":"EVENT_ADDED","offset":11,"eventAdded":{"event":{"id":1,"sport":"FOOTBALL","status":"NOT_STARTED"}}}`,
	} {
		body, err := decoder.Decode([]byte(message), schema.FlowRealtime)
		if err != nil {
			log.Fatal(err)
		}
		record := journal.Record{Offset: int64(i), Kind: body.RecordKind(), Body: codec.Body(body)}
		err = p.Apply(&record, func(_ []byte, out schema.Body) {
			fmt.Println("surfaced:", out.(*schema.Surfaced).Items[0].Type)
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	if err := p.Export(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// surfaced: event_data
	// {"betOffers":{},"events":{"1":{"id":1,"sport":"FOOTBALL","status":"STARTED"}}}
}
