package codec_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// limit is an order as most are.
func limit() *schema.OrderNew {
	return &schema.OrderNew{
		Account: "a1", ID: "o1", Side: schema.SideBuy, Type: schema.OrderLimit, TIF: schema.GTC, Qty: 5, Price: schema.Some(schema.Whole(100)),
	}
}

// TestOrderBytes has the bytes of the commands as FORMAT.md describes them.
func TestOrderBytes(t *testing.T) {
	for want, body := range map[string]schema.Body{
		"9d a26131 a26f31 01 01 01 05 a3313030 c0 c0 c0 c2 00 c0": limit(),
		"94 a26131 a26f31 c0 c0":                                  &schema.OrderCancel{Account: "a1", ID: "o1"},
		"99 a26131 a26f31 a163 c0 07 c0 c0 c0 c0":                 &schema.OrderReplace{Account: "a1", ID: "o1", Cmd: schema.Some("c"), Qty: schema.Some(int64(7))},
		"93 c0 c0 c0":           &schema.MassCancel{},
		"95 c0 c2 c0 c0 c0":     &schema.Kill{},
		"95 a161 c3 c0 c0 a172": &schema.Kill{Account: schema.Some("a"), Release: true, Reason: schema.Some("r")},
		"9a 01 02 c0 c0 92 a4312e3031 a4312e3230 c0 c0 c0 c0 c0": &schema.Market{
			Action: schema.MarketCreate, Kind: schema.Some(schema.OddsMarket),
			Ladder: []schema.Decimal{{Units: 101, Places: 2}, {Units: 120, Places: 2}},
		},
		"9a 01 01 a4302e3235 64 c0 c0 c0 c0 c0 c0": &schema.Market{
			Action: schema.MarketCreate, Kind: schema.Some(schema.SharesMarket), Tick: schema.Some(schema.Decimal{Units: 25, Places: 2}), Lot: schema.Some(int64(100)),
		},
		"9a 02 c0 c0 c0 c0 c0 c0 c0 94 a166 00 09 01 c0": &schema.Market{
			Action: schema.MarketHalt, Cause: schema.Some(schema.Cause{Topic: "f", Offset: 9, Part: 1}),
		},
		"98 0a c0 c0 c0 c0 c0 c0 c0": &schema.BookLimits{AccountOrders: schema.Some(int64(10))},
		"90":                         &schema.Tick{},
		"93 09 00 91 97 02 01 50 a26131 a26f31 c0 01": &schema.Executions{Cause: 9, Items: []schema.Execution{{
			Type: schema.ExecRejected, Seq: 1, Command: schema.KindOrderNew, Code: schema.RejectUnknownMarket,
			Order: schema.OrderState{Account: "a1", ID: "o1"},
		}}},
	} {
		if have, _ := hex.DecodeString(strings.ReplaceAll(want, " ", "")); !bytes.Equal(codec.Body(body), have) {
			t.Errorf("%s is %x, want %s", body.RecordKind(), codec.Body(body), want)
		}
	}
}

// TestUnknownNumbers has what a later build may write: this one must stop.
func TestUnknownNumbers(t *testing.T) {
	order := codec.Body(limit())
	for _, c := range []struct {
		at   int
		what string
		next byte
	}{{7, "side", 6}, {8, "type", 5}, {9, "tif", 6}, {19, "stp", 5}} {
		for _, n := range []byte{c.next, 0x7f, 0xff} {
			b := bytes.Clone(order)
			b[c.at] = n
			var d *codec.DecodeError
			_, err := codec.DecodeBody(schema.KindOrderNew, b)
			if want := fmt.Sprintf("%s %d is not known", c.what, int8(n)); !errors.As(err, &d) || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
		}
	}
	for name, b := range map[string]string{
		"side 257":            "\x9d\xa2a1\xa2o1\xcd\x01\x01\x01\x01\x05\xa3100\xc0\xc0\xc0\xc2\x00\xc0",
		"no decimal":          "\x9d\xa2a1\xa2o1\x01\x01\x01\x05\xa3010\xc0\xc0\xc0\xc2\x00\xc0",
		"a whole number":      "\x9d\xa2a1\xa2o1\x01\x01\x01\x05\x64\xc0\xc0\xc0\xc2\x00\xc0",
		"execution 8":         "\x93\x00\x00\x91\x9a\x08\x01\xc0\x01\xa0\xa0\x01\x01\x01\x01",
		"short of a trade":    "\x93\x00\x00\x91\x9a\x03\x01\xa11\x01\xa0\xa0\x01\x01\x01\x01",
		"trade without price": "\x93\x00\x00\x91\xdc\x00\x10\x03\x01\xc0\x01\xa0\xa0\x01\x01\x01\x01\xa0\xa0\x01\x01\x01\x01",
		"TICK rejected":       "\x93\x00\x00\x91\x97\x02\x01\x56\xa0\xa0\xc0\x01",
		"partition -1":        "\x9a\x02\xc0\xc0\xc0\xc0\xc0\xc0\xc0\x94\xa1f\xff\x09\x01\xc0",
	} {
		kind := schema.KindExecutions
		switch b[0] {
		case '\x9d':
			kind = schema.KindOrderNew
		case '\x9a':
			kind = schema.KindMarket
		}
		if body, err := codec.DecodeBody(kind, []byte(b)); err == nil || body != nil {
			t.Errorf("%s: %+v", name, body)
		}
	}
}

// TestNonsenseIsRead holds because a gate that was less strict may have
// journalled it: no decoder stops at values, only at forms.
func TestNonsenseIsRead(t *testing.T) {
	order := limit()
	order.Account, order.ID, order.Qty, order.Price, order.PostOnly, order.TIF = strings.Repeat("a", 999), "\x00", -5, schema.Opt[schema.Decimal]{}, true, schema.FOK
	for _, c := range []schema.Command{
		order, &schema.OrderReplace{}, &schema.OrderCancel{}, &schema.BookLimits{},
		&schema.Market{Action: schema.MarketClose, Kind: schema.Some(schema.SharesMarket), Ladder: []schema.Decimal{}},
	} {
		if c.Check() == nil {
			t.Errorf("%s: it is no nonsense", c.RecordKind())
		}
		roundTrip(t, c)
	}
}

// FuzzBook proves the law on what a book folds and makes: what decodes encodes
// to the same bytes, the oracle reads and writes them too, and memory follows the
// bytes at hand. Commands are checked besides, which must not panic.
func FuzzBook(f *testing.F) {
	for kind := schema.KindOrderNew; kind <= schema.KindExecutions; kind++ {
		if kind.Known() {
			f.Add(uint8(kind), codec.Body(generate(kind, new(full))))
			f.Add(uint8(kind), codec.Body(generate(kind, empty{})))
		}
	}
	f.Add(uint8(schema.KindOrderNew), codec.Body(limit()))
	f.Add(uint8(schema.KindExecutions), goldenBody(schema.KindExecutions))
	f.Add(uint8(schema.KindExecutions), []byte("\x93\x01\x00\xdd\xff\xff\xff\xff"))
	f.Add(uint8(schema.KindMarket), []byte("\x9a\x01\x02\xc0\xc0\xdc\xff\xff"))
	f.Fuzz(func(t *testing.T, number uint8, b []byte) {
		kind := schema.Kind(number)
		var body schema.Body
		var err error
		if got := allocated(func() { body, err = codec.DecodeBody(kind, b) }); got > 64<<10+64*uint64(len(b)) {
			t.Fatalf("%d bytes allocated for %d", got, len(b))
		}
		canonical(t, kind, b)
		if err != nil {
			return
		}
		if other, err := oracle(b); err != nil || !bytes.Equal(other, b) {
			t.Fatalf("the oracle makes %x of %x, %v", other, b, err)
		}
		if c, ok := body.(schema.Command); ok {
			_ = c.Check()
		}
	})
}
