package orderjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
)

// FuzzDecode has the laws of every line: what is taken is one flat JSON object of
// which another reader says the same, and comes back from its own writing.
func FuzzDecode(f *testing.F) {
	for _, l := range lines {
		f.Add([]byte(l.in))
	}
	f.Add([]byte(`{"op":"new","market":"M","account":"a","id":"o","side":"buy","type":"limit","price":"1.5","qty":1,"time":"2026-01-01T00:00:00Z"}`))
	f.Add([]byte(`{"op":"new","qty":1e3,"\u0071ty":"\ud83d\ude00"}`))
	f.Add([]byte("{\"\xff\":null}"))
	f.Fuzz(func(t *testing.T, line []byte) {
		was := bytes.Clone(line)
		c, err := orderjson.Decode(line, orderjson.Options{Time: true})
		if !bytes.Equal(was, line) {
			t.Fatal("the line was changed")
		}
		var e *orderjson.Error
		switch {
		case errors.As(err, &e):
			if e.Code == "" || e.Text == "" || len(e.Text) > 320 || !utf8.ValidString(e.Text) || !utf8.ValidString(e.Field) {
				t.Fatalf("%q is refused with %+v", line, e)
			}
			if e.Code == orderjson.CodeBadJSON && json.Valid(line) && utf8.Valid(line) && line[0] == '{' && !strings.ContainsAny(string(line), `\`) {
				t.Fatalf("%q is JSON and was refused as none: %v", line, e)
			}
			return
		case err != nil:
			t.Fatalf("%q: %T, want an *Error", line, err)
		}
		if err := c.Body.Check(); err != nil {
			t.Fatalf("%q was taken: %v", line, err)
		}
		agrees(t, line, c)
		back(t, c)
	})
}

// agrees holds a command against what encoding/json reads in the same line.
func agrees(t *testing.T, line []byte, c orderjson.Command) {
	t.Helper()
	var other struct {
		Op, Market string
		TIF        *string
	}
	if err := json.Unmarshal(line, &other); err != nil || other.Op != c.Op || other.Market != c.Market {
		t.Fatalf("%q is %+v, and to encoding/json %+v, %v", line, c, other, err)
	}
	body := reflect.New(reflect.TypeOf(c.Body).Elem()).Interface().(schema.Command)
	if err := json.Unmarshal(line, body); err != nil {
		t.Fatalf("%q: encoding/json refuses it: %v", line, err)
	}
	if o, ok := body.(*schema.OrderNew); ok && other.TIF == nil {
		o.TIF = c.Body.(*schema.OrderNew).TIF // the default is ours alone
	}
	if !reflect.DeepEqual(body, c.Body) {
		t.Fatalf("%q is %+v, and to encoding/json %+v", line, c.Body, body)
	}
}

func back(t *testing.T, c orderjson.Command) {
	t.Helper()
	line := orderjson.AppendCommand(nil, c)
	again, err := orderjson.Decode(line, orderjson.Options{Time: true})
	if err != nil || !reflect.DeepEqual(again, c) {
		t.Fatalf("%+v of %+v is written %s and reads as %+v of %+v, %v", c, c.Body, line, again, again.Body, err)
	}
}

// FuzzCommand writes orders of any content: those that pass the check come back.
func FuzzCommand(f *testing.F) {
	f.Add("M", "a", "o", uint8(1), uint8(1), uint8(1), int64(1), int64(150), uint8(2), int64(0), true, uint8(0))
	f.Add("é", "\"\\", "\u2028", uint8(5), uint8(4), uint8(4), int64(1<<62), int64(1), uint8(9), int64(1e18), false, uint8(4))
	f.Fuzz(func(t *testing.T, market, account, id string, side, typ, tif uint8, qty, units int64, places uint8, at int64, post bool, stp uint8) {
		d := schema.Opt[schema.Decimal]{V: schema.Decimal{Units: units, Places: places}, OK: true}
		if units < 0 || units >= 1e18 || places > schema.MaxPlaces {
			return // no decimal
		}
		when := schema.Opt[schema.Time]{V: schema.Time(at), OK: at != 0}
		for _, body := range []schema.Command{
			&schema.OrderNew{
				Account: account, ID: id, Side: schema.Side(side), Type: schema.OrderType(typ), TIF: schema.TIF(tif), Qty: qty,
				Price: d, ExpireAt: when, PostOnly: post, STP: schema.STP(stp), SentAt: when,
			},
			&schema.OrderReplace{Account: account, ID: id, Price: d, Qty: some(qty), ExpireAt: when},
			&schema.Kill{Account: some(account), Cmd: some(id), Release: post, Reason: some(market)},
			&schema.BookLimits{MaxQty: some(qty), MinPrice: d},
		} {
			if schema.CheckID("market", market) == nil && body.Check() == nil {
				back(t, orderjson.Command{Op: orderjson.OpOf(body.RecordKind()), Market: market, Body: body})
			}
		}
	})
}
