package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/journal"
)

// trial is a node to which things happen, and what was seen of it meanwhile.
type trial struct {
	*node
	f    feedFile
	rng  *rand.Rand
	seed uint64

	told, toldOutputs []sample
	feedReader        prefixReader
	outputReader      prefixReader

	faults     map[string]int
	recoveries int
	worst      time.Duration
}

// newTrial makes a node with a journal at a place.
func newTrial(t testing.TB, at journalPlace, f feedFile, feedArgs ...string) *trial {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	x := &trial{
		node: newNodeAt(t, at, deadheat(t), append([]string{"--input", f.path}, feedArgs...)...), f: f,
		rng: rand.New(rand.NewPCG(seed, 0)), seed: seed, faults: map[string]int{},
	}
	x.feedReader.by, x.outputReader.by = "a reader of the feed's topic", "a reader of the outputs"
	return x
}

// between is a random time.
func (x *trial) between(from, to time.Duration) time.Duration {
	return from + time.Duration(x.rng.Int64N(int64(to-from)))
}

// fault counts one.
func (x *trial) fault(kind string) { x.faults[kind]++ }

// collect takes over what a process was asked, once it has ended.
func (x *trial) collect(p *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x.told = append(x.told, p.told...)
	p.told = nil
}

// recovery counts that a process has come back.
func (x *trial) recovery(p *process) {
	if took, ok := p.recovered(); ok {
		x.recoveries++
		x.worst = max(x.worst, took)
	}
}

// open opens the node's journal for reading, as a command does; nil when there
// is none yet.
func (n *node) open() journal.Journal {
	n.t.Helper()
	cfg, err := loadConfig(n.config, flagLayer(newRoot()))
	if err != nil {
		n.t.Fatal(err)
	}
	j, err := openJournal(n.t.Context(), cfg, true)
	if errors.Is(err, journal.ErrNoJournal) {
		return nil
	}
	if err != nil {
		n.t.Fatal(err)
	}
	return j
}

// look reads what came to the journal since the last look, so that the end can
// prove that none of it has changed. It returns the end of the feed's partition.
func (x *trial) look() int64 {
	x.t.Helper()
	j := x.open()
	if j == nil {
		return 0
	}
	defer j.Close()
	kind := &kinds[0]
	if x.orders {
		kind = &kinds[1]
	}
	sources, err := kind.sources(x.t.Context(), j, "")
	if err != nil {
		x.t.Fatal(err)
	}
	if len(sources) == 0 {
		return 0
	}
	feed := sources[0].Partition
	if err := x.feedReader.read(x.t.Context(), j, feed, &x.told); err != nil {
		x.t.Fatal(err)
	}
	outputs := journal.Partition{Topic: kind.output(feed.Topic)}
	if _, _, err := j.Bounds(x.t.Context(), outputs); err == nil {
		if err := x.outputReader.read(x.t.Context(), j, outputs, &x.toldOutputs); err != nil {
			x.t.Fatal(err)
		}
	}
	return x.feedReader.next
}

// prefixReader reads a partition bit by bit.
type prefixReader struct {
	by    string
	next  int64
	chain *journal.Chain
}

func (r *prefixReader) read(ctx context.Context, j journal.Journal, p journal.Partition, told *[]sample) error {
	_, end, err := j.Bounds(ctx, p)
	if err != nil {
		return err
	}
	if end < r.next {
		return fmt.Errorf("%s has read %d records of %s, now there are %d: records were lost", r.by, r.next, p, end)
	}
	if r.chain == nil {
		r.chain = journal.NewChain()
	}
	err = journal.ReadRange(ctx, j, p, r.next, end, func(record *journal.Record) error {
		r.chain.Add(record)
		return nil
	})
	r.next = end
	*told = append(*told, sample{end, hex32(r.chain.Sum()), "", r.by})
	return err
}

// finish lets the node come to its end undisturbed, checks everything and says
// in one line what was done.
func (x *trial) finish(calm string) {
	x.t.Helper()
	end := x.look()
	p := x.node.startIdle(end)
	p.await(2 * time.Minute)
	if code := p.cmd.ProcessState.ExitCode(); code != exitOK {
		x.t.Fatalf("the last run ended with exit code %d\n%s", code, p.stderr)
	}
	x.recovery(p)
	x.collect(p)
	x.prove(calm)
}

// prove checks everything that the node holds; calm is the state hash of an
// undisturbed run, if there was one.
func (x *trial) prove(calm string) {
	x.t.Helper()
	x.look()
	hash, _ := x.check(x.f)
	if calm != "" && hash != calm {
		x.t.Errorf("the state hash is %s, undisturbed it is %s", hash, calm)
	}
	replica := []string{"replay", "--every", strconv.Itoa(500 + x.rng.IntN(2000)), "--into", filepath.Join(x.t.TempDir(), "replica")}
	if got := x.report(replica...); got.StateHash != hash {
		x.t.Errorf("a replica (%v) has state hash %s, the store has %s", replica, got.StateHash, hash)
	}
	j := x.open()
	defer j.Close()
	h, err := readHistory(x.t.Context(), j, &kinds[0])
	if err != nil {
		x.t.Fatal(err)
	}
	again, twice, err := h.check(x.told, x.toldOutputs, x.f.offsets)
	if err != nil {
		x.keep()
		x.t.Fatalf("violation (seed %d): %v", x.seed, err)
	}
	if again.hash != hash {
		x.t.Errorf("folded once more the state hash is %s, the store has %s", again.hash, hash)
	}
	if !x.t.Failed() {
		x.t.Logf("%s: %s; %d recoveries, worst %.2f s; %d records, %d outputs and %d of them twice, %d samples; 0 violations",
			x.place.name, x.list(), x.recoveries, x.worst.Seconds(), len(h.feed), len(again.outputs), twice, len(x.told)+len(x.toldOutputs))
	}
}

// list names the faults with their counts.
func (x *trial) list() string {
	var texts []string
	for _, kind := range slices.Sorted(maps.Keys(x.faults)) {
		texts = append(texts, fmt.Sprintf("%d %s", x.faults[kind], kind))
	}
	return strings.Join(texts, ", ")
}

// keep copies what is needed to look into a violation to where
// DEADHEAT_KEEP says.
func (x *trial) keep() {
	if to := os.Getenv("DEADHEAT_KEEP"); to != "" {
		to = filepath.Join(to, strings.ReplaceAll(x.t.Name(), "/", "_"))
		x.t.Logf("kept in %s: %v", to, os.CopyFS(to, os.DirFS(x.dir)))
	}
}

// calms are the state hashes that feeds end in when nobody disturbs them.
var calms struct {
	sync.Mutex
	hashes map[string]string
}

// calm runs a feed undisturbed, once for each way to serve it, with a journal in
// a place of its own.
func calm(t testing.TB, f feedFile, feedArgs ...string) string {
	t.Helper()
	calms.Lock()
	defer calms.Unlock()
	key := fmt.Sprint(f.name, len(f.offsets), feedArgs)
	if calms.hashes[key] == "" {
		n := newNode(t, deadheat(t), append([]string{"--input", f.path}, feedArgs...)...)
		n.runIdle()
		hash, _ := n.check(f)
		if calms.hashes == nil {
			calms.hashes = map[string]string{}
		}
		calms.hashes[key] = hash
	}
	return calms.hashes[key]
}

// count reads a number from the environment.
func count(t testing.TB, name string, short int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return short
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
