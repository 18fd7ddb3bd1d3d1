package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/book"
)

// ordersCrafted is a small history of orders that is as it must be, with what
// clients were told.
type ordersCrafted struct {
	crafted
	heard    []heard
	requests map[string]int
}

// craftOrders makes a market in which an order of 5 rests, trades twice and is
// placed again.
func craftOrders(t *testing.T) *ordersCrafted {
	t.Helper()
	c := &ordersCrafted{requests: map[string]int{}}
	p := journal.Partition{Topic: ordersTopic}
	c.source = projection.Source{JournalID: "j", Topic: journal.Topic{Name: p.Topic, Partitions: 1}, Partition: p}
	f := &fixture{}
	genesis := &schema.Genesis{Journal: "j", Topic: ordersTopic, Partitions: 1}
	f.records = append(f.records, journal.Record{Kind: genesis.RecordKind(), Body: codec.Body(genesis)})
	f.add(1, 0, "", &schema.Claim{Nonce: "1"})
	order := func(account, id string, side schema.Side, qty int64) schema.Command {
		return &schema.OrderNew{Account: account, ID: id, Side: side, Type: schema.OrderLimit, TIF: schema.GTC, Qty: qty, Price: schema.Some(schema.Whole(10))}
	}
	var asks []*ask
	for i, body := range []schema.Command{
		&schema.Market{Action: schema.MarketCreate, Kind: schema.Some(schema.SharesMarket)},
		order("al", "1", schema.SideSell, 5), order("bo", "1", schema.SideBuy, 2), order("bo", "2", schema.SideBuy, 2),
		order("al", "1", schema.SideSell, 5), order("al", "1", schema.SideSell, 6),
	} {
		a, err := newAsk("m", body)
		if err != nil {
			t.Fatal(err)
		}
		a.since = time.Duration(10 * i)
		asks = append(asks, a)
		c.requests[a.content()]++
		f.add(1, int64(i+1), "m", a.body)
	}
	c.feed = f.records
	c.at(&c.feed)
	l := &ledger{book: book.New(), answers: map[int64]book.Answer{}}
	l.book.Notify(func(a *book.Answer) { l.answers[a.Offset] = *a })
	again, err := c.fold(l.book, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range again.outputs {
		var r journal.Record
		if err := codec.DecodeRecord(o.Value, &r); err != nil {
			t.Fatal(err)
		}
		r.Offset, r.Key, r.Value = int64(i), o.Key, o.Value
		c.outputs = append(c.outputs, r)
	}
	for i, a := range asks {
		answer := l.answers[int64(i+2)]
		first := l.answers[answer.Original]
		c.heard = append(c.heard, heard{a, tellOf(&first, a.body), answer.Repeated(), a.since + 9})
	}
	return c
}

func (c *ordersCrafted) judge() error {
	l, err := foldOrders(&c.history, c.told, c.toldOutputs)
	if err != nil {
		return err
	}
	return l.check(c.heard, c.requests)
}

// TestCheckerOfOrdersFinds breaks everything that the checker of orders looks for.
func TestCheckerOfOrdersFinds(t *testing.T) {
	if err := craftOrders(t).judge(); err != nil {
		t.Fatalf("nothing is wrong: %v", err)
	}
	tell := func(i int, from, to string) func(*ordersCrafted) {
		return func(c *ordersCrafted) { c.heard[i].text = strings.Replace(c.heard[i].text, from, to, 1) }
	}
	for name, fault := range map[string]struct {
		plant func(*ordersCrafted)
		want  string
	}{
		"an accepted record is lost":    {func(c *ordersCrafted) { c.feed, c.outputs = c.feed[:5], c.outputs[:2] }, "lost"},
		"a record in the middle":        {func(c *ordersCrafted) { c.feed = slices.Delete(c.feed, 4, 5); c.at(&c.feed) }, "seq"},
		"an execution is changed":       {func(c *ordersCrafted) { c.outputs[2].Value = slices.Clone(c.outputs[1].Value) }, "not what a replay makes"},
		"an execution is lost":          {func(c *ordersCrafted) { c.outputs = slices.Delete(c.outputs, 1, 2) }, "outputs were lost"},
		"the last execution is lost":    {func(c *ordersCrafted) { c.outputs = c.outputs[:len(c.outputs)-1] }, "a replay makes"},
		"a number twice, other bytes":   {func(c *ordersCrafted) { r := c.outputs[1]; r.Value = []byte("x"); c.outputs = append(c.outputs, r) }, "not what a replay makes"},
		"another answer":                {tell(2, `"filled":2`, `"filled":1`), "a fresh fold answers"},
		"accepted, and it was not":      {tell(5, "REJECTED", "ACCEPTED"), "a fresh fold answers"},
		"rejected, and it took effect":  {tell(1, "ACCEPTED", "REJECTED"), "a fresh fold answers"},
		"another position":              {tell(3, `"offset":5`, `"offset":4`), "that record is"},
		"a repetition with other bytes": {tell(4, `"leaves":5`, `"leaves":1`), "a fresh fold answers"},
		"a repetition that is not told": {func(c *ordersCrafted) { c.heard[4].duplicate = false }, "two clients"},
		"journalled more than sent":     {func(c *ordersCrafted) { c.requests[c.heard[1].content()] = 1 }, "times at most"},
		"answered before it was sent":   {func(c *ordersCrafted) { c.heard[3].until = 1 }, "before it"},
		"a hash that differs":           {func(c *ordersCrafted) { c.told = []sample{{3, "00", "00", "somebody"}} }, "was told"},
	} {
		c := craftOrders(t)
		fault.plant(c)
		if err := c.judge(); err == nil || !strings.Contains(err.Error(), fault.want) {
			t.Errorf("%s: found %v, want %q", name, err, fault.want)
		}
	}
}

// TestCheckerOfOrdersAddsUp breaks what happened itself: no fold makes such
// executions.
func TestCheckerOfOrdersAddsUp(t *testing.T) {
	for name, fault := range map[string]struct {
		plant func(l *ledger)
		want  string
	}{
		"nothing":            {func(*ledger) {}, ""},
		"traded too much":    {func(l *ledger) { l.did[4][1].Qty = 3 }, "has traded 3"},
		"bought, not sold":   {func(l *ledger) { l.did[4][1].Maker.Side = schema.SideBuy }, "more were bought"},
		"accepted twice":     {func(l *ledger) { l.did[5] = append(l.did[5], l.did[3]...) }, "accepted twice"},
		"effect of a repeat": {func(l *ledger) { l.did[6] = l.did[3] }, "repeats 3"},
		"a refused effect":   {func(l *ledger) { l.did[7] = append(l.did[7], l.did[4][1]) }, "was refused"},
		"applied again":      {func(l *ledger) { a := l.answers[6]; a.Original = 6; l.answers[6] = a }, "answered by 6"},
	} {
		c := craftOrders(t)
		l, err := foldOrders(&c.history, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		fault.plant(l)
		if err = l.checkOnce(); err == nil || fault.want == "accepted twice" {
			err = checkSums(l.did)
		}
		if fault.want == "" && err != nil || fault.want != "" && (err == nil || !strings.Contains(err.Error(), fault.want)) {
			t.Errorf("%s: found %v, want %q", name, err, fault.want)
		}
	}
}
