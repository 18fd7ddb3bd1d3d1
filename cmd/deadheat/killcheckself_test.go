package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/offering"
)

// A checker that cannot fail proves nothing: here everything is broken that it
// looks for.

// crafted is a small history that is as it must be, with what its writer and
// its readers were told.
type crafted struct {
	history
	told, toldOutputs []sample
	offsets           []int64
}

// at numbers the records again and stores their values, as a journal does.
func (c *crafted) at(p *[]journal.Record) {
	for i := range *p {
		r := &(*p)[i]
		r.Offset = int64(i)
		r.Value = codec.AppendRecord(nil, r)
	}
}

// craft makes a history of two epochs: a snapshot up to offset 3, real time,
// a take-over, and one record of the first writer behind it.
func craft(t *testing.T) *crafted {
	t.Helper()
	f := &fixture{}
	genesis := &schema.Genesis{Journal: "j", Topic: "feed.x", Partitions: 1}
	f.records = append(f.records, journal.Record{Kind: genesis.RecordKind(), Body: codec.Body(genesis)})
	message := func(epoch, seq int64, text string) {
		if err := f.message(epoch, seq, text); err != nil {
			t.Fatal(err)
		}
	}
	f.add(1, 0, "", &schema.Claim{Nonce: "1"})
	f.add(1, 1, "x", &schema.FeedUp{Source: "x"})
	f.add(1, 2, "x", &schema.SnapshotBegin{Source: "x"})
	f.add(1, 3, "x", &schema.SnapshotEnd{Source: "x", Offset: 3})
	message(1, 4, `{"type":"EVENT_ADDED","offset":7,"eventAdded":{"event":{"id":5,"status":"STARTED"}}}`)
	message(1, 5, `{"type":"EVENT_STATUS_UPDATED","offset":8,"eventStatusUpdated":{"id":5,"status":"SUSPENDED"}}`)
	f.add(2, 0, "", &schema.Claim{Nonce: "2"})
	message(1, 6, `{"type":"EVENT_DELETED","offset":9,"eventDeleted":{"id":5}}`) // of the writer that lost
	message(2, 1, `{"type":"EVENT_ADDED","offset":10,"eventAdded":{"event":{"id":6,"status":"STARTED"}}}`)
	message(2, 2, `{"type":"EVENT_ADDED","offset":11,"eventAdded":{"event":{"id":7,"status":"STARTED"}}}`)

	p := journal.Partition{Topic: "feed.x"}
	c := &crafted{offsets: []int64{2, 7, 8, 10, 11}}
	c.source = projection.Source{JournalID: "j", Topic: journal.Topic{Name: p.Topic, Partitions: 1}, Partition: p}
	c.feed = f.records
	c.at(&c.feed)
	for n := int64(0); n <= int64(len(c.feed)); n++ { // somebody was told of every position
		part := history{source: c.source, feed: c.feed[:n]}
		again, err := part.fold(offering.New(), nil)
		if err != nil {
			t.Fatal(err)
		}
		c.told = append(c.told, sample{n, again.chain, again.hash, "a client"})
		c.outputs = c.outputs[:0]
		for _, o := range again.outputs {
			r := journal.Record{Key: o.Key}
			if err := codec.DecodeRecord(o.Value, &r); err != nil {
				t.Fatal(err)
			}
			c.outputs = append(c.outputs, r)
		}
	}
	c.at(&c.outputs)
	if len(c.outputs) < 3 {
		t.Fatalf("only %d outputs", len(c.outputs))
	}
	chain := journal.NewChain()
	for i := range c.outputs {
		chain.Add(&c.outputs[i])
		c.toldOutputs = append(c.toldOutputs, sample{int64(i + 1), hex32(chain.Sum()), "", "a reader"})
	}
	return c
}

func TestCheckerTakesWhatIsRight(t *testing.T) {
	c := craft(t)
	again, twice, err := c.check(c.told, c.toldOutputs, c.offsets)
	if err != nil || twice != 0 || len(again.applied) != 7 {
		t.Fatalf("%d records took effect, %d outputs twice, %v", len(again.applied), twice, err)
	}
	c.outputs = append(c.outputs, c.outputs[1]) // the leavings of a take-over
	if _, twice, err = c.check(c.told, c.toldOutputs, c.offsets); err != nil || twice != 1 {
		t.Errorf("%d outputs twice, %v; want 1", twice, err)
	}
}

func TestCheckerFindsWhatIsWrong(t *testing.T) {
	cut := func(list *[]journal.Record, i int) { *list = slices.Delete(*list, i, i+1) }
	for _, broken := range []struct {
		name, want string
		do         func(c *crafted)
	}{
		{"a record is dropped", "records are missing", func(c *crafted) { cut(&c.feed, 5); c.told = nil }},
		{"the last record is dropped", "acknowledged records are lost", func(c *crafted) { cut(&c.feed, len(c.feed)-1) }},
		{"a message was never journalled", "1 of 5 messages were not journalled, the first has offset 11", func(c *crafted) { cut(&c.feed, len(c.feed)-1); c.told = nil }},
		{"a message took no effect", "the first has offset 9", func(c *crafted) { c.offsets = append(c.offsets, 9) }},
		{"a record has changed", "a record has changed", func(c *crafted) { c.feed[6].Time++ }},
		{"two records have changed places", "a record has changed", func(c *crafted) {
			a, b := &c.feed[9], &c.feed[10]
			a.Key, b.Key, a.Body, b.Body = b.Key, a.Key, b.Body, a.Body
		}},
		{"another state was told", "it folds to", func(c *crafted) { c.told[7].hash = c.told[2].hash }},
		{"outputs were changed behind a reader", "outputs: a reader was told", func(c *crafted) { c.toldOutputs[0].chain = c.toldOutputs[1].chain }},
		{"outputs are gone behind a reader", "records were lost", func(c *crafted) { cut(&c.outputs, len(c.outputs)-1) }},
		{"an output is flipped", "is not what a replay makes", func(c *crafted) { c.outputs[1].Body[len(c.outputs[1].Body)-1] ^= 1; c.toldOutputs = nil }},
		{"an output has another key", "is not what a replay makes", func(c *crafted) { c.outputs[1].Key = []byte("8"); c.toldOutputs = nil }},
		{"an output number is skipped", "outputs were lost", func(c *crafted) { cut(&c.outputs, 1); c.toldOutputs = nil }},
		{"the last output is missing", "a replay makes", func(c *crafted) { cut(&c.outputs, len(c.outputs)-1); c.toldOutputs = nil }},
		{"an output too many", "a replay makes only", func(c *crafted) {
			last := c.outputs[len(c.outputs)-1]
			last.Seq++
			c.outputs = append(c.outputs, last)
		}},
		{"a repeated output differs", "is not what a replay makes", func(c *crafted) {
			again := c.outputs[0]
			again.Time++
			c.outputs = append(c.outputs, again)
		}},
	} {
		t.Run(broken.name, func(t *testing.T) {
			c := craft(t)
			broken.do(c)
			c.at(&c.feed)
			c.at(&c.outputs)
			_, _, err := c.check(c.told, c.toldOutputs, c.offsets)
			if err == nil || !strings.Contains(err.Error(), broken.want) {
				t.Errorf("the checker says %v, want %q", err, broken.want)
			}
		})
	}
}

// A fold that breaks the law of lanes is caught, whatever its own idea of it.
func TestCheckerFindsWrongEffects(t *testing.T) {
	c := craft(t)
	again, err := c.fold(offering.New(), nil)
	if err != nil {
		t.Fatal(err)
	}
	right := again.applied
	for name, applied := range map[string][]int64{
		"twice":          slices.Insert(slices.Clone(right), 4, right[3]),
		"not at all":     slices.Delete(slices.Clone(right), 3, 4),
		"not the last":   right[:len(right)-1],
		"of the zombie":  slices.Insert(slices.Clone(right), 5, 8),
		"in other order": {2, 3, 4, 6, 5, 9, 10},
	} {
		if err := checkApplied(c.feed, applied); err == nil {
			t.Errorf("a record took effect %s and nothing was found: %v, right is %v", name, applied, right)
		}
	}
	c.feed = slices.Delete(c.feed, 5, 6)
	if err := checkApplied(c.feed, right); err == nil || !strings.Contains(err.Error(), "records were lost") {
		t.Errorf("a lost record: %v", err)
	}
}
