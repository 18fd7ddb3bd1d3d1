package kambi

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"pgregory.net/rapid"
)

// observation is one record as Resume sees it.
type observation struct {
	kind   schema.Kind
	flow   schema.Flow
	offset int64
}

func (o observation) body() schema.Body {
	switch o.kind {
	case schema.KindFeedUp:
		return &schema.FeedUp{}
	case schema.KindFeedDown:
		return &schema.FeedDown{}
	case schema.KindSnapshotBegin:
		return &schema.SnapshotBegin{}
	case schema.KindSnapshotEnd:
		return &schema.SnapshotEnd{Offset: o.offset}
	case schema.KindReplayBegin:
		return &schema.ReplayBegin{Offset: o.offset}
	case schema.KindReplayEnd:
		return &schema.ReplayEnd{Offset: o.offset}
	case schema.KindFeedUnknown:
		return &schema.FeedUnknown{Flow: o.flow, Offset: schema.Some(o.offset), Message: "{}"}
	}
	return &schema.Message{Kind: schema.KindEventStatus, Flow: o.flow, Offset: o.offset, ID: 1, Status: "X"}
}

// naiveNext applies the rules of Resume to the whole history, with lists of
// everything.
func naiveNext(history []observation, r int) (snapshot bool, offset int64) {
	var base *int64
	var since, before []int64
	var snap, replay, session, fresh bool
	barren := 0
	largest := func(list []int64) []int64 {
		list = slices.Compact(slices.Sorted(slices.Values(list)))
		return list[max(0, len(list)-r-1):]
	}
	end := func() {
		if session && fresh {
			barren = 0
		} else if session {
			barren++
		}
		session = false
	}
	for _, o := range history {
		switch o.kind {
		case schema.KindFeedUp:
			end()
			session, fresh = true, false
		case schema.KindFeedDown:
			end()
		case schema.KindSnapshotBegin:
			snap, replay = true, false
		case schema.KindSnapshotEnd:
			base, since, before, snap, replay, fresh, barren = &o.offset, nil, nil, false, false, true, 0
		case schema.KindReplayBegin:
			before = append(before, largest(since)...)
			base, since, replay = &o.offset, nil, true
		case schema.KindReplayEnd:
			replay, fresh = false, true
		default:
			if o.flow == schema.FlowSnapshot {
				snap = true
				continue
			}
			if o.flow == schema.FlowRealtime {
				fresh = true
			}
			if base != nil && o.offset <= *base {
				continue
			}
			known := largest(before)
			if !slices.Contains(known, o.offset) && (len(known) <= r || o.offset > known[0]) {
				fresh = true
			}
			since = append(since, o.offset)
		}
	}
	end()
	tops := largest(since)
	switch {
	case snap, barren >= 3, base == nil:
		return true, 0
	case replay, len(tops) <= r:
		return false, *base
	}
	return false, tops[0]
}

// drawHistory makes histories that a client could write, and some that it
// could not.
func drawHistory(t *rapid.T) []observation {
	kinds := []schema.Kind{
		schema.KindFeedUp, schema.KindFeedDown, schema.KindSnapshotBegin, schema.KindSnapshotEnd,
		schema.KindReplayBegin, schema.KindReplayEnd, schema.KindFeedUnknown,
		schema.KindEventStatus, schema.KindEventStatus, schema.KindEventStatus, schema.KindEventStatus,
	}
	flows := []schema.Flow{schema.FlowReplay, schema.FlowRealtime, schema.FlowReplay, schema.FlowRealtime, schema.FlowSnapshot}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) observation {
		o := observation{kind: rapid.SampledFrom(kinds).Draw(t, "kind"), offset: rapid.Int64Range(0, 40).Draw(t, "offset")}
		if o.kind.Entity() || o.kind == schema.KindFeedUnknown {
			o.flow = rapid.SampledFrom(flows).Draw(t, "flow")
		}
		return o
	}), 0, 120).Draw(t, "history")
}

func TestResumeModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.IntRange(0, 6).Draw(t, "r")
		history := drawHistory(t)
		resume := NewResume(r)
		for i, o := range history {
			resume.ObserveBody(o.body())
			snapshot, offset := resume.Next()
			wantSnapshot, wantOffset := naiveNext(history[:i+1], r)
			if snapshot != wantSnapshot || offset != wantOffset {
				t.Fatalf("after %d records: next is %t %d, want %t %d", i+1, snapshot, offset, wantSnapshot, wantOffset)
			}
		}
	})
}

func TestTopKeepsLargest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, most := range []int{1, 2, 7, 64} {
		kept, all := top{most: most}, []int64{}
		for range 5000 {
			n := random.Int64N(400) // many come again
			kept.add(n)
			if !slices.Contains(all, n) {
				all = append(all, n)
				slices.Sort(all)
			}
			if want := all[max(0, len(all)-most):]; !slices.Equal(kept.kept(), want) {
				t.Fatalf("most %d: kept %v, want %v", most, kept.kept(), want)
			}
			if cap(kept.all) > 4*most+8 {
				t.Fatalf("most %d: %d numbers of memory", most, cap(kept.all))
			}
		}
	}
}

// disorder returns 1..n such that no number comes behind more than r larger ones.
func disorder(random *rand.Rand, n, r int) []int64 {
	var out, waiting []int64
	behind := map[int64]int{} // larger ones that came before
	for next := int64(1); len(out) < n; {
		for len(waiting) <= r && next <= int64(n) {
			waiting = append(waiting, next)
			next++
		}
		pick := random.IntN(len(waiting))
		for i := range pick {
			if behind[waiting[i]] >= r {
				pick = i // it cannot wait any longer
				break
			}
		}
		for i := range pick {
			behind[waiting[i]]++
		}
		out = append(out, waiting[pick])
		waiting = slices.Delete(waiting, pick, pick+1)
	}
	return out
}

// TestTailAsksForNoLess compares a fold that begins anywhere with the one from
// the beginning: once it says that it knows, it never asks for less.
func TestTailAsksForNoLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.IntRange(0, 4).Draw(t, "r")
		records := drawJournal(t, r)
		whole := newTailFold(feedPartition, r, 0)
		for i := range records {
			if err := whole.record(&records[i]); err != nil {
				t.Fatal(err)
			}
		}
		from := rapid.IntRange(0, len(records)).Draw(t, "from")
		part := newTailFold(feedPartition, r, int64(from))
		part.counts = int64(from)
		for i := from; i < len(records); i++ {
			if err := part.record(&records[i]); err != nil {
				t.Fatal(err)
			}
		}
		if from > 0 && !part.resume.determined() {
			return
		}
		snapshot, offset := part.resume.Next()
		wantSnapshot, want := whole.resume.Next()
		if snapshot || wantSnapshot && whole.resume.barren >= maxBarren-1 {
			return // it asks for everything; or sessions without progress lie before the window
		}
		if wantSnapshot || offset > want {
			t.Fatalf("from %d of %d: asks above %d, the whole journal says %t %d", from, len(records), offset, wantSnapshot, want)
		}
	})
}

// drawJournal lets clients run one after another, as Source does, and now and
// then lets an overtaken one go on writing.
func drawJournal(t *rapid.T, r int) []journal.Record {
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	var records []journal.Record
	seqs := map[int64]int64{}
	add := func(epoch int64, body schema.Body) {
		records = append(records, journal.Record{
			Offset: int64(len(records)), Kind: body.RecordKind(), Lane: journal.LaneFeed, Epoch: epoch,
			Seq: seqs[epoch], Body: codec.Body(body),
		})
		seqs[epoch]++
	}
	newest, epochs := int64(1), 1+random.Int64N(4)
	for epoch := int64(1); epoch <= epochs; epoch++ {
		add(epoch, &schema.Claim{Nonce: "n"})
		resume := NewResume(r)
		_, now, _ := effective(records)
		for i := range now {
			if now[i].Kind != schema.KindClaim {
				_ = resume.ObserveRecord(&now[i])
			}
		}
		see := func(o observation) { add(epoch, o.body()); resume.ObserveBody(o.body()) }
		for range random.IntN(4) {
			writeSession(random, see, resume, &newest)
		}
		if epoch > 1 && random.IntN(2) == 0 {
			for range random.IntN(8) { // nobody told the old one
				add(epoch-1, observation{schema.KindEventStatus, schema.FlowRealtime, newest + random.Int64N(50)}.body())
			}
		}
	}
	add(epochs+1, &schema.Claim{Nonce: "n"}) // of the one who asks
	return records
}

func writeSession(random *rand.Rand, see func(observation), resume *Resume, newest *int64) {
	snapshot, from := resume.Next()
	see(observation{kind: schema.KindFeedUp})
	begin, end, flow := schema.KindReplayBegin, schema.KindReplayEnd, schema.FlowReplay
	if snapshot {
		begin, end, flow = schema.KindSnapshotBegin, schema.KindSnapshotEnd, schema.FlowSnapshot
	}
	see(observation{kind: begin, offset: from})
	for offset := from + 1; offset <= *newest && random.IntN(12) > 0; offset++ {
		see(observation{schema.KindEventStatus, flow, offset})
	}
	if random.IntN(4) > 0 {
		see(observation{kind: end, offset: *newest})
		for range random.IntN(20) {
			*newest++
			see(observation{schema.KindEventStatus, schema.FlowRealtime, *newest})
		}
	}
	if random.IntN(3) > 0 {
		see(observation{kind: schema.KindFeedDown})
	}
}

func BenchmarkResumeObserve(b *testing.B) {
	resume := NewResume(DefaultR)
	resume.ObserveBody(&schema.SnapshotEnd{Offset: 0})
	random := rand.New(rand.NewPCG(1, 2))
	m := &schema.Message{Kind: schema.KindOutcomeOdds, Flow: schema.FlowRealtime}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Offset = int64(i) + random.Int64N(200)
		resume.ObserveBody(m)
	}
}
