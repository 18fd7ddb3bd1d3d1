package kambi

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
)

// damaged is how many connections are damaged, each with a seed of its own,
// before one that is not.
const damaged = 20

// TestDamagedStreams lets a real server's stream be damaged behind its packing
// and before its encryption, as a broken server or gateway would. What is
// journalled as a message of the feed must have been sent; and when the damage
// ends, the state must be what the feed ends in.
func TestDamagedStreams(t *testing.T) {
	for round := range 10 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			t.Parallel()
			all := generatedMessages(400)
			feed, err := kambitest.NewSequence(all).SnapshotAt(all[99].Offset)
			if err != nil {
				t.Fatal(err)
			}
			// Damage hides in nothing but a check sum, so every send is a member.
			r := newRig(t, kambitest.Config{Feed: feed, Style: kambitest.Member, Faults: kambitest.Faults{CutEvery: 30}})
			hits := r.damage(uint64(round)*damaged + 1)
			run := r.run()
			run.wait("the end of the damage", func() bool { return hits.connections.Load() > damaged })
			run.complete(feed)
			if err := run.stop(); err != nil {
				t.Fatal(err)
			}
			events := run.source.Stats().Events
			if hits.bytes.Load() < damaged/2 || events[causeInflate]+events[causeNetwork]+events[causeClosed]+events[causeStale] == 0 {
				t.Errorf("%d damages, events %v", hits.bytes.Load(), events)
			}
			r.onlySent(feed)
			r.endsIn(all)
		})
	}
}

// TestDamagedEndlessStreams has one member for a whole session, whose check sum
// never comes: what was sent cannot be told from what was not. The source must
// get through all the same.
func TestDamagedEndlessStreams(t *testing.T) {
	for round := range 4 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, kambitest.Config{Style: kambitest.Stream, Faults: kambitest.Faults{CutEvery: 30}})
			hits := r.damage(uint64(1000 + round*damaged))
			run := r.run()
			run.wait("real time behind the damage", func() bool {
				return hits.connections.Load() > damaged && run.source.Status().Live()
			})
			if err := run.stop(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func generatedMessages(n int) []kambitest.Message {
	g := kambitest.NewGenerator(kambitest.GenConfig{Seed: 11, Events: 4, Offers: 10})
	all := make([]kambitest.Message, n)
	for i := range all {
		all[i] = g.Next()
	}
	return all
}

// hits counts what a damaging door does.
type hits struct{ connections, bytes atomic.Int64 }

// damage puts a door before the feed that unpacks TLS and damages what the
// server says on the first connections.
func (r *rig) damage(seed uint64) *hits {
	r.config.Limits = Limits{Stale: 400 * time.Millisecond, FirstMessage: 400 * time.Millisecond, Answer: time.Second, Rubbish: 50}
	r.config.Backoff = ingest.Backoff{First: time.Millisecond, Cap: 2 * time.Millisecond}
	server, err := files(r.t).ServerConfig()
	if err != nil {
		r.t.Fatal(err)
	}
	client, err := files(r.t).ClientConfig()
	if err != nil {
		r.t.Fatal(err)
	}
	door, err := kambitest.OpenDoor("")
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(door.Close)
	target, h := r.config.Addr, new(hits)
	r.config.Addr = door.Addr()
	door.Hand(func(raw net.Conn) {
		n := h.connections.Add(1)
		to, err := tls.Dial("tcp", target, client)
		if err != nil {
			return
		}
		defer to.Close()
		from := tls.Server(raw, server)
		var back sync.WaitGroup
		back.Go(func() {
			_, _ = io.Copy(to, from)
			to.NetConn().Close()
		})
		d := damager{rng: rand.New(rand.NewPCG(seed, uint64(n))), left: -1, hits: h}
		if n <= damaged {
			d.left = d.rng.IntN(5) // sends that pass first
		}
		d.copy(from, to)
		raw.Close()
		back.Wait()
	})
	return h
}

// damager carries what a server says and damages it.
type damager struct {
	rng  *rand.Rand
	left int // records before the damage; negative: none
	hits *hits
}

func (d *damager) copy(to io.Writer, from io.Reader) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		b, cut := buf[:n], false
		if d.left == 0 && n > 4 {
			b, cut = d.hurt(b)
			d.hits.bytes.Add(1)
			d.left = 1 + d.rng.IntN(5)
		} else if d.left > 0 {
			d.left--
		}
		if _, e := to.Write(b); e != nil || err != nil || cut {
			return
		}
	}
}

// hurt damages one send, never so that nothing of it is left: that would be
// the server's own silence.
func (d *damager) hurt(b []byte) (_ []byte, cut bool) {
	from := 1 + d.rng.IntN(len(b)-2)
	to := from + 1 + d.rng.IntN(min(len(b)-from, 64))
	switch d.rng.IntN(4) {
	case 0:
		for range 1 + d.rng.IntN(4) {
			b[d.rng.IntN(len(b))] ^= 1 << d.rng.IntN(8)
		}
		return b, false
	case 1:
		return b[:from], true
	case 2:
		return bytes.Join([][]byte{b[:to], b[from:]}, nil), false
	}
	return bytes.Join([][]byte{b[:from], b[min(to, len(b)):]}, nil), false
}

// canonicalOf is the one form in which messages are compared.
func canonicalOf(t testing.TB, message []byte) string {
	t.Helper()
	c, err := kambijson.Canonical(message)
	if err != nil {
		t.Fatal(err)
	}
	return string(c)
}

// line is the message that a record holds, nil for other records.
func (r *rig) line(body schema.Body) []byte {
	switch b := body.(type) {
	case *schema.Message:
		return kambijson.Append(nil, b)
	case *schema.FeedUnknown:
		return []byte(b.Message)
	}
	return nil
}

// onlySent fails on every journalled message that the server never sent.
func (r *rig) onlySent(feed *kambitest.Sequence) {
	r.t.Helper()
	snapshot, err := feed.Snapshot()
	if err != nil {
		r.t.Fatal(err)
	}
	sent := map[string]bool{}
	for _, m := range append(snapshot.Messages, feed.Messages()...) {
		sent[canonicalOf(r.t, m.Line)] = true
	}
	for _, rec := range r.inEffect() {
		switch b := r.decode(rec).(type) {
		case *schema.SnapshotEnd:
			if b.Offset != snapshot.Offset {
				r.t.Errorf("a snapshot ends at %d, it was %d", b.Offset, snapshot.Offset)
			}
		case *schema.RejectedRaw:
		default:
			if line := r.line(b); line != nil && !sent[canonicalOf(r.t, line)] {
				r.t.Errorf("journalled and never sent: %s", line)
			}
		}
	}
}

// endsIn folds what is journalled, from the last complete snapshot on, without
// any code of the engine.
func (r *rig) endsIn(all []kambitest.Message) {
	r.t.Helper()
	var open, state []kambitest.Message
	inside := false
	for _, rec := range r.inEffect() {
		body := r.decode(rec)
		switch body.(type) {
		case *schema.SnapshotBegin:
			open, inside = nil, true
		case *schema.SnapshotEnd:
			state, inside = open, false
		}
		if line := r.line(body); line != nil {
			m, err := kambitest.ParseMessage(line)
			if err != nil {
				r.t.Fatal(err)
			}
			if inside {
				open = append(open, m)
			} else {
				state = append(state, m)
			}
		}
	}
	got, want := r.state(state), r.state(all)
	if err := kambitest.DiffStates(got, want); err != nil {
		r.t.Errorf("the state is not what the feed ends in: %v", err)
	}
}

func (r *rig) state(messages []kambitest.Message) []byte {
	r.t.Helper()
	naive, err := kambitest.Fold(messages)
	if err != nil {
		r.t.Fatal(err)
	}
	state, err := naive.State()
	if err != nil {
		r.t.Fatal(err)
	}
	return state
}
