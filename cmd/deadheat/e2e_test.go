package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
)

// These tests run the program as its users do: processes, files, signals.

// deadheat is the program under test: this test binary under its own name.
func deadheat(t testing.TB) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "deadheat")
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	return link
}

func e2eSeeds(t testing.TB, short int) int {
	if s := os.Getenv("DEADHEAT_E2E_SEEDS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return short
}

func TestFeedEndsInOneStateGenerated(t *testing.T) {
	oneState(t, generatedFile(t, 8000), e2eSeeds(t, 2))
}
func TestFeedEndsInOneStateCapture(t *testing.T) { oneState(t, captureFeed(t), e2eSeeds(t, 3)) }

// oneState serves a feed in many ways. The state must be the same, to the hash,
// however the messages arrive; after a snapshot in the middle, whose messages
// have other offsets, it must be the same to the byte.
func oneState(t *testing.T, f feedFile, seeds int) {
	bin := deadheat(t)
	input := []string{"--input", f.path}
	plain := newNode(t, bin, input...)
	plain.runIdle()
	hash, export := plain.check(f)

	ways := map[string][]string{
		"member":              {"--style", "member"},
		"duplicates and cuts": {"--duplicate", "0.1", "--cut-every", "500", "--shuffle", "7", "--window", "500"},
		"cuts and members":    {"--cut-every", "500", "--shuffle", "8", "--window", "500", "--style", "member"},
	}
	for seed := range seeds {
		ways[fmt.Sprintf("shuffle %d", seed+1)] = []string{"--shuffle", strconv.Itoa(seed + 1), "--window", "2000"}
	}
	for name, args := range ways {
		t.Run(name, func(t *testing.T) {
			n := newNode(t, bin, append(input, args...)...)
			n.runIdle()
			if got, _ := n.check(f); got != hash {
				t.Errorf("the state hash is %s, plain it is %s", got, hash)
			}
		})
	}
	t.Run("snapshot in the middle", func(t *testing.T) {
		n := newNode(t, bin, append(input, "--snapshot-at", strconv.FormatInt(f.last/2, 10))...)
		n.runIdle()
		if _, got := n.check(f); got != export {
			t.Error("the export differs from the plain one")
		}
	})
	t.Run("cadence", func(t *testing.T) {
		for _, every := range []string{"1", "7", "1000", "1000000000"} {
			into := filepath.Join(t.TempDir(), "store")
			args := []string{"replay", "--projection", "offering", "--span", ":end", "--every", every}
			if every != "1" { // a synced commit for every record takes its time
				args = append(args, "--into", into)
			}
			if got := plain.report(args...); got.StateHash != hash {
				t.Errorf("with a checkpoint every %s records the state hash is %s, it must be %s", every, got.StateHash, hash)
			}
		}
	})
}

// The first signal ends intake; what is journalled by then is folded, published
// and committed before the process ends.
func TestATermEndsInOrder(t *testing.T) {
	f := generatedFile(t, 20_000)
	n := newNode(t, deadheat(t), "--input", f.path, "--rate", "5000")
	cmd := exec.Command(n.bin, "run", "--config", n.config)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1500 * time.Millisecond)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	hash, again := n.report("hash"), n.report("replay")
	if hash.Next != again.Next || hash.StateHash != again.StateHash || hash.Next < 1000 {
		t.Errorf("the store ends at %d, the journal at %d", hash.Next, again.Next)
	}
	if down := n.must("journal", "cat", "feed", "--kind", "FEED_DOWN", "-o", "jsonl"); strings.Count(down, `"reason":"stopped"`) != 1 {
		t.Errorf("the end of the session is not journalled: %s", down)
	}
	n.must("journal", "gaps")
	n.must("verify")
}

// A message that comes too late to count makes the source take a new snapshot;
// a feed that is late again every time does not make it take one after another.
func TestALateMessageBringsASnapshot(t *testing.T) {
	lines := `{"type":"EVENT_ADDED","offset":5,"eventAdded":{"event":{"id":1,"status":"NOT_STARTED"}}}
{"type":"EVENT_STATUS_UPDATED","offset":500000,"eventStatusUpdated":{"id":1,"status":"STARTED"}}
{"type":"EVENT_STATUS_UPDATED","offset":10,"eventStatusUpdated":{"id":1,"status":"LATE"}}
`
	var messages []kambitest.Message
	for line := range strings.Lines(lines) {
		m, err := kambitest.ParseMessage([]byte(strings.TrimSpace(line)))
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, m)
	}
	n := &node{t: t, bin: deadheat(t), dir: t.TempDir()}
	n.config = filepath.Join(n.dir, "deadheat.yaml")
	files, err := kambitest.EnsureTLS(filepath.Join(n.dir, "tls"), "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	server, err := kambitest.Start(t.Context(), kambitest.Config{
		TLS: files, Feed: kambitest.NewSequence(messages), Listen: "127.0.0.1:0", TokenListen: "127.0.0.1:0",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	n.configure(server.TokenURL(), server.Addr())
	n.must("run", "--exit-idle", "2s", "--log-level", "error")
	if s := server.Stats(); s.Snapshots != 2 {
		t.Errorf("%d snapshots, want the first and one for the late message", s.Snapshots)
	}
	n.must("verify")
}
