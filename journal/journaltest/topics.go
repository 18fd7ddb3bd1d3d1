package journaltest

import (
	"errors"
	"strings"

	"github.com/deadheat-io/deadheat/journal"
)

func (s *suite) topics() []journal.Topic {
	s.Helper()
	topics, err := s.j.Topics(s.ctx)
	s.ok(err)
	return topics
}

// fails demands a certain error.
func (s *suite) fails(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Fatalf("got error %v, want %v", err, want)
	}
}

func testTopics(s *suite) {
	if topics := s.topics(); len(topics) != 0 {
		s.Fatalf("a new journal has topics: %v", topics)
	}
	s.ok(s.j.Create(s.ctx, "orders", 3))
	s.ok(s.j.Create(s.ctx, "feed.demo", 1))
	s.ok(s.j.Create(s.ctx, "Verdicts_1-x", 2))
	first := s.topics()
	want := []journal.Topic{{Name: "Verdicts_1-x", Partitions: 2}, {Name: "feed.demo", Partitions: 1}, {Name: "orders", Partitions: 3}}
	if len(first) != len(want) {
		s.Fatalf("topics %v, want %v", first, want)
	}
	ids := map[string]bool{}
	for i, t := range first {
		if t.Name != want[i].Name || t.Partitions != want[i].Partitions || t.ID == "" || ids[t.ID] {
			s.Fatalf("topic %d is %+v, want %+v with an id of its own", i, t, want[i])
		}
		ids[t.ID] = true
	}
	s.append(journal.Partition{Topic: "orders", Index: 2}, Records(1)...)
	s.ok(s.j.Create(s.ctx, "orders", 3)) // does nothing
	s.bounds(journal.Partition{Topic: "orders", Index: 2}, 0, 1)
	s.fails(s.j.Create(s.ctx, "orders", 4), journal.ErrPartitions)
	s.fails(s.j.Create(s.ctx, "orders", 2), journal.ErrPartitions)
	for i, t := range s.topics() {
		if t != first[i] {
			s.Fatalf("topic %d was %+v and is now %+v", i, first[i], t)
		}
	}
	for _, name := range []string{"", ".", "..", "a/b", "a b", "ü", strings.Repeat("x", 250)} {
		if s.j.Create(s.ctx, name, 1) == nil {
			s.Errorf("topic %q was created", name)
		}
	}
	for _, n := range []int32{0, -1} {
		if s.j.Create(s.ctx, "none", n) == nil {
			s.Errorf("a topic with %d partitions was created", n)
		}
	}
}

func testUnknownTopic(s *suite) {
	s.create(2)
	for _, p := range []journal.Partition{{Topic: "nothing"}, {Topic: "a/b"}, {Topic: ""}, {Topic: topic, Index: 2}, {Topic: topic, Index: -1}} {
		_, _, err := s.j.Bounds(s.ctx, p)
		s.fails(err, journal.ErrNoTopic)
		_, err = s.j.OffsetAt(s.ctx, p, 0)
		s.fails(err, journal.ErrNoTopic)
		_, err = s.j.Read(s.ctx, p, 0)
		s.fails(err, journal.ErrNoTopic)
		s.fails(s.j.Append(s.ctx, p, Records(1), func(int64, error) { s.Error("done was called after an error") }), journal.ErrNoTopic)
	}
}

func testIdentity(s *suite) {
	id := s.j.ID()
	if id == "" {
		s.Fatal("the journal has no id")
	}
	s.create(1)
	topics := s.topics()
	s.reopen()
	if s.j.ID() != id {
		s.Fatalf("the journal's id was %s and is now %s", id, s.j.ID())
	}
	if got := s.topics(); len(got) != 1 || got[0] != topics[0] {
		s.Fatalf("topics were %v and are now %v", topics, got)
	}
}
