package main

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
	"github.com/deadheat-io/deadheat/projection/book"
)

// TestMarketsFollowTheFeed runs a feed and a bridge: offers that are open have
// markets that are. The feed goes, and nothing can be traded any more; the process
// starts again with the feed, and markets open again.
func TestMarketsFollowTheFeed(t *testing.T) {
	dir := t.TempDir()
	files, err := kambitest.EnsureTLS(filepath.Join(dir, "tls"), "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		server, err := startDevFeed(t.Context(), files, devOptions{rate: 500, seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		l, stop := runLive(t, dir, func(c *Config) {
			c.Sources.Kambi = []KambiSource{{
				Name: devFeed, TokenURL: server.TokenURL(), Addr: server.Addr(),
				TLS: TLSFiles{CA: files.CA, Cert: files.Client, Key: files.ClientKey}, Offerings: []any{},
			}}
			c.Orders.Bridges = []BridgeSettings{{Feed: devFeed}}
		})
		open := l.until(t, "many markets are open", func(states map[string]int) bool { return states["open"] >= 50 })
		server.Close()
		shut := l.until(t, "none is open", func(states map[string]int) bool { return states["open"] == 0 })
		t.Logf("round %d: %v, and without the feed %v", round, open, shut)
		if shut["halted"] < 50 {
			t.Errorf("%d markets are halted, and there were %d open", shut["halted"], open["open"])
		}
		stop()
	}
}

// until waits until the markets' states, counted, are as they should be.
func (l *live) until(t *testing.T, what string, there func(map[string]int) bool) (states map[string]int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		r, err := http.Get(l.url + "/v1/books")
		if err != nil {
			t.Fatal(err)
		}
		var list []book.MarketInfo
		err = json.NewDecoder(r.Body).Decode(&list)
		r.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		states = map[string]int{}
		for _, m := range list {
			states[m.State]++
		}
		if there(states) {
			return states
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within a minute, they are %v", what, states)
		}
	}
}
