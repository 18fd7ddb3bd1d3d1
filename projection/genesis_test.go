package projection_test

import (
	"context"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// copied is a journal whose records were copied from another one: all is the
// same but what GENESIS says of the place.
type copied struct{ journal.Journal }

func (c copied) Read(ctx context.Context, p journal.Partition, from int64) (journal.Reader, error) {
	r, err := c.Journal.Read(ctx, p, from)
	return copiedReader{r}, err
}

type copiedReader struct{ journal.Reader }

func (c copiedReader) Next(ctx context.Context) ([]journal.Record, error) {
	records, err := c.Reader.Next(ctx)
	for i := range records {
		if records[i].Kind == schema.KindGenesis {
			records[i].Body = codec.Body(&schema.Genesis{Journal: "another", Topic: in.Topic, Partitions: 1})
		}
	}
	return records, err
}

// A start from a checkpoint folds no GENESIS; it is compared all the same.
func TestGenesisIsComparedAtEveryStart(t *testing.T) {
	r := newRig(t)
	r.add(5)
	r.ok(r.all(newTally()))
	r.add(1)
	c := r.config(newTally())
	c.Journal = copied{r.journal}
	err := r.run(c, caughtUp(8))
	if !journal.IsCorrupt(err) || !strings.Contains(err.Error(), "in/0:0") || !strings.Contains(err.Error(), "copied") {
		t.Fatalf("a copy in another journal was folded on: %v", err)
	}
}
