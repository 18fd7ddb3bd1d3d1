package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
	"github.com/deadheat-io/deadheat/replay"
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

// feedFile is an input of the test server and the state that it must end in.
type feedFile struct {
	name, path string
	want       []byte
	last       int64 // highest offset
	offsets    []int64
}

// generatedFile is an input that everybody has.
func generatedFile(t testing.TB, n int) feedFile {
	t.Helper()
	var b bytes.Buffer
	if err := kambitest.WriteNDJSON(&b, kambitest.GenConfig{Seed: 5, Events: 10, Offers: 8}, n); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "generated.ndjson")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return newFeedFile(t, "generated", path, nil)
}

// captureFeed is the real capture beside the project.
func captureFeed(t testing.TB) feedFile {
	t.Helper()
	dir := os.Getenv("DEADHEAT_CAPTURE_DIR")
	if dir == "" {
		t.Skip("DEADHEAT_CAPTURE_DIR is not set: the real capture is not here")
	}
	f, err := os.Open(filepath.Join(dir, "kambi-football.final.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	want, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return newFeedFile(t, "capture", filepath.Join(dir, "kambi-football.ndjson.gz"), want)
}

func newFeedFile(t testing.TB, name, path string, want []byte) feedFile {
	t.Helper()
	s, err := kambitest.LoadSequence(path)
	if err != nil {
		t.Fatal(err)
	}
	f := feedFile{name: name, path: path, want: want}
	for _, m := range s.Messages() {
		f.last = max(f.last, m.Offset)
		f.offsets = append(f.offsets, m.Offset)
	}
	if f.want == nil {
		naive, err := kambitest.Fold(s.Messages())
		if err != nil {
			t.Fatal(err)
		}
		if f.want, err = naive.State(); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// node is one installation: a feed server, a configuration and its directories.
type node struct {
	t      testing.TB
	bin    string
	dir    string
	config string
}

// newNode starts a feed server with the arguments and writes a configuration
// that points to it.
func newNode(t testing.TB, bin string, feedArgs ...string) *node {
	t.Helper()
	n := &node{t: t, bin: bin, dir: t.TempDir()}
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
	var at struct {
		TokenURL string `json:"token_url"`
		Addr     string `json:"addr"`
	}
	if err := json.NewDecoder(out).Decode(&at); err != nil {
		t.Fatalf("feed serve: %v\n%s", err, &stderr)
	}
	n.configure(at.TokenURL, at.Addr)
	return n
}

// configure points the node to a feed server whose certificates are in tls.
func (n *node) configure(tokenURL, addr string) {
	n.t.Helper()
	yaml := fmt.Sprintf(`journal: local:%[1]s/journal
data: %[1]s/data
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

// report runs hash, replay or verify.
func (n *node) report(args ...string) replay.Report {
	n.t.Helper()
	var list []replay.Report
	out := n.must(append(args, "-o", "json")...)
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

// kills is how often the running process is killed.
func kills(t testing.TB) int {
	if s := os.Getenv("DEADHEAT_KILLS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 20
}

func TestKilledAtRandomMomentsGenerated(t *testing.T) { killed(t, generatedFile(t, 20_000)) }
func TestKilledAtRandomMomentsCapture(t *testing.T)   { killed(t, captureFeed(t)) }

// killed kills the process at random moments, restarts it each time, and
// compares with a run that nobody disturbed.
func killed(t *testing.T, f feedFile) {
	bin := deadheat(t)
	calm := newNode(t, bin, "--input", f.path)
	calm.runIdle()
	want, _ := calm.check(f)

	n := kills(t)
	rng := rand.New(rand.NewSource(time.Now().UnixNano()))
	pause := func() time.Duration { return time.Duration(30+rng.Intn(300)) * time.Millisecond }
	// The feed is slow enough for all kills to fall into it.
	rate := len(f.offsets) * 10 / (n * 4)
	hurt := newNode(t, bin, "--input", f.path, "--rate", strconv.Itoa(rate), "--shuffle", "3", "--window", "300")
	for range n {
		cmd := exec.Command(bin, "run", "--config", hurt.config)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(pause())
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		if s := cmd.ProcessState.Sys().(syscall.WaitStatus); !s.Signaled() {
			t.Fatalf("the process ended by itself before it was killed: %v\n%s", cmd.ProcessState, &stderr)
		}
	}
	hurt.runIdle()
	if got, _ := hurt.check(f); got != want {
		t.Errorf("after %d kills the state hash is %s, undisturbed it is %s", n, got, want)
	}
	t.Logf("%d kills", n)
}
