package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/ingest/orders"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
)

// ask is a command that a client sends until it has a final answer.
type ask struct {
	market string
	body   schema.Command
	line   []byte
	since  time.Duration // when it was first sent
}

// newAsk writes a command's line. Its body is what the line says.
func newAsk(market string, body schema.Command) (*ask, error) {
	a := &ask{market: market, line: orderjson.AppendCommand(nil, orderjson.Command{Market: market, Body: body})}
	c, err := orderjson.Decode(a.line, orderjson.Options{})
	a.body = c.Body
	return a, err
}

// content is what a record of the command holds.
func (a *ask) content() string { return contentOf(a.market, a.body) }

func contentOf(market string, body schema.Body) string {
	return fmt.Sprintf("%q %d %s", market, body.RecordKind(), codec.Body(body))
}

// named tells whether the command is known again.
func (a *ask) named() bool {
	c, cancels := a.body.(*schema.OrderCancel)
	return !cancels || c.Cmd.OK
}

// heard is a final answer.
type heard struct {
	*ask
	text      string // without the mark of a repetition
	duplicate bool
	until     time.Duration // when it came
}

// crowd is clients that post commands at once, to whatever processes there are.
type crowd struct {
	t     testing.TB
	begun time.Time
	http  *http.Client
	batch int // lines of a request, at most
	limit int // commands of all clients; 0: until the end is called

	mu        sync.Mutex
	processes []*process
	recent    []*ask // asked not long ago
	answers   []heard
	requests  map[string]int // of each content: those that may have journalled it
	counts    map[string]int // of what was answered
	asked     int
	ending    bool
	wg        sync.WaitGroup
}

// newCrowd lets n clients post. Nothing is sent before there is a process.
func newCrowd(t testing.TB, n, batch, limit int, seed uint64) *crowd {
	c := &crowd{
		t: t, begun: time.Now(), batch: batch, limit: limit, requests: map[string]int{}, counts: map[string]int{},
		http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: n}},
	}
	t.Cleanup(func() { c.close(); c.wg.Wait(); c.http.CloseIdleConnections() })
	for i := range n {
		d := &orderDraw{rng: rand.New(rand.NewPCG(seed, uint64(i+1))), client: i + 1}
		c.wg.Go(func() { c.post(d) })
	}
	return c
}

// use names the processes that may be asked from now on.
func (c *crowd) use(processes ...*process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.processes = slices.Clone(processes)
}

// close lets clients ask for nothing new; end waits for their answers too.
func (c *crowd) close() {
	c.mu.Lock()
	c.ending = true
	c.mu.Unlock()
}

func (c *crowd) end() {
	c.close()
	c.wg.Wait()
}

// answered is how many answers there are.
func (c *crowd) answered() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.answers)
}

// awaitAnswers waits until n more commands are answered, or the process is over.
func (c *crowd) awaitAnswers(n int, p *process) {
	c.t.Helper()
	from := c.answered()
	for start := time.Now(); c.answered() < from+n && !p.over(); time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > recoverTime {
			c.t.Fatalf("no order was answered for %s\n%s", recoverTime, p.stderr)
		}
	}
}

// post is one client.
func (c *crowd) post(d *orderDraw) {
	for i := range orderVenues { // the same of every client: one of them creates it
		a, err := newAsk(orderVenues[i].id, orderVenues[i].opening())
		if err != nil || !c.settle(d, []*ask{a}) {
			c.t.Errorf("%s: %v", orderVenues[i].id, err)
			return
		}
	}
	for {
		list := c.draw(d)
		if len(list) == 0 || !c.settle(d, list) {
			return
		}
	}
}

// draw draws what a request holds: new commands, and some of before, again or with
// another body. Nothing is the end.
func (c *crowd) draw(d *orderDraw) (list []*ask) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending || c.limit > 0 && c.asked >= c.limit {
		return nil
	}
	n := 1
	if c.batch > 1 && (c.limit > 0 || d.rng.IntN(3) == 0) { // a limit is there to be reached
		n += d.rng.IntN(c.batch)
	}
	for range n {
		c.asked++
		if len(c.recent) > 0 && d.rng.IntN(10) == 0 {
			old := c.recent[d.rng.IntN(len(c.recent))]
			again, err := newAsk(old.market, old.body)
			if d.rng.IntN(3) == 0 {
				again, err = newAsk(old.market, d.other(old.body))
			}
			c.check(err)
			list = append(list, again)
			continue
		}
		var target *ask
		for range 4 {
			if len(c.recent) == 0 {
				break
			}
			at := c.recent[d.rng.IntN(len(c.recent))]
			if _, placed := at.body.(*schema.OrderNew); placed {
				target = at
			}
		}
		a, err := newAsk(d.command(target))
		c.check(err)
		list = append(list, a)
		if a.named() {
			c.remember(d, a)
		}
	}
	return list
}

func (c *crowd) check(err error) {
	if err != nil {
		c.t.Errorf("a command that no gate takes: %v", err)
	}
}

// remember keeps a few hundred commands to come back to.
func (c *crowd) remember(d *orderDraw, a *ask) {
	const most = 300
	if len(c.recent) < most {
		c.recent = append(c.recent, a)
	} else {
		c.recent[d.rng.IntN(most)] = a
	}
}

// settleTime is how long a client tries.
const settleTime = 2 * time.Minute

// settle sends commands until all have their final answer.
func (c *crowd) settle(d *orderDraw, list []*ask) bool {
	for _, a := range list {
		a.since = time.Since(c.begun)
	}
	for start := time.Now(); ; {
		if url := c.url(d); url != "" {
			if list = c.try(d, url, list); len(list) == 0 {
				return true
			}
		}
		if c.givenUp() {
			return false
		}
		if time.Since(start) > settleTime {
			c.t.Errorf("%d commands have no answer after %s, the first is %s", len(list), settleTime, list[0].line)
			return false
		}
		time.Sleep(time.Duration(1+d.rng.IntN(20)) * time.Millisecond)
	}
}

// givenUp tells whether the test has failed and nobody waits for the clients.
func (c *crowd) givenUp() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ending && c.t.Failed()
}

// url is the address of one of the processes; "" while there is none.
func (c *crowd) url(d *orderDraw) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.processes) == 0 {
		return ""
	}
	return c.processes[d.rng.IntN(len(c.processes))].url()
}

// try sends one request, and returns what has no final answer yet.
func (c *crowd) try(d *orderDraw, url string, list []*ask) (open []*ask) {
	media, query := "application/json", ""
	if len(list) > 1 || c.batch > 1 && d.rng.IntN(8) == 0 {
		media = "application/x-ndjson"
	}
	if d.rng.IntN(16) == 0 {
		query = "?wait=matched"
	}
	var body bytes.Buffer
	for _, a := range list {
		body.Write(a.line)
		body.WriteByte('\n')
	}
	answer, err := c.http.Post(url+"/v1/orders"+query, media, &body)
	if err != nil {
		return c.unknown("broken", list)
	}
	text, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	switch {
	case err != nil:
		return c.unknown("broken", list)
	case answer.StatusCode == http.StatusServiceUnavailable:
		c.tally("503", len(list))
		return list
	case media == "application/json":
		duplicate := answer.Header.Get(orders.DuplicateHeader) == "true"
		return c.hear(list[0], string(bytes.TrimSuffix(text, []byte("\n"))), duplicate)
	case answer.StatusCode != http.StatusOK || bytes.Count(text, []byte("\n")) != len(list):
		c.t.Errorf("%d for a batch of %d lines: %s", answer.StatusCode, len(list), text)
		return nil
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		plain, duplicate := strings.CutSuffix(line, `,"duplicate":true}`)
		if duplicate {
			plain += "}"
		}
		open = append(open, c.hear(list[0], plain, duplicate)...)
		list = list[1:]
	}
	return open
}

// hear takes one answer; the command is returned when it is not final.
func (c *crowd) hear(a *ask, text string, duplicate bool) []*ask {
	var x struct {
		Status, Code string
		Position     *struct{ Offset int64 }
	}
	err := json.Unmarshal([]byte(text), &x)
	switch {
	case err != nil:
		c.t.Errorf("%s is answered %s: %v", a.line, text, err)
		return nil
	case x.Status == orders.Unknown:
		return c.unknown(orders.Unknown, []*ask{a})
	case x.Position == nil && x.Code == orders.CodeNotStored:
		c.tally(x.Code, 1)
		return []*ask{a}
	case x.Position == nil:
		c.t.Errorf("%s is refused: %s", a.line, text)
		return nil
	}
	now := time.Since(c.begun)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests[a.content()]++
	c.answers = append(c.answers, heard{a, text, duplicate, now})
	if c.counts[x.Status]++; duplicate {
		c.counts["duplicates among them"]++
	}
	return nil
}

// unknown counts commands that may have been journalled.
func (c *crowd) unknown(kind string, list []*ask) []*ask {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[kind] += len(list)
	for _, a := range list {
		c.requests[a.content()]++
	}
	return list
}

func (c *crowd) tally(kind string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[kind] += n
}

// list names what was answered, with counts.
func (c *crowd) list() string {
	var texts []string
	for _, kind := range slices.Sorted(maps.Keys(c.counts)) {
		texts = append(texts, fmt.Sprintf("%d %s", c.counts[kind], kind))
	}
	return fmt.Sprintf("%d answers: %s", len(c.answers), strings.Join(texts, ", "))
}
