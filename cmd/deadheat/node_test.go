package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
	"github.com/deadheat-io/deadheat/projection/book"
	"github.com/deadheat-io/deadheat/projection/offering"
	"github.com/deadheat-io/deadheat/replay"
)

// node is one installation: a feed server, a configuration and its directories.
type node struct {
	t      testing.TB
	bin    string
	dir    string
	config string
	place  journalPlace
	orders bool // it takes orders and has no feed
}

// projection is what the node folds.
func (n *node) projection() string {
	if n.orders {
		return book.Name
	}
	return offering.Name
}

// newNode starts a feed server with the arguments and writes a configuration
// that points to it, with a journal in the node's own directory.
func newNode(t testing.TB, bin string, feedArgs ...string) *node {
	t.Helper()
	return newNodeAt(t, localPlace(), bin, feedArgs...)
}

// newNodeAt is newNode with a journal somewhere.
func newNodeAt(t testing.TB, at journalPlace, bin string, feedArgs ...string) *node {
	t.Helper()
	n := &node{t: t, bin: bin, dir: t.TempDir(), place: at}
	n.config = filepath.Join(n.dir, "deadheat.yaml")
	tls := filepath.Join(n.dir, "tls")
	args := append([]string{"feed", "serve", "--listen", "127.0.0.1:0", "--tls-dir", tls, "-o", "json"}, feedArgs...)
	cmd := exec.Command(bin, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	var ready feedReady
	if err := json.NewDecoder(out).Decode(&ready); err != nil {
		t.Fatalf("feed serve: %v\n%s", err, &stderr)
	}
	n.configure(ready.TokenURL, ready.Addr)
	return n
}

// configure points the node to a feed server whose certificates are in tls.
func (n *node) configure(tokenURL, addr string) {
	n.t.Helper()
	if n.place.keys == nil {
		n.place = localPlace()
	}
	yaml := n.place.keys(n.dir) + fmt.Sprintf(`data: %[1]s/data
sources:
  kambi:
    - name: test
      token_url: %[2]s
      addr: %[3]s
      tls: {ca: %[4]s/ca.pem, cert: %[4]s/client.pem, key: %[4]s/client-key.pem}
      offerings: [test]
`, n.dir, tokenURL, addr, filepath.Join(n.dir, "tls"))
	if err := os.WriteFile(n.config, []byte(yaml), 0o600); err != nil {
		n.t.Fatal(err)
	}
}

// twin is a second node with the same journal and the same feed, and with
// stores of its own.
func (n *node) twin() *node {
	n.t.Helper()
	dir := n.t.TempDir()
	twin := &node{t: n.t, bin: n.bin, dir: dir, config: filepath.Join(dir, "deadheat.yaml"), place: n.place, orders: n.orders}
	yaml, err := os.ReadFile(n.config)
	if err == nil {
		own := "data: " + filepath.Join(dir, "data") + "\norders: {node: " + filepath.Base(filepath.Dir(dir)) + filepath.Base(dir) + "}\n"
		yaml = regexp.MustCompile(`(?m)^data: .*\n`).ReplaceAll(yaml, []byte(own))
		err = os.WriteFile(twin.config, yaml, 0o600)
	}
	if err != nil {
		n.t.Fatal(err)
	}
	return twin
}

// exec runs a command of the program to its end.
func (n *node) exec(args ...string) (stdout, stderr string, code int) {
	n.t.Helper()
	cmd := exec.Command(n.bin, append(args, "--config", n.config)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		n.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// must runs a command that has to succeed.
func (n *node) must(args ...string) string {
	n.t.Helper()
	out, errs, code := n.exec(args...)
	if code != 0 {
		n.t.Fatalf("deadheat %s: exit code %d\n%s", strings.Join(args, " "), code, errs)
	}
	return out
}

// report runs hash, replay or verify of what the node folds.
func (n *node) report(args ...string) replay.Report {
	n.t.Helper()
	var list []replay.Report
	out := n.must(append(args, "--projection", n.projection(), "-o", "json")...)
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 1 {
		n.t.Fatalf("deadheat %v: %v in %q", args, err, out)
	}
	return list[0]
}

// runIdle runs until everything is done.
func (n *node) runIdle() {
	n.t.Helper()
	n.must("run", "--exit-idle", idleTime, "--log-level", "warn")
}

// check compares the state with what the feed must end in, and proves that the
// journal folds to it again. It returns hash and export.
func (n *node) check(f feedFile) (string, string) {
	n.t.Helper()
	n.complete(f)
	export := n.must("state", "export", "--projection", "offering", "-o", "json")
	if err := kambitest.DiffStates([]byte(export), f.want); err != nil {
		n.t.Fatalf("the state is not what the feed ends in: %v", err)
	}
	hash := n.report("hash")
	if again := n.report("replay", "--projection", "offering", "--span", ":end"); again.StateHash != hash.StateHash || again.Chain != hash.Chain || again.Next != hash.Next {
		n.t.Fatalf("replay ends in %+v, the store holds %+v", again, hash)
	}
	n.must("verify")
	n.must("journal", "gaps")
	return hash.StateHash, export
}

// complete proves that every message of the feed is journalled, or was in the
// snapshot.
func (n *node) complete(f feedFile) {
	n.t.Helper()
	have := map[int64]bool{}
	var floor int64
	for line := range strings.Lines(n.must("journal", "cat", "feed", "-o", "jsonl")) {
		var r struct {
			Kind string `json:"kind"`
			Body struct {
				Offset int64 `json:"offset"`
			} `json:"body"`
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			n.t.Fatal(err)
		}
		if have[r.Body.Offset] = true; r.Kind == "SNAPSHOT_END" {
			floor = r.Body.Offset
		}
	}
	var missing []int64
	for _, o := range f.offsets {
		if o > floor && !have[o] {
			missing = append(missing, o)
		}
	}
	if len(missing) > 0 {
		n.t.Fatalf("%d of %d messages were not journalled, from offset %d to %d", len(missing), len(f.offsets), missing[0], missing[len(missing)-1])
	}
}
