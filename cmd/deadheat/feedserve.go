package main

import (
	"fmt"
	"net"
	"strconv"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
)

// defaultWindow is the window of a shuffle, in messages.
const defaultWindow = 2000

// Of a generated feed: how much is served before the first message, so that a
// snapshot is not empty, and how far a client of an earlier run may be ahead.
const (
	generateWarmup = 2_000
	generateReach  = 1_000_000
)

// feedServe are the flags of "feed serve".
type feedServe struct {
	input      string
	generate   bool
	seed       int64
	listen     string
	tlsDir     string
	rate       rateValue
	style      string
	shuffle    int64
	window     int
	duplicate  float64
	cutEvery   int
	snapshotAt int64
}

// tokenListen is the port behind that of the feed, so that a server that comes
// back is found where it was; any port when that one is taken, or the feed's is
// any.
func tokenListen(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if n, portErr := strconv.Atoi(port); err == nil && portErr == nil && n > 0 && n < 1<<16-1 {
		next := net.JoinHostPort(host, strconv.Itoa(n+1))
		if l, err := net.Listen("tcp", next); err == nil {
			l.Close()
			return next
		}
	}
	return net.JoinHostPort(host, "0")
}

// config checks the flags, makes certificates and loads the feed. given tells
// whether the user gave a flag: a seed of 0 is a seed, too.
func (s *feedServe) config(given func(flag string) bool) (cfg kambitest.Config, err error) {
	if err := s.check(given); err != nil {
		return cfg, err
	}
	host, err := hostOf(s.listen)
	if err != nil {
		return cfg, err
	}
	if cfg.Style, err = kambitest.ParseStyle(s.style); err != nil {
		return cfg, usagef("--style %s: want stream or member", s.style)
	}
	if cfg.Feed, err = s.feed(given); err != nil {
		return cfg, err
	}
	var hosts []string
	if ip := net.ParseIP(host); host != "" && !ip.IsUnspecified() {
		hosts = append(hosts, host)
	}
	if cfg.TLS, err = kambitest.EnsureTLS(s.tlsDir, hosts...); err != nil {
		return cfg, err
	}
	cfg.Listen, cfg.TokenListen = s.listen, tokenListen(s.listen)
	cfg.Rate = float64(s.rate)
	cfg.Faults.CutEvery = s.cutEvery
	return cfg, nil
}

// check finds flags that are missing or do not go together.
func (s *feedServe) check(given func(flag string) bool) error {
	switch {
	case (s.input == "") == !s.generate:
		return usagef("want either --input FILE or --generate")
	case s.tlsDir == "":
		return usagef("--tls-dir DIR is missing: where the certificates are, or shall be made")
	case s.duplicate < 0 || s.duplicate > 1 || s.duplicate != s.duplicate:
		return usagef("--duplicate %g: want a probability from 0 to 1", s.duplicate)
	case s.window < 1:
		return usagef("--window %d: want 1 or more", s.window)
	case s.cutEvery < 0:
		return usagef("--cut-every %d: want 0 (never) or more", s.cutEvery)
	case given("window") && !given("shuffle"):
		return usagef("--window needs --shuffle SEED")
	}
	if s.generate {
		for _, flag := range []string{"shuffle", "duplicate", "snapshot-at"} {
			if given(flag) {
				return usagef("--%s needs --input: a generated feed has no end to work on", flag)
			}
		}
	}
	return nil
}

// feed loads what is served. The order of the changes is part of the surface:
// copies are shuffled too, and a snapshot takes what is low in offset, wherever
// it would have arrived.
func (s *feedServe) feed(given func(flag string) bool) (kambitest.Feed, error) {
	if s.generate {
		g := kambitest.NewGenerator(kambitest.GenConfig{Seed: s.seed})
		feed, err := kambitest.NewGeneratorFeed(g, kambitest.FeedConfig{Warmup: generateWarmup, Reach: generateReach})
		if err != nil {
			return nil, fmt.Errorf("generate a feed: %w", err)
		}
		return feed, nil
	}
	feed, err := kambitest.LoadSequence(s.input)
	if err != nil {
		return nil, err
	}
	if s.duplicate > 0 {
		feed = feed.Duplicate(s.duplicate, s.seed)
	}
	if given("shuffle") {
		feed = feed.Shuffle(s.shuffle, s.window)
	}
	if given("snapshot-at") {
		if feed, err = feed.SnapshotAt(s.snapshotAt); err != nil {
			return nil, fmt.Errorf("snapshot at %d: %w", s.snapshotAt, err)
		}
	}
	return feed, nil
}
