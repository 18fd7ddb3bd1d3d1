package kambi

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// lossyFeed is a feed that goes on whether somebody listens or not.
type lossyFeed struct {
	random   *rand.Rand
	arrival  []int64        // offsets in the order in which they are sent
	sent     int            // of them
	received map[int64]bool // by the client, as messages or as state
	open     bool           // a snapshot was begun and not ended
	resume   *Resume
}

// session plays one that may be cut anywhere. What is sent behind the cut, and
// while nobody listens, does not arrive.
func (f *lossyFeed) session() {
	snapshot, from := f.resume.Next()
	f.see(observation{kind: schema.KindFeedUp})
	if f.opening(snapshot || f.random.IntN(8) == 0, from) { // a client may ask for one at any time
		heard := f.random.IntN(12)
		for _, offset := range f.send(f.random.IntN(20)) {
			if heard--; heard >= 0 {
				f.message(offset, schema.FlowRealtime)
			}
		}
	}
	f.send(f.random.IntN(8))
}

func (f *lossyFeed) see(o observation) { f.resume.ObserveBody(o.body()) }

func (f *lossyFeed) message(offset int64, flow schema.Flow) {
	f.received[offset] = true
	f.see(observation{schema.KindEventStatus, flow, offset})
}

func (f *lossyFeed) send(n int) []int64 {
	from := f.sent
	f.sent = min(f.sent+n, len(f.arrival))
	return f.arrival[from:f.sent]
}

// opening plays a snapshot, or a replay in any order, and tells whether it
// came to its end.
func (f *lossyFeed) opening(snapshot bool, from int64) bool {
	all := slices.Clone(f.arrival[:f.sent])
	if snapshot {
		f.see(observation{kind: schema.KindSnapshotBegin})
		if f.open = true; f.random.IntN(4) == 0 {
			return false
		}
		complete := int64(0)
		for _, offset := range all {
			f.received[offset] = true
		}
		for f.received[complete+1] {
			complete++
		}
		f.see(observation{kind: schema.KindSnapshotEnd, offset: complete})
		f.open = false
		return true
	}
	f.see(observation{kind: schema.KindReplayBegin, offset: from})
	missed := slices.DeleteFunc(all, func(n int64) bool { return n <= from })
	f.random.Shuffle(len(missed), func(i, j int) { missed[i], missed[j] = missed[j], missed[i] })
	for _, offset := range missed {
		if f.random.IntN(30) == 0 {
			return false
		}
		f.message(offset, schema.FlowReplay)
	}
	f.see(observation{kind: schema.KindReplayEnd, offset: slices.Max(append(missed, from))})
	return true
}

// TestResumeLosesNothingThatWasMissed cuts sessions anywhere, also in replays,
// while the feed goes on. Nothing below the place to go on from may be missing.
func TestResumeLosesNothingThatWasMissed(t *testing.T) {
	asked := 0 // for what was missed, above another offset than the last snapshot's
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 0))
		r := random.IntN(6)
		f := &lossyFeed{random: random, arrival: disorder(random, 300, r), received: map[int64]bool{}, resume: NewResume(r)}
		for f.sent < len(f.arrival) {
			f.session()
			snapshot, from := f.resume.Next()
			if !snapshot && from > 0 {
				asked++
			}
			if f.open && !snapshot {
				t.Fatalf("seed %d: a snapshot was begun and not ended, and the next session asks for a replay above %d", seed, from)
			}
			for _, offset := range f.arrival[:f.sent] {
				if !snapshot && offset <= from && !f.received[offset] {
					t.Fatalf("seed %d: going on above %d, but %d never came", seed, from, offset)
				}
			}
		}
	}
	if asked < 1000 {
		t.Errorf("%d sessions asked for a replay, so that little was tested", asked)
	}
}
