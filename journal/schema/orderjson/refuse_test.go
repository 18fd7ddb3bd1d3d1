package orderjson_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
)

// order is a line that lacks one field.
func order(without, with string) string {
	fields := []string{`"op":"new"`, `"market":"M"`, `"account":"a"`, `"id":"o"`, `"side":"buy"`, `"type":"limit"`, `"price":"1.5"`, `"qty":1`}
	var have []string
	for _, f := range fields {
		if !strings.HasPrefix(f, `"`+without+`"`) {
			have = append(have, f)
		}
	}
	if with != "" {
		have = append(have, with)
	}
	return "{" + strings.Join(have, ",") + "}"
}

func TestRefusesWhatIsNoJSON(t *testing.T) {
	whole := order("", "")
	for n := range len(whole) {
		refused(t, whole[:n], "bad_json", "")
	}
	for _, line := range []string{
		"", " ", "null", "[]", "1", `"op"`, "{", "}", "{,}", `{"op"}`, `{"op":}`, `{"op" "new"}`, `{op:"new"}`, `{'op':'new'}`,
		whole + "x", whole + "{}", whole + "\x00", whole + ",", "\ufeff" + whole, "\x00" + whole,
		order("", ""+`"cmd":"a`), `{"op":"new",}`, `{"op":"new""id":"x"}`, `{"op":"ne` + "\n" + `w"}`, `{"op":"\x"}`, `{"op":"\ud800"}`, `{"op":"\u12"}`,
		`{"op":new}`, order("qty", `"qty":01`), order("qty", `"qty":-`), order("qty", `"qty":+1`), order("qty", `"qty":1x`), order("qty", `"qty":NaN`),
		order("", `"post_only":tru`), order("", `"post_only":trues`), order("", `"post_only":f`), `{"op":"market","ladder":["1" "2"]}`, `{"op":"market","ladder":["1"`, `{"ladder":["1",]}`,
		"{\"op\":\"\xff\"}", "{\"\xff\":\"new\"}", "{\"op\":\"new\"} \xc3",
	} {
		refused(t, line, "bad_json", "")
	}
}

func TestRefusesFields(t *testing.T) {
	for _, c := range []struct{ line, code, field string }{
		{`{}`, "missing_field", "op"},
		{`{"op":""}`, "unknown_op", "op"},
		{`{"op":"NEW"}`, "unknown_op", "op"},
		{`{"op":"tick"}`, "unknown_op", "op"},
		{`{"op":"new"}`, "missing_field", "market"},
		{order("account", ""), "missing_field", "account"},
		{order("id", ""), "missing_field", "id"},
		{order("side", ""), "missing_field", "side"},
		{order("type", ""), "missing_field", "type"},
		{order("qty", ""), "missing_field", "qty"},
		{order("price", ""), "missing_field", "price"},
		{order("", `"tif":"gtd"`), "missing_field", "expire_at"},
		{order("market", `"market":""`), "missing_field", "market"},
		{order("account", `"account":""`), "missing_field", "account"},
		{`{"op":"cancel","market":"M","account":"a"}`, "missing_field", "id"},
		{`{"op":"replace","market":"M","account":"a","id":"o"}`, "bad_value", ""},
		{`{"op":"market","market":"M"}`, "missing_field", "action"},
		{`{"op":"market","action":"halt"}`, "missing_field", "market"},
		{`{"op":"market","market":"M","action":"create"}`, "missing_field", "kind"},
		{`{"op":"mass_cancel"}`, "missing_field", "account"},
		{`{"op":"mass_cancel","all":false}`, "missing_field", "account"},
		{`{"op":"mass_cancel","all":true,"account":"a"}`, "bad_value", "all"},
		{`{"op":"mass_cancel","account":""}`, "missing_field", "account"},
		{`{"op":"mass_cancel","market":""}`, "missing_field", "market"},
		{`{"op":"kill"}`, "missing_field", "account"},
		{`{"op":"kill","all":true,"market":"M"}`, "bad_value", "all"},
		{`{"op":"limits"}`, "bad_value", ""},
		{`{"op":"limits","cmd":"x"}`, "bad_value", ""},

		{order("", `"qty":2`), "duplicate_field", "qty"},
		{order("", `"\u0071ty":2`), "duplicate_field", "qty"},
		{`{"op":"new","op":"new"}`, "duplicate_field", "op"},
		{order("", `"Qty":2`), "unknown_field", "Qty"},
		{order("", `"prise":"2"`), "unknown_field", "prise"},
		{order("", `"":"2"`), "unknown_field", ""},
		{order("", `"cmd":"x"`), "unknown_field", "cmd"},
		{order("", `"time":"2026-01-01T00:00:00Z"`), "unknown_field", "time"},
		{order("", `"ladder":["2"]`), "unknown_field", "ladder"},
		{`{"op":"cancel","market":"M","account":"a","id":"o","qty":1}`, "unknown_field", "qty"},
		{`{"op":"cancel","market":"M","account":"a","id":"o","all":true}`, "unknown_field", "all"},
		{`{"op":"mass_cancel","account":"a","reason":"x"}`, "unknown_field", "reason"},
		{`{"op":"mass_cancel","account":"a","id":"x"}`, "unknown_field", "id"},
		{`{"op":"limits","max_qty":1,"account":"a"}`, "unknown_field", "account"},
		{`{"op":"market","market":"M","action":"halt","cause":{}}`, "unknown_field", "cause"},
	} {
		refused(t, c.line, c.code, c.field)
	}
}

func TestRefusesTypes(t *testing.T) {
	texts := []string{`1`, `-1.5e3`, `true`, `null`, `{"a":1}`, `["a"]`, `[[[[`}
	for _, f := range []string{"market", "account", "id", "side", "type", "tif", "stp", "price", "stop_price", "expire_at", "sent_at", "cmd", "reason", "tick", "min_price"} {
		for _, v := range texts {
			refused(t, order(f, `"`+f+`":`+v), "bad_type", f)
		}
	}
	for _, f := range []string{"qty", "display_qty", "lot", "window"} {
		for _, v := range []string{`"1"`, `""`, `1.0`, `1.5`, `1e3`, `1E3`, `0e0`, `true`, `null`, `{}`, `[1]`, `-1.5`} {
			refused(t, order(f, `"`+f+`":`+v), "bad_type", f)
		}
	}
	for _, v := range []string{`"true"`, `1`, `0`, `null`, `{}`, `[]`} {
		refused(t, order("", `"post_only":`+v), "bad_type", "post_only")
	}
	for _, v := range []string{`"2"`, `2`, `null`, `{}`, `[2]`, `["2",3]`, `[["2"]]`, `[null]`, `[true]`} {
		refused(t, `{"op":"market","market":"M","action":"create","kind":"odds","ladder":`+v+`}`, "bad_type", "ladder")
	}
	refused(t, `{"op":null}`, "bad_type", "op")
}

func TestRefusesValues(t *testing.T) {
	for field, values := range map[string][]string{
		"qty":         {`0`, `-1`, `-0`, `-9223372036854775808`, `9223372036854775808`, `-9223372036854775809`, strings.Repeat("9", 5000)},
		"display_qty": {`0`, `2`, `-1`, `99999999999999999999`},
		"price": {
			`""`, `"0"`, `"0.00"`, `"-1"`, `"+1"`, `"1e2"`, `"1."`, `".5"`, `"01"`, `"1,5"`, `"NaN"`, `"Infinity"`, `" 1"`, `"0x1"`,
			`"1234567890123456789"`, `"1.0000000001"`, `"` + strings.Repeat("1", 5000) + `"`,
		},
		"stop_price": {`"1"`, `"0"`},
		"side":       {`""`, `"BUY"`, `"hold"`, `"` + strings.Repeat("x", 5000) + `"`},
		"type":       {`""`, `"Limit"`},
		"tif":        {`""`, `"GTC"`, `"gtt"`},
		"stp":        {`""`, `"no"`},
		"expire_at":  {`"2026-01-01T00:00:00Z"`, `"tomorrow"`, `"0001-01-01T00:00:00Z"`, `""`},
		"sent_at":    {`"1970-01-01T00:00:00Z"`, `"9999-01-01T00:00:00Z"`},
		"account":    {`" a"`, `"a\n"`, `"a\u200b"`, `"` + strings.Repeat("a", 65) + `"`, `" ` + strings.Repeat("a", 5000) + `"`},
		"id":         {`"\u0000"`, `"` + strings.Repeat("é", 33) + `"`},
		"market":     {`"M "`, `"` + strings.Repeat("M", 65) + `"`},
	} {
		for _, v := range values {
			refused(t, order(field, `"`+field+`":`+v), "bad_value", field)
		}
	}
	refused(t, order("type", `"type":"market"`), "bad_value", "price")
	refused(t, order("", `"tif":"ioc","post_only":true`), "bad_value", "post_only")
	refused(t, `{"op":"market","market":"M","action":"jump"}`, "bad_value", "action")
	refused(t, `{"op":"market","market":"M","action":"create","kind":"bonds"}`, "bad_value", "kind")
	refused(t, `{"op":"market","market":"M","action":"create","kind":"shares","lot":0}`, "bad_value", "lot")
	refused(t, `{"op":"market","market":"M","action":"create","kind":"shares","tick":"0"}`, "bad_value", "tick")
	for _, ladder := range []string{`[]`, `["1"]`, `["2","2"]`, `["3","2"]`, `["x"]`, `["2"` + strings.Repeat(`,"2"`, 4100) + `]`} {
		refused(t, `{"op":"market","market":"M","action":"create","kind":"odds","ladder":`+ladder+`}`, "bad_value", "ladder")
	}
	refused(t, `{"op":"limits","window":0}`, "bad_value", "window")
	refused(t, `{"op":"limits","min_price":"2","max_price":"1"}`, "bad_value", "min_price")
	refused(t, `{"op":"market","market":"M","action":"halt","high":"2"}`, "bad_value", "low")
	refused(t, `{"op":"kill","account":"a","reason":"`+strings.Repeat("x", 257)+`"}`, "bad_value", "reason")
}

func TestRefusesLongLines(t *testing.T) {
	line := order("", "") + strings.Repeat(" ", orderjson.MaxLine)
	refused(t, line, "too_large", "")
	if _, err := orderjson.Decode([]byte(line[:orderjson.MaxLine]), orderjson.Options{}); err != nil {
		t.Errorf("a line of %d bytes: %v", orderjson.MaxLine, err)
	}
	refused(t, strings.Repeat("[", orderjson.MaxLine), "bad_json", "")
	refused(t, `{"op":`+strings.Repeat(`{"a":`, 10_000), "bad_type", "op")
}

// TestCodesAreFrozen holds the texts that clients compare with.
func TestCodesAreFrozen(t *testing.T) {
	got := fmt.Sprint(orderjson.CodeBadJSON, " ", orderjson.CodeTooLarge, " ", orderjson.CodeUnknownOp, " ", orderjson.CodeUnknownField, " ",
		orderjson.CodeDuplicateField, " ", orderjson.CodeMissingField, " ", orderjson.CodeBadType, " ", orderjson.CodeBadValue)
	if got != "bad_json too_large unknown_op unknown_field duplicate_field missing_field bad_type bad_value" {
		t.Error(got)
	}
}
