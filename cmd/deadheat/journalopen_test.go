package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
)

// A broker that cannot be reached is an error that says so, for commands that
// write as for those that read.
func TestNoBrokerAnswers(t *testing.T) {
	t.Parallel() // it waits most of the time
	n := &node{t: t, bin: deadheat(t), dir: t.TempDir()}
	n.config = filepath.Join(n.dir, "deadheat.yaml")
	n.place.keys = func(string) string { return "journal: kafka:127.0.0.1:1\n" } // nobody listens there
	if _, err := kambitest.EnsureTLS(filepath.Join(n.dir, "tls"), "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	n.configure("https://127.0.0.1:2/token", "127.0.0.1:3")
	for _, args := range [][]string{{"run"}, {"hash"}} {
		_, stderr, code := n.exec(args...)
		if code != exitBroker || strings.Contains(stderr, "panic") {
			t.Errorf("deadheat %s: exit code %d, want %d\n%s", strings.Join(args, " "), code, exitBroker, stderr)
		}
	}
}
