package journaltest

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/deadheat-io/deadheat/journal"
)

// Opener opens one and the same journal for writing. The suite closes what it
// opened before it opens again; the first time the journal has no topics.
type Opener func(t *testing.T) journal.Journal

// Run runs the suite. fresh makes the place of a new, empty journal; whatever
// it starts may live until the test's clean-up. The journal's own goroutines
// must not; ignore says which others come and go.
func Run(t *testing.T, fresh func(t *testing.T) Opener, ignore ...goleak.Option) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			open := fresh(t)
			defer goleak.VerifyNone(t, append(ignore, goleak.IgnoreCurrent())...)
			s := &suite{T: t, open: open, limit: 30 * time.Second}
			s.begin()
			defer s.end()
			c.run(s)
		})
	}
}

var cases = []struct {
	name string
	run  func(*suite)
}{
	{"Topics", testTopics},
	{"UnknownTopic", testUnknownTopic},
	{"Identity", testIdentity},
	{"Empty", testEmpty},
	{"DenseOffsets", testDenseOffsets},
	{"AppendNothing", testAppendNothing},
	{"Concurrent", testConcurrent},
	{"Partitions", testPartitions},
	{"Identical", testIdentical},
	{"Ownership", testOwnership},
	{"SizeLimit", testSizeLimit},
	{"LargeAppend", testLargeAppend},
	{"ReadFrom", testReadFrom},
	{"Follow", testFollow},
	{"ReadBeforeAppend", testReadBeforeAppend},
	{"SeveralReaders", testSeveralReaders},
	{"Times", testTimes},
	{"RandomTimes", testRandomTimes},
	{"Reopen", testReopen},
	{"CancelAppend", testCancelAppend},
	{"CancelNext", testCancelNext},
	{"CloseReader", testCloseReader},
	{"CloseJournal", testCloseJournal},
	{"CloseFinishesAppends", testCloseFinishesAppends},
	{"AppendInDone", testAppendInDone},
	{"Model", testModel},
}

// suite is what a case works with.
type suite struct {
	*testing.T
	open   Opener
	j      journal.Journal
	ctx    context.Context
	cancel context.CancelFunc
	limit  time.Duration
}

// topic is the topic that most cases use.
const topic = "feed.demo"

// p0 is its first partition.
var p0 = journal.Partition{Topic: topic}

func (s *suite) begin() {
	s.ctx, s.cancel = context.WithTimeout(context.Background(), s.limit)
	s.j = s.open(s.T)
}

func (s *suite) end() {
	s.cancel()
	if err := s.j.Close(); err != nil {
		s.Errorf("close: %v", err)
	}
}

// reopen closes the journal and opens it again.
func (s *suite) reopen() {
	s.Helper()
	s.ok(s.j.Close())
	s.j = s.open(s.T)
}

// ok fails the test on an error.
func (s *suite) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatalf("unexpected error: %v", err)
	}
}

// create makes the usual topic.
func (s *suite) create(partitions int32) {
	s.Helper()
	s.ok(s.j.Create(s.ctx, topic, partitions))
}
