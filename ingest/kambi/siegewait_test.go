package kambi

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
)

// TestHarmfulFeedIsNotHurriedBackTo has a feed whose every session is proper,
// brings something new, and ends with a frame of 4 GiB: that it got so far must
// not make the next one begin at once. A session that ends well makes good.
func TestHarmfulFeedIsNotHurriedBackTo(t *testing.T) {
	const bad, good = 8, 3
	var mu sync.Mutex
	var waits []time.Duration
	session := 0
	r := newRig(t, kambitest.Config{})
	r.config.Backoff = ingest.Backoff{First: 100 * time.Millisecond, Cap: 10 * time.Second, Rand: func() float64 { return 0 }}
	r.config.Sleep = func(ctx context.Context, d time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		waits = append(waits, d)
		return ctx.Err()
	}
	r.config.Addr = hostilePeers(t, func(p *peer) {
		mu.Lock()
		session++
		n := session
		mu.Unlock()
		if n == 1 {
			p.say(`{"type":"SESSION_SNAPSHOT_COMPLETED","sessionSnapshotCompleted":{"offset":1}}`)
		}
		p.say(fmt.Sprintf(`{"type":"SESSION_REPLAY_COMPLETED","sessionReplayCompleted":{"offset":%d}}`, 10*n),
			fmt.Sprintf(`{"type":"EVENT_DELETED","offset":%d,"eventDeleted":{"id":1}}`, 10*n+1))
		if n <= bad {
			_, _ = p.Write(gzipOf(binary.BigEndian.AppendUint32(nil, 1<<32-1)))
			_, _ = p.Read(make([]byte, 1))
		}
	})
	run := r.run()
	run.wait("all sessions", func() bool { mu.Lock(); defer mu.Unlock(); return len(waits) >= bad+good })
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	want := []time.Duration{}
	for n := range bad {
		want = append(want, min(100*time.Millisecond<<n, 10*time.Second))
	}
	for range good {
		want = append(want, 100*time.Millisecond)
	}
	if !slices.Equal(waits[:bad+good], want) {
		t.Errorf("waited %v, want %v", waits[:bad+good], want)
	}
}

// TestOffsetsThatWentBack: a feed that completes a replay below where it was to
// begin counts anew. What is asked for by offset would lack everything.
func TestOffsetsThatWentBack(t *testing.T) {
	var mu sync.Mutex
	session := 0
	r := newRig(t, kambitest.Config{})
	r.config.Addr = hostilePeers(t, func(p *peer) {
		mu.Lock()
		session++
		n := session
		mu.Unlock()
		if n == 1 {
			p.say(`{"type":"SESSION_SNAPSHOT_COMPLETED","sessionSnapshotCompleted":{"offset":1000}}`,
				`{"type":"SESSION_REPLAY_COMPLETED","sessionReplayCompleted":{"offset":1000}}`)
			return
		}
		p.say(`{"type":"SESSION_REPLAY_COMPLETED","sessionReplayCompleted":{"offset":7}}`)
		for {
			command, err := p.in.Next()
			if err != nil {
				return
			}
			if strings.Contains(string(command), "SESSION_SNAPSHOT") {
				break
			}
		}
		p.say(`{"type":"EVENT_ADDED","offset":5,"eventAdded":{"event":{"id":1}}}`,
			`{"type":"SESSION_SNAPSHOT_COMPLETED","sessionSnapshotCompleted":{"offset":7}}`,
			`{"type":"SESSION_REPLAY_COMPLETED","sessionReplayCompleted":{"offset":7}}`)
		_, _ = p.Read(make([]byte, 1<<16))
	})
	run := r.run()
	run.wait("real time behind a second snapshot", func() bool {
		return run.source.Status().Live() && run.source.Stats().Kinds["SNAPSHOT_END"] == 2
	})
	if err := run.stop(); err != nil {
		t.Fatal(err)
	}
	if n := run.source.Stats().Events[causeBack]; n != 1 {
		t.Errorf("events %v", run.source.Stats().Events)
	}
	if story := strings.Join(r.story(), ", "); !strings.Contains(story, "FEED_UP, REPLAY_BEGIN, SNAPSHOT_BEGIN, snapshot, SNAPSHOT_END") {
		t.Errorf("story %s", story)
	}
}
