package orders_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/ingest/orders"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// TestSingle has the answer to every kind of command, to the byte but for the time.
func TestSingle(t *testing.T) {
	r := newRig(t, 1, nil)
	const at = `"position":{"topic":"orders","partition":0,"offset":%d},"time":"T"`
	clock := regexp.MustCompile(`"time":"20[0-9T:.-]*Z"`)
	for i, c := range []struct {
		line   string
		status int
		want   string // after the position
	}{
		{`{"op":"market","market":"M","action":"create","kind":"shares","tick":"0.01"}`, 200, `}`},
		{limit("M", "a", "1", "buy", "10.00", 5), 200, `,"order":{"account":"a","id":"1","side":"buy","leaves":5,"filled":0}}`},
		{limit("M", "b", "1", "sell", "10.00", 2), 200, `,"order":{"account":"b","id":"1","side":"sell","leaves":0,"filled":2}}`},
		{limit("M", "a", "2", "buy", "10.001", 5), 422, `,"code":"off_tick"}`},
		{limit("N", "a", "1", "buy", "10.00", 5), 422, `,"code":"unknown_market"}`},
		{limit("M", "a", "1", "buy", "10.00", 6), 409, `,"code":"id_reused"}`},
		{`{"op":"replace","market":"M","account":"a","id":"1","qty":9}`, 200, `,"order":{"account":"a","id":"1","side":"buy","leaves":7,"filled":2}}`},
		{`{"op":"cancel","market":"M","account":"a","id":"9"}`, 422, `,"code":"unknown_order"}`},
		{`{"op":"cancel","market":"M","account":"a","id":"1"}`, 200, `,"order":{"account":"a","id":"1","side":"buy","leaves":0,"filled":2}}`},
		{limit("M", "a", "3", "buy", "10.00", 5), 200, `,"order":{"account":"a","id":"3","side":"buy","leaves":5,"filled":0}}`},
		{`{"op":"mass_cancel","account":"a"}`, 200, `,"orders":1}`},
		{`{"op":"kill","account":"a","reason":"test"}`, 200, `,"orders":0}`},
		{limit("M", "a", "4", "buy", "10.00", 5), 422, `,"code":"killed"}`},
		{`{"op":"kill","account":"a","release":true}`, 200, `}`},
		{`{"op":"limits","market":"M","max_qty":3}`, 200, `}`},
		{limit("M", "a", "5", "buy", "10.00", 5), 422, `,"code":"qty_limit"}`},
		{`{"op":"market","market":"M","action":"close"}`, 200, `,"orders":0}`},
	} {
		w := r.post(c.line)
		status := "ACCEPTED"
		if c.status != 200 {
			status = "REJECTED"
		}
		want := fmt.Sprintf(`{"status":%q,`+at+`%s`+"\n", status, i+2, c.want) // behind GENESIS and the claim
		if got := clock.ReplaceAllString(w.Body.String(), `"time":"T"`); w.Code != c.status || got != want {
			t.Errorf("%s\n  is %d %swant %d %s", c.line, w.Code, got, c.status, want)
		}
		if w.Header().Get(orders.DuplicateHeader) != "" || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: headers %v", c.line, w.Header())
		}
	}
	if s := r.intake.Stats(); s.Accepted != 11 || s.Rejected != 6 || s.Commands != 17 || s.Flying != 0 || s.Open != 0 || s.Claims != 1 {
		t.Errorf("%+v", s)
	}
}

// TestRefused has what the gate alone refuses: nothing of it is journalled.
func TestRefused(t *testing.T) {
	r := newRig(t, 1, nil)
	r.create("M")
	good := limit("M", "a", "1", "buy", "10.00", 5)
	before := r.end(0)
	for _, c := range []struct {
		path, media, body string
		status            int
		code, field       string
	}{
		{"", "application/json", strings.Replace(good, "price", "prise", 1), 400, "unknown_field", "prise"},
		{"", "application/json", strings.Replace(good, `"qty":5`, `"qty":0`, 1), 400, "bad_value", "qty"},
		{"", "application/json", strings.Replace(good, `"qty":5`, `"qty":"5"`, 1), 400, "bad_type", "qty"},
		{"", "application/json", good[:20], 400, "bad_json", ""},
		{"", "application/json", "", 400, "bad_json", ""},
		{"", ndjson, "\n\n", 400, "bad_json", ""},
		{"", "application/json", strings.Replace(good, "{", `{"time":"2026-01-01T00:00:00Z",`, 1), 400, "unknown_field", "time"},
		{"", "application/json", good + strings.Repeat(" ", 64<<10), 413, "too_large", ""},
		{"", ndjson, strings.Repeat(good+"\n", 1<<20/len(good)+1), 413, "too_large", ""},
		{"", "text/plain", good, 415, "bad_media", ""},
		{"", "multipart/form-data; boundary=x", good, 415, "bad_media", ""},
		{"?wait=accepted", "application/json", good, 400, "bad_value", "wait"},
		{"?wait=matched&wait=matched", "application/json", good, 400, "bad_value", "wait"},
		{"?weight=1", "application/json", good, 400, "unknown_field", "weight"},
		{"?%zz", "application/json", good, 400, "bad_value", ""},
	} {
		w := r.do("POST", "/v1/orders"+c.path, c.media, c.body)
		parts := []string{`{"status":"REJECTED","code":"` + c.code + `"`, `"error":"`}
		if c.field != "" {
			parts = append(parts, `"field":"`+c.field+`"`)
		}
		r.want(w, c.status, parts...)
		if strings.Contains(w.Body.String(), "position") {
			t.Errorf("%s tells a position", w.Body)
		}
	}
	if end := r.end(0); end != before {
		t.Errorf("the journal grew from %d to %d", before, end)
	}
	if s := r.intake.Stats(); s.Refused != 15 || s.TooLarge != 2 {
		t.Errorf("%+v", s)
	}
	// A body that does not say how long it is.
	q := httptest.NewRequest("POST", "/v1/orders", io.MultiReader(strings.NewReader(strings.Repeat(good+"\n", 1<<20/len(good)+1))))
	q.Header.Set("Content-Type", ndjson)
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, q)
	r.want(w, 413, `"code":"too_large"`, "more than 1048576 bytes")
	q = httptest.NewRequest("POST", "/v1/orders", strings.NewReader(good))
	q.Header.Set("Content-Type", "application/json; charset=utf-8")
	q.Header.Set("Content-Encoding", "gzip")
	w = httptest.NewRecorder()
	r.mux.ServeHTTP(w, q)
	r.want(w, 415, `"code":"bad_media"`, "Content-Encoding")
	r.must(good) // the id was not touched
	if w := r.do("PUT", "/v1/orders", "application/json", good); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("PUT is %d", w.Code)
	}
}

func (r *rig) end(partition int32) int64 {
	_, end, err := r.journal.Bounds(r.t.Context(), r.folds[partition].Status().Source.Partition)
	r.ok(err)
	return end
}

// TestDuplicates has the same bytes for the same command, whatever came between.
func TestDuplicates(t *testing.T) {
	r := newRig(t, 1, nil)
	r.create("M")
	order := limit("M", "a", "1", "buy", "10.00", 5)
	refused := limit("M", "a", "2", "buy", "10.001", 5)
	cancel := `{"op":"cancel","market":"M","account":"a","id":"1","cmd":"c1"}`
	lines := []string{order, refused, limit("M", "b", "1", "sell", "10.00", 2), cancel, `{"op":"mass_cancel","all":true,"cmd":"m"}`}
	var answers []string
	for _, line := range lines {
		answers = append(answers, r.post(line).Body.String())
	}
	check := func(when string) {
		t.Helper()
		for i, line := range lines {
			w := r.post(strings.Replace(line, "}", ` , "sent_at":"2030-01-01T00:00:00Z" }`, 1))
			if w.Body.String() != answers[i] || w.Header().Get(orders.DuplicateHeader) != "true" {
				t.Errorf("%s, %s\n  is %d %v %swant %s", when, line, w.Code, w.Header(), w.Body, answers[i])
			}
		}
		w := r.do("POST", "/v1/orders", ndjson, strings.Join(lines, "\n"))
		got := strings.Split(strings.TrimSuffix(w.Body.String(), "\n"), "\n")
		for i := range lines {
			if want := strings.TrimSuffix(answers[i], "}\n") + `,"duplicate":true}`; got[i] != want {
				t.Errorf("%s, in a batch: %s\nwant %s", when, got[i], want)
			}
		}
	}
	check("sent again")
	r.restart()
	check("after a restart")
	r.must(limit("M", "c", "1", "sell", "10.00", 5)) // and life goes on
}

func TestBatch(t *testing.T) {
	r := newRig(t, 1, nil)
	r.create("M")
	before := r.end(0)
	one := limit("M", "a", "1", "buy", "10.00", 5)
	for _, media := range []string{ndjson, "application/json"} {
		w := r.do("POST", "/v1/orders", media, one+"\n\n"+`{"op":"new","market":"M"}`+"\r\n"+one+"\n"+limit("X", "a", "1", "buy", "1", 1))
		lines := strings.Split(strings.TrimSuffix(w.Body.String(), "\n"), "\n")
		if w.Code != 200 || len(lines) != 4 || w.Header().Get("Content-Type") != ndjson {
			t.Fatalf("%d %v: %s", w.Code, w.Header(), w.Body)
		}
		for i, want := range []string{`{"status":"ACCEPTED","position":{`, `{"status":"REJECTED","code":"missing_field","field":"account","error":"`, `"duplicate":true}`, `"code":"unknown_market"`} {
			if !strings.Contains(lines[i], want) {
				t.Errorf("line %d is %s, want %s", i, lines[i], want)
			}
		}
		if want := strings.TrimSuffix(lines[0], "}"); !strings.HasPrefix(lines[2], strings.TrimSuffix(want, `,"duplicate":true`)) {
			t.Errorf("a repetition in the batch is %s, of %s", lines[2], lines[0])
		}
	}
	if got := r.end(0) - before; got != 6 {
		t.Errorf("%d records, want 6", got)
	}
	// One command over several lines is no batch.
	w := r.post("{\n" + strings.ReplaceAll(one[1:len(one)-1], ",", ",\n") + "\n}\n")
	r.want(w, 200, `"status":"ACCEPTED"`)
	// Nothing to send.
	w = r.do("POST", "/v1/orders", ndjson, "{}\n[]")
	if strings.Count(w.Body.String(), "REJECTED") != 2 || w.Code != 200 {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}

func TestWaitMatched(t *testing.T) {
	r := newRig(t, 1, nil)
	r.create("M")
	r.must(limit("M", "a", "1", "buy", "10.00", 5))
	taker := limit("M", "b", "1", "sell", "10.00", 2)
	w := r.do("POST", "/v1/orders?wait=matched", "application/json", taker)
	r.want(w, 200, `"executions":[{"exec":"accepted","market":"M","account":"b","id":"1"`, `},{"exec":"trade","market":"M","price":"10.00","qty":2,`+
		`"maker":{"account":"a","id":"1","leaves":3},"taker":{"account":"b","id":"1","leaves":0},"at":{"topic":"orders","partition":0,"offset":4,"n":1},"time":"`)
	again := r.do("POST", "/v1/orders?wait=matched", "application/json", taker)
	if again.Body.String() != w.Body.String() || again.Header().Get(orders.DuplicateHeader) != "true" {
		t.Errorf("again it is %s", again.Body)
	}
	r.want(r.do("POST", "/v1/orders?wait=matched", ndjson, taker), 200, `"executions":[{"exec":"accepted"`, `}],"duplicate":true}`)
	r.want(r.do("POST", "/v1/orders?wait=matched", "application/json", `{"op":"mass_cancel","account":"z"}`), 200, `"executions":[]}`)
	r.restart()
	r.want(r.do("POST", "/v1/orders?wait=matched", "application/json", taker), 200, `"executions":null,"error":"what orders/0:4 did cannot be told any more`)
}

func TestGet(t *testing.T) {
	r := newRig(t, 2, nil)
	r.create("M/1 é")
	answer := r.must(limit("M/1 é", "a", "1", "buy", "10.00", 5))
	r.must(limit("M/1 é", "b", "1", "sell", "10.00", 2))
	path := "/v1/orders/M%2F1%20%C3%A9/a/1"
	w := r.do("GET", path, "", "")
	if want := strings.TrimSuffix(answer, "}\n") + `,"open":{"account":"a","id":"1","side":"buy","leaves":3,"filled":2}}` + "\n"; w.Code != 200 || w.Body.String() != want {
		t.Errorf("%d: %swant %s", w.Code, w.Body, want)
	}
	r.must(`{"op":"cancel","market":"M/1 é","account":"a","id":"1"}`)
	if w := r.do("GET", path, "", ""); w.Code != 200 || w.Body.String() != answer {
		t.Errorf("%d: %swant %s", w.Code, w.Body, answer)
	}
	r.post(limit("M/1 é", "a", "2", "buy", "10.001", 5))
	r.want(r.do("GET", path[:len(path)-1]+"2", "", ""), 200, `"status":"REJECTED"`, `"code":"off_tick"`)
	r.want(r.do("GET", "/v1/orders/M/a/9", "", ""), 404, `{"status":"UNKNOWN","error":"no such order is known here: it was never journalled, or`)
	r.want(r.do("GET", "/v1/orders/M/a/%20", "", ""), 400, `"code":"bad_value","field":"id"`)
	r.want(r.do("GET", "/v1/orders/M/a/"+strings.Repeat("x", 65), "", ""), 400, `"field":"id"`)
}

// TestAllMarkets has commands that go to every partition.
func TestAllMarkets(t *testing.T) {
	r := newRig(t, 3, nil)
	markets := map[int32]string{}
	for i := 0; len(markets) < 3; i++ {
		m := fmt.Sprint("m", i)
		markets[orders.PartitionOf(m, 3)] = m
	}
	for p, m := range markets {
		r.create(m)
		r.want(r.post(limit(m, "a", "1", "buy", "10.00", 5)), 200, fmt.Sprintf(`"partition":%d,`, p))
	}
	kill := `{"op":"kill","account":"a","cmd":"k1"}`
	w := r.post(kill)
	r.want(w, 200, `{"status":"ACCEPTED","positions":[{"topic":"orders","partition":0,"offset":4,"status":"ACCEPTED","time":"`, `{"topic":"orders","partition":2,"offset":4,`, `],"orders":3}`)
	again := r.post(kill)
	if again.Body.String() != w.Body.String() || again.Header().Get(orders.DuplicateHeader) != "true" {
		t.Errorf("again it is %s", again.Body)
	}
	r.want(r.do("POST", "/v1/orders?wait=matched", ndjson, kill), 200, `"orders":3,"executions":[{"exec":"cancelled"`, `}],"duplicate":true}`)
	// In one partition the id is another command's.
	r.append(1, "operator", &schema.MassCancel{Account: schema.Some("a"), Cmd: schema.Some("k2")})
	w = r.post(`{"op":"mass_cancel","account":"a","cmd":"k2","sent_at":"2026-01-01T00:00:00Z"}`)
	r.want(w, 200, `{"status":"ACCEPTED","positions":[`)
	w = r.post(`{"op":"kill","account":"a","release":true,"cmd":"k2"}`)
	r.want(w, 409, `{"status":"REJECTED","positions":[`)
	r.append(1, "operator", &schema.MassCancel{Account: schema.Some("a"), Cmd: schema.Some("k3")})
	w = r.post(`{"op":"kill","account":"a","release":true,"cmd":"k3"}`)
	r.want(w, 207, `{"status":"PARTIAL","positions":[`, `"status":"REJECTED","time":"`, `"code":"id_reused"},{"topic":"orders","partition":2,`)
	if w.Header().Get(orders.DuplicateHeader) != "" {
		t.Error("it is no repetition")
	}
	if s := r.intake.Stats(); s.Duplicates != 7 {
		t.Errorf("%+v", s)
	}
}

func TestPartitionOf(t *testing.T) {
	for market, want := range map[string]int32{"": 5, "a": 12, "ACME": 15, "é": 1} { // for ever
		if got := orders.PartitionOf(market, 16); got != want {
			t.Errorf("%q is of partition %d, want %d", market, got, want)
		}
	}
}

// Clients that are not told otherwise say nothing of what they send, or what is
// not so.
func TestSimpleClients(t *testing.T) {
	r := newRig(t, 1, nil)
	r.create("ACME")
	for i, media := range []string{"", "application/x-www-form-urlencoded", "application/octet-stream"} {
		line := fmt.Sprintf(`{"op":"new","market":"ACME","account":"a","id":"simple%d","side":"buy","type":"limit","price":"1.00","qty":1}`, i)
		r.want(r.do("POST", "/v1/orders", media, line), 200, `"status":"ACCEPTED"`)
	}
}
