package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
)

// gate takes orders as a running process does, and remembers what it was sent. It
// knows commands again by their ids. Its faults are done in turn, one for each
// request, the last one for ever; "" answers as it should.
type gate struct {
	*httptest.Server
	mu     sync.Mutex
	faults []string
	posts  int
	sizes  []int             // lines of each request
	known  map[string]string // answers by id
	order  []string          // ids in the order in which they were decided
	busy   bool              // a request is being answered
	t      *testing.T
}

func newGate(t *testing.T, faults ...string) *gate {
	g := &gate{faults: faults, known: make(map[string]string), t: t}
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	return g
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.Method != http.MethodPost || r.URL.Path != "/v1/orders" || r.Header.Get("Content-Type") != "application/x-ndjson" {
		g.t.Errorf("%s %s %s", r.Method, r.URL, r.Header.Get("Content-Type"))
	}
	if g.busy {
		g.t.Error("two batches are in flight")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	fault := ""
	if len(g.faults) > 0 {
		fault = g.faults[min(g.posts, len(g.faults)-1)]
	}
	g.posts++
	g.misbehave(w, bytes.Split(bytes.TrimSpace(body), []byte{'\n'}), fault)
}

// misbehave answers lines with one fault.
func (g *gate) misbehave(w http.ResponseWriter, lines [][]byte, fault string) {
	g.sizes = append(g.sizes, len(lines))
	name, number, _ := strings.Cut(fault, " ")
	n := 0
	fmt.Sscan(number, &n)
	switch name {
	case "503":
		w.Header().Set("Retry-After", "0")
		refuse(w, 503, "no room")
		return
	case "502", "400", "401", "404":
		fmt.Sscan(name, &n)
		refuse(w, n, "told %s", name)
		return
	case "413":
		if len(lines) > n {
			refuse(w, 413, "too much")
			return
		}
	case "refuse": // the connection ends before anything is done
		panic(http.ErrAbortHandler)
	}
	var out bytes.Buffer
	for i, line := range lines {
		switch {
		case name == "unknown" && i%2 == n:
			out.WriteString(`{"status":"UNKNOWN","error":"the answer did not come in time"}` + "\n")
			continue
		case name == "unsent" && i >= n:
			out.WriteString(`{"status":"REJECTED","code":"not_stored","error":"it was not sent"}` + "\n")
			continue
		}
		out.WriteString(g.decide(line) + "\n")
	}
	switch name {
	case "504": // it was done, and nobody knows
		answer(w, 504, map[string]string{"status": "UNKNOWN", "error": "no answer came in time"})
	case "lost": // it was done, and the connection ends
		panic(http.ErrAbortHandler)
	case "cut": // in the middle of the n-th line
		w.Header().Set("Content-Length", fmt.Sprint(out.Len()))
		some := bytes.SplitAfter(out.Bytes(), []byte{'\n'})
		w.Write(bytes.Join(some[:n], nil))
		w.Write(some[n][:5])
	case "short":
		w.Write(bytes.Join(bytes.SplitAfter(out.Bytes(), []byte{'\n'})[:n], nil))
	case "more":
		fmt.Fprintf(w, "%s%s", out.Bytes(), out.Bytes())
	case "html":
		io.WriteString(w, "<html>")
	default:
		w.Write(out.Bytes())
	}
}

// decide answers a command, and a known one as before.
func (g *gate) decide(line []byte) string {
	c, err := orderjson.Decode(line, orderjson.Options{})
	if err != nil {
		return `{"status":"REJECTED","code":"bad_json","error":"no command"}`
	}
	var id struct{ ID, Cmd, Op string }
	if err := json.Unmarshal(line, &id); err != nil {
		g.t.Error(err)
	}
	key := "order " + id.ID
	if c.Op != orderjson.OpNew {
		key = "cmd " + id.Cmd
		if id.Cmd == "" {
			g.t.Errorf("a command that cannot be known again: %s", line)
		}
	}
	if known, ok := g.known[key]; ok {
		return known[:len(known)-1] + `,"duplicate":true}`
	}
	status := `"ACCEPTED"`
	if strings.HasSuffix(id.ID, "7") {
		status = `"REJECTED","code":"off_tick"`
	}
	g.known[key] = fmt.Sprintf(`{"status":%s,"position":{"topic":"orders","partition":0,"offset":%d},"time":"2026-01-01T00:00:00Z"}`, status, len(g.order))
	g.order = append(g.order, key)
	return g.known[key]
}

// orderLines are n new orders and, behind every fifth, its cancel.
func orderLines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"op":"new","market":"m","account":"a","id":"%d","side":"buy","type":"limit","qty":1,"price":"1"}`+"\n", i)
		if i%5 == 4 {
			fmt.Fprintf(&b, "\n"+`{"op":"cancel","market":"m","account":"a","id":"%d"}`+"\n", i)
		}
	}
	return b.String()
}

func ordersFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "orders.ndjson")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSubmit sends a file to a server with every fault: each line is done once,
// in order where no fault is about single lines, and answered once, in order.
func TestSubmit(t *testing.T) {
	for what, c := range map[string]struct {
		faults  []string
		shuffle bool // lines may be decided in another order
		reread  bool // some were done before their answer was lost
	}{
		"fine":        {},
		"busy":        {faults: []string{"503", "", "503", "503", ""}},
		"proxy":       {faults: []string{"502", ""}},
		"in time":     {faults: []string{"504", "504", ""}, reread: true},
		"refused":     {faults: []string{"refuse", "", "refuse", ""}},
		"lost":        {faults: []string{"lost", "", "", "lost", ""}, reread: true},
		"cut":         {faults: []string{"cut 4", "cut 1", ""}, reread: true},
		"short":       {faults: []string{"short 3", ""}, reread: true},
		"unknown":     {faults: []string{"unknown 1", "unknown 0", "unknown 1", ""}, shuffle: true},
		"not sent":    {faults: []string{"unsent 5", "", "unsent 0", ""}},
		"large":       {faults: []string{"413 7"}},
		"large, busy": {faults: []string{"413 7", "503", "413 3"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			g := newGate(t, c.faults...)
			file := ordersFile(t, orderLines(50))
			code, out, errs := runLine(t.Context(), "", "orders", "submit", "--url", g.URL, "--file", file, "--batch", "20", "-o", "jsonl")
			if code != exitOK || !strings.Contains(errs, "60 lines answered") || !strings.Contains(errs, "55 accepted, 5 rejected") {
				t.Fatalf("exit code %d, %q", code, errs)
			}
			checkAnswers(t, g, out, c.shuffle)
			if has := strings.Contains(out, `"duplicate":true`); has != c.reread {
				t.Errorf("duplicates: %t", has)
			}
			state, ok, err := readSubmitState(file + ".progress")
			if err != nil || !ok || state.Lines != 70 || state.Name != file {
				t.Errorf("%+v, %t, %v", state, ok, err)
			}
			left, err := filepath.Glob(file + ".*")
			if err != nil || len(left) != 1 {
				t.Errorf("%v, %v", left, err)
			}
		})
	}
}

// checkAnswers holds 60 answers against what the gate decided.
func checkAnswers(t *testing.T, g *gate, out string, shuffle bool) {
	t.Helper()
	if len(g.order) != 60 {
		t.Errorf("%d commands were decided", len(g.order))
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 60 {
		t.Fatalf("%d answers", len(lines))
	}
	var offsets []int64
	for _, line := range lines {
		var a orderAnswer
		if err := json.Unmarshal([]byte(line), &a); err != nil || !a.final() {
			t.Fatalf("%s: %v", line, err)
		}
		offsets = append(offsets, a.Position.Offset)
	}
	sorted := slices.IsSorted(offsets)
	slices.Sort(offsets)
	if !shuffle && !sorted || len(slices.Compact(offsets)) != 60 {
		t.Errorf("answers are out of order, or of one command: %v", offsets)
	}
	// Whatever order they were decided in, an answer stands where its line does.
	n := 0
	for i := range 50 {
		want := g.known[fmt.Sprintf("order %d", i)]
		if got, _, _ := strings.Cut(lines[n], `,"duplicate"`); !strings.HasPrefix(want, strings.TrimSuffix(got, "}")) {
			t.Fatalf("line of order %d is answered %s, want %s", i, lines[n], want)
		}
		if n++; i%5 == 4 {
			n++
		}
	}
}

// TestSubmitAgain is stopped in the middle, and started again.
func TestSubmitAgain(t *testing.T) {
	g := newGate(t, "", "", "lost", "refuse")
	file := ordersFile(t, orderLines(50))
	line := []string{"orders", "submit", "--url", g.URL, "-f", file, "--batch", "10", "-o", "jsonl", "--timeout", "300ms"}
	code, first, errs := runLine(t.Context(), "", line...)
	if code != exitBroker || !strings.Contains(errs, file+":24: no final answer within 300ms: does not answer") {
		t.Fatalf("exit code %d, %q", code, errs)
	}
	g.faults = nil
	code, second, errs := runLine(t.Context(), "", line...)
	if code != exitOK || !strings.Contains(errs, file+": the first 23 lines are answered") || !strings.Contains(errs, "40 lines answered") {
		t.Fatalf("exit code %d, %q", code, errs)
	}
	checkAnswers(t, g, first+second, false)
	posts := g.posts
	code, third, errs := runLine(t.Context(), "", line...)
	if code != exitOK || third != "" || g.posts != posts || !strings.Contains(errs, "the first 70 lines are answered") {
		t.Errorf("exit code %d, %q, %q", code, third, errs)
	}
	code, all, errs := runLine(t.Context(), "", append(line, "--resume=false")...)
	if code != exitOK || strings.Count(all, `"duplicate":true`) != 60 || !strings.Contains(errs, "60 of them known already") {
		t.Errorf("exit code %d, %q, %q", code, all, errs)
	}
	if code, _, errs = runLine(t.Context(), "", append(line, "--name", "other")...); code != exitUsage || !strings.Contains(errs, "go on with that") {
		t.Errorf("exit code %d, %q", code, errs)
	}
	if err := os.WriteFile(file, []byte(orderLines(3)), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs = runLine(t.Context(), "", line...); code != exitUsage || !strings.Contains(errs, "says that 70 lines are answered") {
		t.Errorf("exit code %d, %q", code, errs)
	}
	if err := os.WriteFile(file+".progress", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs = runLine(t.Context(), "", line...); code != exitUsage || !strings.Contains(errs, "remove it to begin with the first line") {
		t.Errorf("exit code %d, %q", code, errs)
	}
}

// TestSubmitInterrupted is told to stop while the other side is silent.
func TestSubmitInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel(errInterrupted)
		<-release
	}))
	defer s.Close()
	defer close(release)
	if code, out, errs := runLine(ctx, orderLines(1), "orders", "submit", "--url", s.URL, "-f", "-"); code != exitInterrupted || out != "" {
		t.Errorf("exit code %d, %q, %q", code, out, errs)
	}
}

// TestSubmitRefused ends at what no patience helps against.
func TestSubmitRefused(t *testing.T) {
	for what, c := range map[string]struct {
		fault string
		code  int
		want  string
	}{
		"no such place":    {"404", exitUnavailable, "stdin:1: "},
		"not allowed":      {"401", exitFailure, "answered 401 Unauthorized: told 401"},
		"wrong":            {"400", exitUsage, "answered 400 Bad Request: told 400"},
		"always too large": {"413 0", exitFailure, "stdin:1: the body is too large"},
		"too many answers": {"more", exitFailure, "answered more lines than it was sent"},
		"no answers":       {"html", exitFailure, "the answer is not understood: <html>"},
		"never sure":       {"504", exitBroker, "stdin:1: no final answer within 200ms"},
		"never room":       {"503", exitBroker, "answered 503 Service Unavailable: no room"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			g := newGate(t, c.fault)
			code, out, errs := runLine(t.Context(), orderLines(3), "orders", "submit", "--url", g.URL, "-f", "-", "--timeout", "200ms", "-o", "jsonl")
			if code != c.code || out != "" || !strings.Contains(errs, c.want) {
				t.Errorf("exit code %d, %q, %q, want %d, %q", code, out, errs, c.code, c.want)
			}
		})
	}
}

// TestSubmitStdin goes on with a stream that has a state, under the same ids.
func TestSubmitStdin(t *testing.T) {
	g := newGate(t)
	state := filepath.Join(t.TempDir(), "state")
	line := []string{"orders", "submit", "--url", g.URL, "-f", "-", "--state", state}
	for i, want := range []string{"12 lines answered", "12 lines answered"} {
		if code, out, errs := runLine(t.Context(), orderLines(10*(i+1)), line...); code != exitOK || !strings.Contains(out, want) {
			t.Fatalf("exit code %d, %q, %q", code, out, errs)
		}
	}
	if len(g.order) != 24 {
		t.Errorf("%d commands were decided", len(g.order))
	}
	// A line that is no command is the other side's to refuse.
	code, out, errs := runLine(t.Context(), `{"op":"dance"}`, "orders", "submit", "--url", g.URL, "-f", "-", "-o", "json")
	if code != exitOK || out != `[{"status":"REJECTED","code":"bad_json","error":"no command"}`+"\n]\n" {
		t.Errorf("exit code %d, %q, %q", code, out, errs)
	}
}

// TestNamed gives ids to what has none, and changes nothing else.
func TestNamed(t *testing.T) {
	s := &submission{lines: &lineReader{line: 12}, submitState: submitState{Name: "n"}}
	for _, line := range []string{
		`{"op":"cancel","market":"m","account":"a","id":"1"}`,
		`{"op":"replace","market":"m","account":"a","id":"1","qty":4}`,
		`{ "op":"mass_cancel","account":"a"}`,
		`{"op":"kill","market":"m"}`,
		`{"op":"market","market":"m","action":"halt"}`,
		`{"op":"limits","max_qty":4}`,
	} {
		was, err := orderjson.Decode([]byte(line), orderjson.Options{})
		if err != nil {
			t.Fatal(err)
		}
		is, err := orderjson.Decode(s.named([]byte(line)), orderjson.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if hasName(was.Body) || !hasName(is.Body) {
			t.Errorf("%s became %s", line, s.named([]byte(line)))
		}
		if kept := string(s.named([]byte(line))); !strings.HasSuffix(kept, line[1:]) || !strings.Contains(kept, `-12",`) {
			t.Error(kept)
		}
		again := s.named(s.named([]byte(line)))
		if string(again) != string(s.named([]byte(line))) {
			t.Errorf("a name is given twice: %s", again)
		}
	}
	if !hasName(&schema.OrderNew{}) {
		t.Error("a new order is known by its id")
	}
}

func TestOrdersGet(t *testing.T) {
	const found = `{"status":"ACCEPTED","position":{"topic":"orders","partition":0,"offset":4},"time":"2026-01-01T00:00:00Z","order":{"account":"a/b","id":"1","side":"buy","leaves":5,"filled":0},"open":{"account":"a/b","id":"1","side":"buy","leaves":3,"filled":2}}`
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.EscapedPath() {
		case "/v1/orders/M%201/a%2Fb/1":
			io.WriteString(w, found+"\n")
		case "/v1/orders/M/a/html":
			io.WriteString(w, "<html>")
		case "/v1/orders/M/a/json":
			io.WriteString(w, "{}")
		default:
			answer(w, 404, map[string]string{"status": "UNKNOWN", "error": "no such order is known here"})
		}
	}))
	defer s.Close()
	get := func(args ...string) (int, string, string) {
		return runLine(t.Context(), "", append([]string{"orders", "get", "--url", s.URL}, args...)...)
	}
	if code, out, errs := get("M 1", "a/b", "1", "-o", "json"); code != exitOK || out != found+"\n" || errs != "" {
		t.Errorf("exit code %d, %q, %q", code, out, errs)
	}
	if code, out, _ := get("M 1", "a/b", "1"); code != exitOK || out != "ACCEPTED by orders/0:4 at 2026-01-01T00:00:00Z\nopen: buy, 3 left, 2 filled\n" {
		t.Errorf("exit code %d, %q", code, out)
	}
	if code, out, errs := get("M", "a", "9"); code != exitUnavailable || out != "" || !strings.Contains(errs, "no such order is known here") {
		t.Errorf("exit code %d, %q, %q", code, out, errs)
	}
	for _, id := range []string{"html", "json"} {
		if code, out, errs := get("M", "a", id); code != exitFailure || out != "" || !strings.Contains(errs, "is not understood") {
			t.Errorf("exit code %d, %q, %q", code, out, errs)
		}
	}
}
