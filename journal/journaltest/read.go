package journaltest

import (
	"sync"

	"github.com/deadheat-io/deadheat/journal"
)

func testEmpty(s *suite) {
	s.create(1)
	s.bounds(p0, 0, 0)
	for _, time := range []int64{-1, 0, startTime} {
		offset, err := s.j.OffsetAt(s.ctx, p0, time)
		s.ok(err)
		if offset != 0 {
			s.Fatalf("offset at %d of an empty partition is %d", time, offset)
		}
	}
	_, err := s.j.Read(s.ctx, p0, 1)
	s.fails(err, journal.ErrOutOfRange)
	s.ok(s.reader(p0, 0).Close())
}

func testReadFrom(s *suite) {
	s.create(1)
	records := Records(57)
	s.append(p0, records[:1]...)
	s.append(p0, records[1:40]...)
	s.append(p0, records[40:]...)
	for from := range int64(58) {
		s.same(s.read(p0, from, 57), records[from:], from)
	}
	for _, from := range []int64{-1, 58, 1 << 62, -1 << 63} {
		_, err := s.j.Read(s.ctx, p0, from)
		s.fails(err, journal.ErrOutOfRange)
	}
	s.bounds(p0, 0, 57)
}

func testFollow(s *suite) {
	s.create(1)
	records := Records(60)
	s.append(p0, records[:10]...)
	r := s.reader(p0, 5)
	defer r.Close()
	s.same(s.take(r, 5), records[5:10], 5)
	for i := 10; i < 60; i += 5 {
		s.append(p0, records[i:i+5]...)
		s.same(s.take(r, 5), records[i:i+5], int64(i))
	}
}

// testReadBeforeAppend waits at the end while records come.
func testReadBeforeAppend(s *suite) {
	s.create(1)
	r := s.reader(p0, 0)
	defer r.Close()
	records := Records(200)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range records {
			if _, err := journal.AppendWait(s.ctx, s.j, p0, records[i]); err != nil {
				s.Errorf("append: %v", err)
				return
			}
		}
	})
	s.same(s.take(r, 200), records, 0)
	wg.Wait()
}

func testSeveralReaders(s *suite) {
	s.create(1)
	const readers, n = 6, 300
	records := Records(n)
	var wg sync.WaitGroup
	for i := range readers {
		r := s.reader(p0, 0)
		wg.Go(func() {
			defer r.Close()
			next := int64(0)
			for next < n {
				got, err := r.Next(s.ctx)
				if err != nil {
					s.Errorf("reader %d: %v", i, err)
					return
				}
				for k := range got {
					if diff := Diff(&got[k], &records[next]); diff != "" || got[k].Offset != next {
						s.Errorf("reader %d at %d: offset %d, %s", i, next, got[k].Offset, diff)
						return
					}
					next++
				}
			}
		})
	}
	for i := 0; i < n; i += 10 {
		s.append(p0, records[i:i+10]...)
	}
	wg.Wait()
}

func testReopen(s *suite) {
	s.create(2)
	p1 := journal.Partition{Topic: topic, Index: 1}
	records := Records(90)
	for round := range 3 {
		from := round * 30
		if first := s.append(p0, records[from:from+29]...); first != int64(from) {
			s.Fatalf("append got offset %d, want %d", first, from)
		}
		s.append(p0, records[from+29])
		s.append(p1, records[round])
		s.reopen()
		s.bounds(p0, 0, int64(from+30))
		s.bounds(p1, 0, int64(round+1))
		s.same(s.read(p0, 0, int64(from+30)), records[:from+30], 0)
		s.same(s.read(p1, 0, int64(round+1)), records[:round+1], 0)
	}
}
