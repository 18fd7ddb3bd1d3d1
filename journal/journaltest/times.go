package journaltest

import (
	"math/rand/v2"

	"github.com/deadheat-io/deadheat/journal"
)

// at checks OffsetAt.
func (s *suite) at(time, want int64) {
	s.Helper()
	got, err := s.j.OffsetAt(s.ctx, p0, time)
	s.ok(err)
	if got != want {
		s.Fatalf("offset at %d is %d, want %d", time, got, want)
	}
}

// testTimes uses times that go back, that are equal, and that differ by less
// than a millisecond.
func testTimes(s *suite) {
	s.create(1)
	const ms = int64(1e6)
	for i, offset := range []int64{10 * ms, 20 * ms, 15 * ms, 20*ms + 700_000, 40 * ms, 5 * ms, 40 * ms} {
		r := Record(int64(i), "x")
		r.Time = startTime + offset
		s.append(p0, r)
	}
	for _, c := range []struct{ after, want int64 }{
		{-1e18, 0}, {0, 0}, {10 * ms, 0},
		{11 * ms, 1}, {20 * ms, 1}, // not 15 ms, which comes later
		{20*ms + 1, 1}, {20*ms + 999_999, 1}, // whole milliseconds on both sides
		{21 * ms, 4}, {40 * ms, 4}, {40*ms + 999_999, 4},
		{41 * ms, 7}, {1e18, 7}, // none: the end
	} {
		s.at(startTime+c.after, c.want)
	}
	s.at(0, 0)
}

// testRandomTimes compares with a search record by record.
func testRandomTimes(s *suite) {
	s.create(1)
	rng := rand.New(rand.NewPCG(1, 2))
	var all []journal.Record
	for len(all) < 300 {
		batch := make([]journal.Record, 1+rng.IntN(20))
		for i := range batch {
			batch[i] = Record(int64(len(all)+i), "x")
			batch[i].Time = startTime + rng.Int64N(1000)*1e6 + int64(len(all))*1e6 + rng.Int64N(1e6)
		}
		s.append(p0, batch...)
		all = append(all, batch...)
	}
	for range 300 {
		time := startTime + rng.Int64N(1400)*1e6 + rng.Int64N(1e6)
		want := 0
		for want < len(all) && all[want].Time/1e6 < time/1e6 {
			want++
		}
		s.at(time, int64(want))
	}
	s.reopen()
	s.at(startTime+2000e6, int64(len(all)))
	s.at(startTime, 0)
}
