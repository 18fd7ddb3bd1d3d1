package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/replay"
)

// process is a running "deadheat run" that is asked, all the time, how far it is.
type process struct {
	t      testing.TB
	cmd    *exec.Cmd
	stderr *notes
	ended  chan struct{}

	projection string // whose hash is asked for

	mu     sync.Mutex
	at     string    // address of the API, once it is said
	told   []sample  // what /v1/hash answered
	since  time.Time // a fault ended then
	beyond int64     // and recovery is to be told of more than so many records
	took   time.Duration
}

// notes is what a process says, to be read while it runs.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(b)
}

func (n *notes) all() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// String is the last of it, for a test that fails.
func (n *notes) String() string {
	const last = 20
	text := n.all()
	if at := strings.Index(text, "panic: "); at >= 0 {
		return text[at:]
	}
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[max(0, len(lines)-last):], "")
}

// start runs the node with variables of the environment. Its recovery counts
// from now until more than beyond records are folded.
func (n *node) start(beyond int64, env ...string) *process {
	n.t.Helper()
	return n.run(beyond, env)
}

// startIdle runs the node until everything is done.
func (n *node) startIdle(beyond int64) *process {
	n.t.Helper()
	return n.run(beyond, nil, "--exit-idle", idleTime)
}

func (n *node) run(beyond int64, env []string, args ...string) *process {
	n.t.Helper()
	cmd := exec.Command(n.bin, append([]string{"run", "--config", n.config, "--http", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	p := &process{
		t: n.t, cmd: cmd, stderr: &notes{}, ended: make(chan struct{}), since: time.Now(), beyond: beyond,
		projection: n.projection(),
	}
	cmd.Stderr = p.stderr
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { cmd.Process.Kill(); <-p.ended })
	go func() { defer close(p.ended); _ = cmd.Wait() }()
	go p.watch()
	return p
}

var apiURL = regexp.MustCompile(`msg="API listens" url=(\S+)`)

// askEvery is how often a process is asked how far it is.
const askEvery = 15 * time.Millisecond

// watch asks as long as the process lives.
func (p *process) watch() {
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for {
		select {
		case <-p.ended:
			return
		case <-time.After(askEvery):
		}
		url := p.url()
		if url == "" {
			continue
		}
		if answer, err := client.Get(url + "/v1/hash"); err == nil { // it may be dead, stopped or ending
			var list []replay.Report
			err = json.NewDecoder(answer.Body).Decode(&list)
			answer.Body.Close()
			if err == nil && len(list) > 0 && list[0].Projection == p.projection {
				p.note(list[0])
			}
		}
	}
}

// url is where the process serves its API, "" before it does.
func (p *process) url() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == "" {
		if found := apiURL.FindStringSubmatch(p.stderr.all()); found != nil {
			p.at = found[1]
		}
	}
	return p.at
}

func (p *process) note(r replay.Report) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.told); n == 0 || p.told[n-1].next != r.Next {
		p.told = append(p.told, sample{r.Next, r.Chain, r.StateHash, "a client of the API"})
	}
	if !p.since.IsZero() && r.Next > p.beyond {
		p.took, p.since = time.Since(p.since), time.Time{}
	}
}

// last is the highest position that was told, 0 if none.
func (p *process) last() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.told) == 0 {
		return 0
	}
	return p.told[len(p.told)-1].next
}

// healed says that a fault has ended now.
func (p *process) healed() {
	next := p.last()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.since, p.beyond, p.took = time.Now(), next, 0
}

// recovered tells whether the process has come to new records since the last
// fault, and how long that took.
func (p *process) recovered() (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.took, p.took > 0
}

// awaitRecovery waits until then, or until the process ends.
func (p *process) awaitRecovery(limit time.Duration) {
	p.t.Helper()
	for start := time.Now(); ; time.Sleep(askEvery) {
		if _, ok := p.recovered(); ok || p.over() {
			return
		}
		if time.Since(start) > limit {
			p.t.Fatalf("nothing new was folded for %s\n%s", limit, p.stderr)
		}
	}
}

func (p *process) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// signal sends a signal; the process must be alive.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if p.over() {
		p.t.Fatalf("the process ended by itself: %v\n%s", p.cmd.ProcessState, p.stderr)
	}
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// kill ends the process with SIGKILL.
func (p *process) kill() {
	p.t.Helper()
	p.signal(syscall.SIGKILL)
	<-p.ended
	if !p.killed() {
		p.t.Fatalf("the process ended by itself before it was killed: %v\n%s", p.cmd.ProcessState, p.stderr)
	}
}

// killed tells whether the process ended by SIGKILL.
func (p *process) killed() bool {
	s, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && s.Signaled() && s.Signal() == syscall.SIGKILL
}

// stop ends the process in order.
func (p *process) stop(limit time.Duration) {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	p.await(limit)
	if code := p.cmd.ProcessState.ExitCode(); code != exitOK {
		p.t.Fatalf("exit code %d after SIGTERM\n%s", code, p.stderr)
	}
}

// await waits until the process has ended.
func (p *process) await(limit time.Duration) {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(limit):
		p.t.Fatalf("the process has not ended after %s\n%s", limit, p.stderr)
	}
}

// says tells whether the process has said something.
func (p *process) says(text string) bool { return strings.Contains(p.stderr.all(), text) }
