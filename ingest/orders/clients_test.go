package orders_test

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/ingest/orders"
)

// told is what clients were told of one order.
type told struct {
	mu     sync.Mutex
	line   map[string]string // of account/id
	body   map[string]string // the answer that was final
	resent int
}

// answerLine is what a client reads of an answer.
type answerLine struct {
	Status, Code string
	Position     *struct{ Offset int64 }
	Duplicate    bool
}

// hear holds an answer against what was told before.
func (m *told) hear(t *testing.T, name, body string, duplicate bool) {
	var a answerLine
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		t.Errorf("%s: %q: %v", name, body, err)
		return
	}
	if a.Position == nil { // unknown, or nothing was sent
		if a.Status == orders.Accepted {
			t.Errorf("%s: accepted nowhere: %s", name, body)
		}
		return
	}
	body = strings.Replace(strings.TrimSpace(body), `,"duplicate":true}`, "}", 1)
	m.mu.Lock()
	defer m.mu.Unlock()
	before, known := m.body[name]
	switch {
	case !known:
		m.body[name] = body
	case before != body:
		t.Errorf("%s was told\n     %s\nand  %s", name, before, body)
	}
	if duplicate {
		m.resent++
	}
}

// client sends random orders, singly and in batches, and some of them again, until
// it is done.
func (r *rig) client(t *testing.T, m *told, account string, seed int64, done func() bool) {
	rng := rand.New(rand.NewSource(seed))
	var mine []string
	order := func() string {
		if len(mine) > 0 && rng.Intn(3) == 0 {
			return mine[rng.Intn(len(mine))]
		}
		name := fmt.Sprintf("%s/%d", account, len(mine))
		line := limit(fmt.Sprint("M", rng.Intn(4)), account, fmt.Sprint(len(mine)), []string{"buy", "sell"}[rng.Intn(2)],
			[]string{"10.00", "10.01", "10.001"}[rng.Intn(3)], 1+rng.Intn(5))
		m.mu.Lock()
		m.line[name] = line
		m.mu.Unlock()
		mine = append(mine, name)
		return name
	}
	for !done() {
		var names []string
		for range 1 + rng.Intn(5)*rng.Intn(2) {
			names = append(names, order())
		}
		if len(names) == 1 {
			w := r.post(m.get(names[0]))
			if w.Code == 503 {
				time.Sleep(time.Millisecond)
			}
			m.hear(t, names[0], w.Body.String(), w.Header().Get(orders.DuplicateHeader) != "")
			continue
		}
		var body strings.Builder
		for _, name := range names {
			body.WriteString(m.get(name) + "\n")
		}
		w := r.do("POST", "/v1/orders", ndjson, body.String())
		if w.Code == 503 {
			time.Sleep(time.Millisecond)
			continue
		}
		lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
		if w.Code != 200 || len(lines) != len(names) {
			t.Errorf("%d: %d lines for %d: %s", w.Code, len(lines), len(names), w.Body)
			return
		}
		for i, line := range lines {
			m.hear(t, names[i], line, strings.Contains(line, `"duplicate":true`))
		}
	}
}

func (m *told) get(name string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.line[name]
}

// check holds what clients were told against the outputs of the fold: what was
// ACCEPTED is there once, what was REJECTED never. Then everything is sent again.
func (m *told) check(t *testing.T, r *rig) {
	t.Helper()
	there := r.accepted("")
	kinds := map[string]int{}
	for name, body := range m.body {
		var a answerLine
		_ = json.Unmarshal([]byte(body), &a)
		kinds[a.Status]++
		want := 0
		if a.Status == orders.Accepted {
			want = 1
		}
		if there[name] != want {
			t.Errorf("%s was told %s and is there %d times", name, body, there[name])
		}
	}
	for name, n := range there {
		if n != 1 || m.line[name] == "" {
			t.Errorf("%s is there %d times", name, n)
		}
	}
	for name, line := range m.line {
		w := r.post(line)
		if w.Code != 200 && w.Code != 422 {
			t.Errorf("%s is at last told %d: %s", name, w.Code, w.Body)
		}
		m.hear(t, name, w.Body.String(), w.Header().Get(orders.DuplicateHeader) != "")
		if there[name] == 1 && w.Code != 200 {
			t.Errorf("%s is there and told %s", name, w.Body)
		}
	}
	for name, n := range r.accepted("") {
		if n != 1 {
			t.Errorf("%s is there %d times in the end", name, n)
		}
	}
	if kinds[orders.Accepted] == 0 || kinds[orders.Rejected] == 0 || m.resent == 0 {
		t.Errorf("nothing was tested: %v, %d again", kinds, m.resent)
	}
}

func newTold() *told { return &told{line: map[string]string{}, body: map[string]string{}} }

// TestClients has 8 clients, a journal that fails now and then, and restarts.
func TestClients(t *testing.T) {
	lives := 6
	if testing.Short() {
		lives = 2
	}
	r := newRig(t, 3, func(c *orders.Config) { c.Wait = 200 * time.Millisecond })
	for i := range 4 {
		name := fmt.Sprint("M", i)
		r.until("market "+name, func() bool {
			return r.post(`{"op":"market","market":"`+name+`","action":"create","kind":"shares","tick":"0.01","cmd":"create"}`).Code == 200
		})
	}
	m := newTold()
	rng := rand.New(rand.NewSource(1))
	for life := range lives {
		start := r.intake.Stats().Commands
		enough := func() bool { s := r.intake.Stats(); return s.Commands-start > 600 }
		var clients sync.WaitGroup
		for c := range 8 {
			clients.Go(func() { r.client(t, m, fmt.Sprintf("a%d.%d", life, c), int64(life*100+c), enough) })
		}
		for !enough() {
			mode := []fault{sound, sound, losing, landing, holding}[rng.Intn(5)]
			r.journal.set(mode)
			if mode == holding {
				time.Sleep(time.Millisecond)
			} else {
				r.until("something", func() bool { return enough() || rng.Intn(20) == 0 })
			}
			r.journal.set(sound)
			r.until("lanes", func() bool { return enough() || r.intake.Ready() == nil })
		}
		r.journal.set(sound)
		clients.Wait()
		if life%2 == 0 {
			r.restart()
		}
		if t.Failed() {
			return
		}
	}
	r.change = nil // with time enough
	r.restart()
	m.check(t, r)
	t.Logf("%d orders, %d answers of repetitions", len(m.line), m.resent)
}

// TestStopUnderLoad ends the intake while clients send: nobody is told a lie, and
// nobody waits longer than the stop may take.
func TestStopUnderLoad(t *testing.T) {
	for round := range 5 {
		r := newRig(t, 2, func(c *orders.Config) { c.Stop, c.Wait = 50*time.Millisecond, time.Hour })
		for i := range 4 {
			r.create(fmt.Sprint("M", i))
		}
		m := newTold()
		var clients sync.WaitGroup
		stopped := make(chan struct{})
		over := func() bool {
			select {
			case <-stopped:
				return true
			default:
				return false
			}
		}
		for c := range 8 {
			clients.Go(func() { r.client(t, m, fmt.Sprint("a", c), int64(round*10+c), over) })
		}
		r.until("load", func() bool { return r.intake.Stats().Accepted > 100 })
		if round%2 == 1 {
			r.journal.set(holding) // what is in flight will not be answered
			r.until("something in flight", func() bool { return r.intake.Stats().Flying > 0 })
		}
		r.stop()
		if err := <-r.ran; err != nil {
			t.Error(err)
		}
		close(stopped)
		clients.Wait()
		w := r.post(limit("M0", "a", "late", "buy", "10.00", 5))
		r.want(w, 503, `"status":"REJECTED"`, "nothing was sent")
		r.fails = true // the run has been looked at
		r.journal.set(sound)
		r.restart()
		m.check(t, r)
	}
}

// TestStopWaits has an order that is in flight when the stop comes: it is answered,
// and nothing new is let in.
func TestStopWaits(t *testing.T) {
	r := newRig(t, 1, func(c *orders.Config) { c.Stop = time.Hour })
	r.create("M")
	r.journal.set(holding)
	var client sync.WaitGroup
	client.Go(func() { r.want(r.post(limit("M", "a", "1", "buy", "10.00", 5)), 200, `"status":"ACCEPTED"`) })
	r.until("it in flight", func() bool { return r.intake.Stats().Flying == 1 })
	r.stop()
	r.until("the stop", func() bool { return r.intake.Ready() != nil })
	w := r.post(limit("M", "a", "2", "buy", "10.00", 5))
	r.want(w, 503, `{"status":"REJECTED","code":"stopping"`, "nothing was sent")
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	r.journal.set(sound)
	client.Wait()
}

// TestOrderOfLines has each client's lines in a partition in their order.
func TestOrderOfLines(t *testing.T) {
	r := newRig(t, 2, nil)
	r.create("M")
	var clients sync.WaitGroup
	for c := range 4 {
		clients.Go(func() {
			var body strings.Builder
			for i := range 300 {
				body.WriteString(limit("M", fmt.Sprint("a", c), fmt.Sprint(i), "buy", "10.00", 1) + "\n")
			}
			w := r.do("POST", "/v1/orders", ndjson, body.String())
			var offsets []int64
			for line := range strings.Lines(w.Body.String()) {
				var a answerLine
				if err := json.Unmarshal([]byte(line), &a); err != nil || a.Position == nil {
					t.Errorf("%s: %v", line, err)
					return
				}
				offsets = append(offsets, a.Position.Offset)
			}
			if len(offsets) != 300 || !slices.IsSorted(offsets) {
				t.Errorf("client %d: %d answers, offsets %v", c, len(offsets), offsets)
			}
		})
	}
	clients.Wait()
	if s := r.intake.Stats(); s.Appends > 5 || s.Accepted != 1201 {
		t.Errorf("%d appends, %d accepted", s.Appends, s.Accepted)
	}
}
