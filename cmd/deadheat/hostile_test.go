package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
)

// siege is one process with two feeds: one that nobody disturbs, and one whose
// servers turn hostile.
type siege struct {
	t          testing.TB
	dir        string
	cmd        *exec.Cmd
	stderr     *notes
	api        string
	feed, gate *kambitest.Door // before the hostile feed and its token endpoint
}

// besieged is a feed and the state that it ends in.
type besieged struct {
	server *kambitest.Server
	want   []byte
	last   int // messages
}

// serveBesieged serves n generated messages at a rate.
func serveBesieged(t testing.TB, tls *kambitest.Files, seed int64, n int, rate float64) besieged {
	t.Helper()
	g := kambitest.NewGenerator(kambitest.GenConfig{Seed: seed, Events: 6, Offers: 10})
	all := make([]kambitest.Message, n)
	for i := range all {
		all[i] = g.Next()
	}
	naive, err := kambitest.Fold(all)
	if err != nil {
		t.Fatal(err)
	}
	want, err := naive.State()
	if err != nil {
		t.Fatal(err)
	}
	server, err := kambitest.Start(context.Background(), kambitest.Config{TLS: tls, Feed: kambitest.NewSequence(all), Rate: rate})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return besieged{server, want, n}
}

// laySiege starts the process.
func laySiege(t testing.TB, tls *kambitest.Files, good, bad besieged) *siege {
	t.Helper()
	s := &siege{t: t, dir: t.TempDir(), stderr: new(notes)}
	door := func(target string) *kambitest.Door {
		d, err := kambitest.OpenDoor(target)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.Close)
		return d
	}
	s.feed, s.gate = door(bad.server.Addr()), door(strings.TrimSuffix(strings.TrimPrefix(bad.server.TokenURL(), "https://"), "/token"))
	source := func(name, url, addr string) string {
		return fmt.Sprintf("    - {name: %s, token_url: %q, addr: %q, offerings: [test], tls: {ca: %q, cert: %q, key: %q}}\n",
			name, url, addr, tls.CA, tls.Client, tls.ClientKey)
	}
	config := filepath.Join(s.dir, "deadheat.yaml")
	yaml := fmt.Sprintf("journal: local:%[1]s/journal\ndata: %[1]s/data\nhttp: 127.0.0.1:0\nsources:\n  kambi:\n", s.dir) +
		source("good", good.server.TokenURL(), good.server.Addr()) +
		source("bad", "https://"+s.gate.Addr()+"/token", s.feed.Addr())
	if err := os.WriteFile(config, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	s.cmd = exec.Command(deadheat(t), "run", "--config", config)
	s.cmd.Stderr = s.stderr
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.cmd.Process.Kill(); s.cmd.Wait() })
	listens := regexp.MustCompile(`url=(http://[0-9.:]+)`)
	s.wait("the API", func() bool {
		if m := listens.FindStringSubmatch(s.stderr.all()); m != nil {
			s.api = m[1]
		}
		return s.api != ""
	})
	return s
}

func (s *siege) wait(what string, ready func() bool) {
	s.t.Helper()
	for end := time.Now().Add(30 * time.Second); !ready(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("waiting for %s\n%s\n%s", what, s.get("/v1/sources"), s.stderr)
		}
	}
}

// get asks the API; "" when it does not answer.
func (s *siege) get(path string) string {
	response, err := http.Get(s.api + path)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return ""
	}
	return string(body)
}

// metric is the sum of the samples whose name and labels hold all the words.
func (s *siege) metric(words ...string) (sum float64) {
	lines := bufio.NewScanner(strings.NewReader(s.get("/metrics")))
samples:
	for lines.Scan() {
		for _, w := range words {
			if !strings.Contains(lines.Text(), w) {
				continue samples
			}
		}
		if at := strings.LastIndexByte(lines.Text(), ' '); at >= 0 && lines.Text()[0] != '#' {
			n, _ := strconv.ParseFloat(lines.Text()[at+1:], 64)
			sum += n
		}
	}
	return sum
}

func (s *siege) live(name string) bool {
	return s.metric("deadheat_source_live", `source="`+name+`"`, `state="realtime"`) == 1
}

// attack hands a door to somebody hostile until a counter of the bad source
// moves, and opens it again.
func (s *siege) attack(door *kambitest.Door, way kambitest.Hostile, counter ...string) {
	s.t.Helper()
	counter = append(counter, `source="bad"`)
	before, start := s.metric(counter...), time.Now()
	door.Hand(way.Serve)
	if door == s.gate { // so that a token is asked for
		s.feed.Hand(nil)
	}
	s.wait(way.Name+" in "+strings.Join(counter, " "), func() bool { return s.metric(counter...) > before })
	door.Hand(nil)
	s.wait("the recovery from "+way.Name, func() bool { return s.live("bad") })
	s.t.Logf("%s: %s", way.Name, time.Since(start).Round(time.Millisecond))
}

// peakMemory is the most memory the process has had, from the kernel.
func (s *siege) peakMemory() int64 {
	s.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
			n, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				s.t.Fatal(err)
			}
			return n << 10
		}
	}
	s.t.Fatalf("no VmHWM in %s", text)
	return 0
}

// TestOneHostileFeedHurtsNobodyElse runs the program with a good feed and one
// that does in turns what a feed can do. The good one arrives completely, memory
// stays within limits, all of it is counted, and the bad one recovers each time.
func TestOneHostileFeedHurtsNobodyElse(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the memory of a process is read from /proc")
	}
	tls, err := kambitest.EnsureTLS(filepath.Join(t.TempDir(), "tls"))
	if err != nil {
		t.Fatal(err)
	}
	ways := hostileWays(t, tls)
	good := serveBesieged(t, tls, 5, 2500, 500)
	bad := serveBesieged(t, tls, 6, 400, 100)
	s := laySiege(t, tls, good, bad)
	s.wait("both feeds in real time", func() bool { return s.live("good") && s.live("bad") })
	before := s.peakMemory()

	const events, rejected = "deadheat_ingest_events_total", "deadheat_ingest_decode_errors_total"
	s.attack(s.feed, ways["bomb"], events, `event="bomb"`)
	s.attack(s.feed, ways["oversized"], events, `event="frame"`)
	s.attack(s.feed, ways["damaged member"], events, `event="inflate"`)
	s.attack(s.feed, ways["nested"], rejected, "nested deeper than 32")
	s.attack(s.feed, ways["tiny fields"], rejected, "more than 131072 names")
	s.attack(s.feed, ways["rubbish"], events, `event="rubbish"`)
	s.attack(s.feed, ways["ping flood"], events, `event="protocol"`)
	s.attack(s.feed, ways["wrong host"], events, `event="connect"`)
	for _, name := range []string{"401", "500", "garbage", "endless body", "slow body"} {
		s.attack(s.gate, ways[name], events, `event="token"`)
	}

	for name, f := range map[string]besieged{"good": good, "bad": bad} {
		s.wait("all of the "+name+" feed", func() bool {
			return kambitest.DiffStates([]byte(s.get("/v1/state/offering?topic=feed."+name)), f.want) == nil
		})
	}
	if n := s.metric(events, `source="good"`) - s.metric(events, `source="good"`, `event="ping"`); n != 0 {
		t.Errorf("the good feed was disturbed %v times\n%s", n, s.get("/v1/sources"))
	}
	// One frame and what a pump holds, for each source.
	const limit = 2 * (4<<20 + 64<<20)
	grown := s.peakMemory() - before
	t.Logf("memory grew by %d MiB, from %d", grown>>20, before>>20)
	if !builtWithRace() && grown > 2*limit {
		t.Errorf("memory grew by %d bytes, at most %d are allowed", grown, 2*limit)
	}
	s.end()
}

// end ends the process in order and looks at what it said.
func (s *siege) end() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Fatalf("%v\n%s", err, s.stderr)
	}
	said := s.stderr.all()
	if n := strings.Count(said, "\n"); n > 200 {
		s.t.Errorf("%d lines of log", n)
	}
	if strings.Contains(said, "secret") || strings.Contains(said, "eyJhbGciOiJub25lIn0") { // how tokens begin
		s.t.Errorf("a secret was said:\n%s", said)
	}
	for _, args := range [][]string{{"verify"}, {"journal", "gaps"}} {
		cmd := exec.Command(s.cmd.Path, append(args, "--config", filepath.Join(s.dir, "deadheat.yaml"))...)
		if out, err := cmd.CombinedOutput(); err != nil {
			s.t.Errorf("deadheat %v: %v\n%s", args, err, bytes.TrimSpace(out))
		}
	}
}

// builtWithRace tells whether the race detector is in, which takes several times
// the memory.
func builtWithRace() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.ContainsFunc(info.Settings, func(b debug.BuildSetting) bool { return b.Key == "-race" && b.Value == "true" })
}

func hostileWays(t testing.TB, tls *kambitest.Files) map[string]kambitest.Hostile {
	t.Helper()
	byName := map[string]kambitest.Hostile{}
	add := func(list []kambitest.Hostile, err error) {
		if err != nil {
			t.Fatal(err)
		}
		for _, way := range list {
			byName[way.Name] = way
		}
	}
	add(kambitest.HostileTLS(tls, t.TempDir()))
	add(kambitest.HostileTokens(tls))
	add(kambitest.HostileFeeds(tls))
	return byName
}
