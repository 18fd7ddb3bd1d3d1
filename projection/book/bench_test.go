package book

import (
	"bytes"
	"fmt"
	"math/rand"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
)

// flow is a mixed flow of records: 60 % add, 30 % cancel, 10 % trade, in one
// market with about 10,000 orders, of 100 accounts.
func flow(n int) []journal.Record {
	rng := rand.New(rand.NewSource(1))
	records := []journal.Record{record(0, &schema.Market{Action: schema.MarketCreate, Kind: schema.Some(schema.SharesMarket)})}
	type id struct{ account, id string }
	var open []id
	for i := 1; len(records) < n; i++ {
		o := &schema.OrderNew{
			Account: fmt.Sprintf("account%d", rng.Intn(100)), ID: fmt.Sprintf("order-%08d", i), Type: schema.OrderLimit, TIF: schema.GTC,
			Side: schema.Side(1 + i%2), Qty: 1 + rng.Int63n(100), SentAt: schema.Some(schema.Time(i)),
		}
		far := 1 + rng.Int63n(500)
		switch roll := rng.Intn(10); {
		case len(open) > 10_000 && roll < 3:
			k := rng.Intn(len(open))
			c := &schema.OrderCancel{Account: open[k].account, ID: open[k].id}
			open[k] = open[len(open)-1]
			open = open[:len(open)-1]
			records = append(records, record(int64(len(records)), c))
			continue
		case roll == 3:
			o.TIF, far = schema.IOC, -5
		default:
			open = append(open, id{o.Account, o.ID})
		}
		if o.Price = schema.Some(schema.Whole(10_000 - far)); o.Side == schema.SideSell {
			o.Price.V = schema.Whole(10_000 + far)
		}
		records = append(records, record(int64(len(records)), o))
	}
	return records
}

func record(offset int64, body schema.Body) journal.Record {
	return journal.Record{Offset: offset, Kind: body.RecordKind(), Key: []byte("market"), Time: offset, Body: codec.Body(body)}
}

// BenchmarkFold decodes and applies commands; the outputs are discarded, or
// encoded as a runner does.
func BenchmarkFold(b *testing.B) {
	records := flow(1_000_000)
	for _, encode := range []bool{false, true} {
		b.Run(fmt.Sprintf("encoded=%t", encode), func(b *testing.B) {
			b.ReportAllocs()
			var p *Book
			var out []byte
			emit := func(_ []byte, body schema.Body) {
				if encode {
					out = codec.AppendBody(out[:0], body)
				}
			}
			for i := range b.N {
				if i%len(records) == 0 {
					p = New()
				}
				if err := p.Apply(&records[i%len(records)], emit); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
		})
	}
}

// loaded is a book with n resting orders, as a store has it.
func loaded(n int, markets int) (keys, values [][]byte) {
	p := New()
	discard := func([]byte, schema.Body) {}
	for i := range n + markets {
		var body schema.Body = &schema.Market{Action: schema.MarketCreate, Kind: schema.Some(schema.SharesMarket)}
		if i >= markets {
			body = &schema.OrderNew{
				Account: fmt.Sprintf("account%d", i%1000), ID: fmt.Sprintf("order-%08d", i), Type: schema.OrderLimit, TIF: schema.GTC,
				Side: schema.SideBuy, Qty: 10, Price: schema.Some(schema.Whole(int64(1 + i%5000))),
			}
		}
		r := record(int64(i), body)
		r.Key = fmt.Appendf(nil, "market%d", i%markets)
		if err := p.Apply(&r, discard); err != nil {
			panic(err)
		}
	}
	p.Dirty(func(key, value []byte, _ *projection.Cell) {
		keys, values = append(keys, bytes.Clone(key)), append(values, bytes.Clone(value))
	})
	return keys, values
}

func BenchmarkRestart100k(b *testing.B) {
	for _, markets := range []int{1, 100} {
		b.Run(fmt.Sprintf("markets=%d", markets), func(b *testing.B) {
			keys, values := loaded(100_000, markets)
			for b.Loop() {
				p := New()
				for i := range keys {
					if err := p.Load(keys[i], values[i], projection.Digest{}); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkDirty writes one market with 10,000 orders of which one changed.
func BenchmarkDirty10k(b *testing.B) {
	keys, values := loaded(10_000, 1)
	p := New()
	for i := range keys {
		if err := p.Load(keys[i], values[i], projection.Digest{}); err != nil {
			b.Fatal(err)
		}
	}
	var size int
	for b.Loop() {
		p.touch(p.byNumber[0])
		p.Dirty(func(_, value []byte, _ *projection.Cell) { size = len(value) })
	}
	b.ReportMetric(float64(size), "bytes")
}
