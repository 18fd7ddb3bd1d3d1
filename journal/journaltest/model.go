package journaltest

import (
	"math/rand/v2"

	"github.com/deadheat-io/deadheat/journal"
)

// testModel does many things in random order and compares with a slice.
func testModel(s *suite) {
	s.create(2)
	rng := rand.New(rand.NewPCG(3, 4))
	var model [2][]journal.Record
	pick := func() (journal.Partition, *[]journal.Record) {
		i := rng.IntN(2)
		return journal.Partition{Topic: topic, Index: int32(i)}, &model[i]
	}
	for step := range 300 {
		p, want := pick()
		end := int64(len(*want))
		switch n := rng.IntN(20); {
		case n < 9:
			records := make([]journal.Record, rng.IntN(8))
			for i := range records {
				records[i] = Record(end+int64(i), "x")
				records[i].Body = Body(make([]byte, rng.IntN(1<<rng.IntN(12))))
			}
			if first := s.append(p, records...); first != end {
				s.Fatalf("step %d: append got offset %d, want %d", step, first, end)
			}
			*want = append(*want, records...)
		case n < 15:
			from := rng.Int64N(end + 1)
			to := from + rng.Int64N(end-from+1)
			s.same(s.read(p, from, to), (*want)[from:to], from)
		case n < 17:
			s.bounds(p, 0, end)
		case n < 18:
			_, err := s.j.Read(s.ctx, p, end+1+rng.Int64N(100))
			s.fails(err, journal.ErrOutOfRange)
		case n < 19:
			s.append(p)
		default:
			s.reopen()
		}
	}
}
