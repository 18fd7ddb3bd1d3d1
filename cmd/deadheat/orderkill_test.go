package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/journal/kafka/kafkatest"
	"github.com/deadheat-io/deadheat/replay"
)

// These tests kill processes while clients place orders. Clients send the same
// command again until they are answered. What must hold all the same is checked
// by ordercheck_test.go.

// newOrderNode is an installation that takes orders, under a node's name.
func newOrderNode(t testing.TB, at journalPlace, name string) *node {
	t.Helper()
	n := &node{t: t, bin: deadheat(t), dir: t.TempDir(), place: at, orders: true}
	n.config = filepath.Join(n.dir, "deadheat.yaml")
	yaml := at.keys(n.dir) + fmt.Sprintf("data: %s/data\norders: {node: %s, partitions: 1}\n", n.dir, name)
	if err := os.WriteFile(n.config, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return n
}

// as is a twin with another node's name.
func (n *node) as(name string) *node {
	n.t.Helper()
	twin := n.twin()
	yaml, err := os.ReadFile(twin.config)
	if err == nil {
		at := strings.Index(string(yaml), "orders: ")
		err = os.WriteFile(twin.config, fmt.Appendf(yaml[:at:at], "orders: {node: %s, partitions: 1}\n", name), 0o600)
	}
	if err != nil {
		n.t.Fatal(err)
	}
	return twin
}

// orderTrial is a trial of nodes that take orders of a crowd.
type orderTrial struct {
	*trial
	*crowd
	nodes []*node
}

// newOrderTrial makes one node for each name. Names may be the same.
func newOrderTrial(t testing.TB, at journalPlace, batch int, names ...string) *orderTrial {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	x := &trial{node: newOrderNode(t, at, names[0]), rng: rand.New(rand.NewPCG(seed, 0)), seed: seed, faults: map[string]int{}}
	x.feedReader.by, x.outputReader.by = "a reader of the orders", "a reader of the executions"
	o := &orderTrial{trial: x, crowd: newCrowd(t, 6, batch, 0, seed), nodes: []*node{x.node}}
	for _, name := range names[1:] {
		o.nodes = append(o.nodes, x.node.as(name))
	}
	return o
}

// TestOrdersThroughKills kills processes that take orders with SIGKILL,
// DEADHEAT_KILLS times: in turn soon after their start, and some time after an
// order was answered.
func TestOrdersThroughKills(t *testing.T) {
	kills := count(t, "DEADHEAT_KILLS", 1)
	t.Run("local", func(t *testing.T) { newOrderTrial(t, localPlace(), 6, "one").killed(kills) })
	t.Run("kafka", func(t *testing.T) {
		newOrderTrial(t, kafkaPlace(t, kafkatest.Shared(t)), 6, "one").killed(kills)
	})
	t.Run("kafka, two intakes", func(t *testing.T) {
		newOrderTrial(t, kafkaPlace(t, kafkatest.Shared(t)), 6, "one", "two").killed(kills)
	})
}

func (x *orderTrial) killed(kills int) {
	x.t.Helper()
	running := make([]*process, len(x.nodes))
	for i := range kills {
		for k, n := range x.nodes {
			if running[k] == nil {
				running[k] = n.start(x.look())
			}
		}
		x.use(running...)
		k := x.rng.IntN(len(running))
		if i%2 == 0 {
			x.awaitAnswers(1+x.rng.IntN(200), running[k])
		}
		time.Sleep(x.between(30*time.Millisecond, 330*time.Millisecond))
		for at, p := range running {
			if at == k || x.rng.IntN(2) == 0 { // now and then all of them
				p.kill()
				x.fault("SIGKILL")
				x.recovery(p)
				x.collect(p)
				running[at] = nil
			}
		}
	}
	x.finish(running)
}

// finish starts what is not running, waits until every client has its answer, ends
// all in order and proves everything.
func (x *orderTrial) finish(running []*process) {
	x.t.Helper()
	for k, n := range x.nodes {
		if running[k] == nil {
			running[k] = n.start(x.look())
		}
	}
	x.use(running...)
	x.awaitAnswers(100, running[0])
	x.end()
	last := x.lastHash(running[0])
	for _, p := range running {
		p.stop(recoverTime)
		x.recovery(p)
		x.collect(p)
	}
	x.told = append(x.told, last)
	x.prove()
}

// lastHash is what a process tells of its state when all is answered.
func (x *orderTrial) lastHash(p *process) sample {
	x.t.Helper()
	answer, err := http.Get(p.url() + "/v1/hash")
	if err != nil {
		x.t.Fatal(err)
	}
	defer answer.Body.Close()
	var list []replay.Report
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil || len(list) != 1 {
		x.t.Fatalf("/v1/hash: %v, %d partitions", err, len(list))
	}
	return sample{list[0].Next, list[0].Chain, list[0].StateHash, "who asked at the end"}
}

// prove checks everything that the nodes hold, once they have ended.
func (x *orderTrial) prove() {
	x.t.Helper()
	x.look()
	j := x.open()
	defer j.Close()
	h, err := readHistory(x.t.Context(), j, &kinds[1])
	if err != nil {
		x.t.Fatal(err)
	}
	l, err := foldOrders(h, x.told, x.toldOutputs)
	if err == nil {
		err = l.check(x.answers, x.requests)
	}
	if err != nil {
		x.keep()
		x.t.Fatalf("violation (seed %d): %v", x.seed, err)
	}
	for _, n := range x.nodes {
		n.holds(h, l)
	}
	if !x.t.Failed() {
		x.t.Logf("%s: %s; %d recoveries, worst %.2f s; %s; %d records, %d outputs and %d of them twice, %d samples; 0 violations",
			x.place.name, x.trial.list(), x.recoveries, x.worst.Seconds(), x.crowd.list(), len(h.feed), len(l.refold.outputs), l.twice, len(x.told)+len(x.toldOutputs))
	}
}

// holds compares what a node has stored with a fresh fold.
func (n *node) holds(h *history, l *ledger) {
	n.t.Helper()
	replica := []string{"replay", "--every", strconv.Itoa(777), "--into", filepath.Join(n.t.TempDir(), "replica")}
	if got := n.report(replica...); got.StateHash != l.hash || got.Chain != l.chain {
		n.t.Errorf("a replica has state hash %s, a fresh fold %s", got.StateHash, l.hash)
	}
	have := n.report("hash")
	if have.Next == int64(len(h.feed)) {
		if have.StateHash != l.hash || have.Chain != l.chain {
			n.t.Errorf("the store has state hash %s, a fresh fold %s", have.StateHash, l.hash)
		}
		for i := range orderVenues {
			want, _ := l.book.Market(orderVenues[i].id)
			var got bookAnswer
			if err := json.Unmarshal([]byte(n.must("book", "show", want.ID, "-o", "json")), &got); err != nil || got.Market.Hash != want.Hash {
				n.t.Errorf("book %s has hash %s, of a fresh fold %s: %v", want.ID, got.Market.Hash, want.Hash, err)
			}
		}
	} else if len(h.feed)-int(have.Next) > 100 {
		n.t.Errorf("the store is at %d, the journal ends at %d", have.Next, len(h.feed))
	}
	n.must("verify")
	n.must("journal", "gaps")
}
