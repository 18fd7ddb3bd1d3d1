package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// serveBooks serves the books of the fixture as a running process does.
func serveBooks(t *testing.T, seen func(*http.Request)) *httptest.Server {
	t.Helper()
	b := foldBooks()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seen != nil {
			seen(r)
		}
		market := strings.TrimPrefix(r.URL.Path, "/v1/books/")
		if _, ok := b.Market(market); !ok {
			refuse(w, http.StatusNotFound, "there is no market %q", market)
			return
		}
		v := viewOf(b, market, "")
		if r.URL.Query().Get("orders") != "true" {
			v.Orders = nil
		}
		answer(w, http.StatusOK, v)
	}))
	t.Cleanup(s.Close)
	return s
}

// runLine runs one command line.
func runLine(ctx context.Context, stdin string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = execute(ctx, args, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

func TestBookOfProcess(t *testing.T) {
	s := serveBooks(t, nil)
	for _, args := range [][]string{
		{"show", "m1"}, {"show", "m2", "-o", "json"}, {"ladder", "m1"}, {"ladder", "m2", "--around", "3"}, {"depth", "m1"}, {"depth", "m2", "-n", "1", "-o", "jsonl"},
	} {
		code, got, errs := runLine(t.Context(), "", append([]string{"book", "--url", s.URL + "/"}, args...)...)
		if code != exitOK || errs != "" || !strings.Contains(got, "3.00") && !strings.Contains(got, "10.25") {
			t.Errorf("%v: exit code %d, %q\n%s", args, code, errs, got)
		}
	}
	code, out, errs := runLine(t.Context(), "", "book", "depth", "other", "--url", s.URL)
	if code != exitUnavailable || out != "" || !strings.Contains(errs, `404 Not Found: there is no market "other"`) {
		t.Errorf("exit code %d, %q, %q", code, out, errs)
	}
	s.Close()
	if code, out, errs := runLine(t.Context(), "", "book", "depth", "m1", "--url", s.URL); code != exitBroker || out != "" || !strings.Contains(errs, "does not answer") {
		t.Errorf("exit code %d, %q, %q", code, out, errs)
	}
}

// TestBookWatch shows a book until a signal comes.
func TestBookWatch(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	var asked atomic.Int64
	s := serveBooks(t, func(*http.Request) {
		if asked.Add(1) == 3 {
			cancel(errInterrupted)
		}
	})
	code, out, errs := runLine(ctx, "", "book", "depth", "m1", "--watch", "--url", s.URL)
	if code != exitInterrupted || strings.Count(out, "\n\n") != 2 || strings.Contains(out, "\x1b") {
		t.Errorf("exit code %d, %q\n%s", code, errs, out)
	}
}

// TestRungs looks at ladders that begin, end, or are not known.
func TestRungs(t *testing.T) {
	b := foldBooks()
	prices := func(v *bookView, around int) (list []string) {
		for _, r := range v.rungs(around) {
			text := r.Price.String()
			if r.Last {
				text += "*"
			}
			list = append(list, text)
		}
		return list
	}
	odds := func() *bookView { return viewOf(b, "m2", "") }
	for what, c := range map[string]struct {
		change func(*bookView)
		want   string
	}{
		"as it is":   {func(*bookView) {}, "3.05 3.00* 2.98 2.96 2.94 2.92 2.90"},
		"one side":   {func(v *bookView) { v.Asks = nil }, "3.00* 2.94 2.92 2.90"},
		"last alone": {func(v *bookView) { v.Asks, v.Bids = nil, nil }, "3.05 3.00* 2.98"},
		"nothing":    {func(v *bookView) { v.Asks, v.Bids, v.Market.Last = nil, nil, schema.Opt[schema.Decimal]{} }, ""},
		"first step": {func(v *bookView) { v.Asks = nil; v.Bids = v.Bids[1:]; v.Bids[0].Price.Units = 101 }, "3.00* 1.02 1.01"},
		"last step":  {func(v *bookView) { v.Bids = nil; v.Asks[0].Price.Units = 100_000 }, "1000.00 990.00 3.00*"},
		"no ladder":  {func(v *bookView) { v.ladder = nil }, "3.00* 2.92 1.50"},
		"three places": {func(v *bookView) {
			v.Market.Tick.Places = 3
			v.Market.Last = schema.Opt[schema.Decimal]{}
			v.Asks = nil
			v.Bids[0].Price = schema.Decimal{Units: 2000, Places: 3}
		}, "2.020 2.000 1.990"},
	} {
		v := odds()
		c.change(v)
		if got := strings.Join(prices(v, 1), " "); got != c.want {
			t.Errorf("%s: %s, want %s", what, got, c.want)
		}
	}
}

func TestStatusError(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":"busy"}`: "u answered 503 Service Unavailable: busy",
		`{"error":{"code":"bad_json","text":"no JSON"}}`: "u answered 503 Service Unavailable: no JSON",
		`<html>`: "u answered 503 Service Unavailable",
	} {
		if got := newStatusError("u", http.StatusServiceUnavailable, []byte(body)).Error(); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
	if !is[*notFoundError](newStatusError("u", http.StatusNotFound, nil)) {
		t.Error("404 is no notFoundError")
	}
	var v bookView
	if err := json.Unmarshal([]byte(`{"market":{"kind":"odds"}}`), &v); err != nil || !v.odds() {
		t.Error(err, v.Market.Kind)
	}
}
