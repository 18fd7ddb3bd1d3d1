package journaltest

import (
	"fmt"
	"sync"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

func testDenseOffsets(s *suite) {
	s.create(1)
	records := Records(100)
	for i, n := 0, 1; i < len(records); i, n = i+n, n+1 { // appends of 1, 2, 3 … records
		n = min(n, len(records)-i)
		if first := s.append(p0, records[i:i+n]...); first != int64(i) {
			s.Fatalf("append got offset %d, want %d", first, i)
		}
		s.bounds(p0, 0, int64(i+n))
	}
	s.same(s.read(p0, 0, 100), records, 0)
}

func testAppendNothing(s *suite) {
	s.create(1)
	s.append(p0, Records(3)...)
	if first := s.append(p0); first != 3 {
		s.Fatalf("an append of no records was answered with %d, want 3", first)
	}
	s.bounds(p0, 0, 3)
}

// testConcurrent appends from several goroutines: each one's records stay in
// its order, each append's records stay together, and answers come in order.
func testConcurrent(s *suite) {
	const writers, appends, each = 8, 40, 3
	s.create(1)
	var mu sync.Mutex
	var wg sync.WaitGroup
	answered := make([]int, writers)
	lastFirst := int64(-1)
	for w := range writers {
		wg.Go(func() {
			for a := range appends {
				records := make([]journal.Record, each)
				for i := range records {
					records[i] = Record(int64(a*each+i), "x")
					records[i].Lane = fmt.Sprintf("intake/%d", w)
				}
				err := s.j.Append(s.ctx, p0, records, func(first int64, err error) {
					mu.Lock()
					defer mu.Unlock()
					if err != nil || answered[w] != a || first <= lastFirst {
						s.Errorf("writer %d append %d answered %d, %v after %d answers and offset %d", w, a, first, err, answered[w], lastFirst)
					}
					answered[w]++
					lastFirst = first
				})
				if err != nil {
					s.Errorf("append: %v", err)
				}
			}
		})
	}
	wg.Wait()
	got := s.read(p0, 0, writers*appends*each)
	next := map[string]int64{}
	for i := range got {
		r := &got[i]
		if r.Offset != int64(i) || r.Seq != next[r.Lane] {
			s.Fatalf("record %d has offset %d and is number %d of %s, want number %d", i, r.Offset, r.Seq, r.Lane, next[r.Lane])
		}
		if i%each != 0 && r.Lane != got[i-1].Lane {
			s.Fatalf("offset %d: an append's records were torn apart", i)
		}
		next[r.Lane]++
	}
	s.append(p0) // answered after all others
	mu.Lock()
	defer mu.Unlock()
	for w, n := range answered {
		if n != appends {
			s.Errorf("writer %d got %d answers, want %d", w, n, appends)
		}
	}
}

func testPartitions(s *suite) {
	s.create(3)
	for i := range int32(3) {
		p := journal.Partition{Topic: topic, Index: i}
		for n := range i + 1 {
			if first := s.append(p, Record(int64(i*10+n), "x")); first != int64(n) {
				s.Fatalf("%s: offset %d, want %d", p, first, n)
			}
		}
	}
	for i := range int32(3) {
		p := journal.Partition{Topic: topic, Index: i}
		s.bounds(p, 0, int64(i+1))
		for n, r := range s.read(p, 0, int64(i+1)) {
			if r.Seq != int64(i*10)+int64(n) {
				s.Fatalf("%s:%d holds record %d of another partition", p, n, r.Seq)
			}
		}
	}
}

// testIdentical checks that everything of a record comes back, and nothing of
// one leaks into the next.
func testIdentical(s *suite) {
	s.create(1)
	var records []journal.Record
	for i, kind := range schema.Kinds() {
		r := Record(int64(i), "body of "+kind.String())
		r.Kind, r.Epoch = kind, int64(i%5)
		r.Lane = []string{"feed", "", "intake/a"}[i%3]
		r.Key = [][]byte{[]byte("1001"), nil, {}, []byte("ключ\x00")}[i%4]
		records = append(records, r)
	}
	nothing := Record(5, "")
	nothing.Body, nothing.Key = []byte{0xc0}, nil // msgpack's nil
	large := Record(6, "")
	large.Body = Body(make([]byte, 900_000))
	big := Record(1<<62, "x")
	big.Epoch, big.Time = 1<<62, 1<<62
	records = append(records, nothing, large, big)
	s.append(p0, records...)
	got := s.read(p0, 0, int64(len(records)))
	s.same(got, records, 0)
	for i := range got {
		var again journal.Record
		s.ok(codec.DecodeRecord(got[i].Value, &again))
		again.Key = got[i].Key
		if diff := Diff(&again, &records[i]); diff != "" {
			s.Fatalf("offset %d: its value decodes to another record: %s", i, diff)
		}
	}
}

// testOwnership checks that the bytes of records belong to who read them.
func testOwnership(s *suite) {
	s.create(1)
	records := Records(50)
	s.append(p0, records...)
	got := s.read(p0, 0, 50)
	for i := range got {
		got[i].Value = append(got[i].Value, 0xff) // must not reach the next record
		got[i].Key = append(got[i].Key, "garbage"...)
	}
	for i := range got {
		got[i].Value, got[i].Key = got[i].Value[:len(got[i].Value)-1], got[i].Key[:len(got[i].Key)-len("garbage")]
	}
	s.same(got, records, 0)
	for i := range got {
		clear(got[i].Value)
		clear(got[i].Key)
	}
	s.same(s.read(p0, 0, 50), records, 0)
}

func testSizeLimit(s *suite) {
	s.create(1)
	never := func(int64, error) { s.Error("done was called after an error") }
	fits, over := Sized(journal.MaxRecord), Sized(journal.MaxRecord+1)
	s.fails(s.j.Append(s.ctx, p0, []journal.Record{over}, never), journal.ErrTooLarge)
	s.fails(s.j.Append(s.ctx, p0, []journal.Record{fits, Record(2, "x"), over}, never), journal.ErrTooLarge)
	s.bounds(p0, 0, 0)
	key := Record(1, "x")
	key.Key = make([]byte, journal.MaxRecord)
	s.fails(s.j.Append(s.ctx, p0, []journal.Record{key}, never), journal.ErrTooLarge)
	if first := s.append(p0, fits); first != 0 {
		s.Fatalf("the first record got offset %d", first)
	}
	s.same(s.read(p0, 0, 1), []journal.Record{fits}, 0)
}

// testLargeAppend appends much more at once than a journal writes at once.
func testLargeAppend(s *suite) {
	s.create(1)
	records := make([]journal.Record, 40)
	for i := range records {
		records[i] = Record(int64(i), "")
		records[i].Body = Body(make([]byte, 500_000+i))
	}
	if first := s.append(p0, records...); first != 0 {
		s.Fatalf("the first record got offset %d", first)
	}
	s.same(s.read(p0, 0, 40), records, 0)
	s.bounds(p0, 0, 40)
}

// testAppendInDone appends from within done.
func testAppendInDone(s *suite) {
	s.create(1)
	const n = 100
	end := make(chan struct{})
	var again func(first int64, err error)
	again = func(first int64, err error) {
		if err != nil || first == n-1 {
			if err != nil {
				s.Errorf("append: %v", err)
			}
			close(end)
			return
		}
		if err := s.j.Append(s.ctx, p0, []journal.Record{Record(first+1, "x")}, again); err != nil {
			s.Errorf("append in done: %v", err)
			close(end)
		}
	}
	s.ok(s.j.Append(s.ctx, p0, []journal.Record{Record(0, "x")}, again))
	<-end
	s.bounds(p0, 0, n)
}
