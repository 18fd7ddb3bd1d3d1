package kafka_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/journaltest"
	"github.com/deadheat-io/deadheat/journal/kafka"
	"github.com/deadheat-io/deadheat/journal/kafka/kafkatest"
)

func reader(t testing.TB, j journal.Journal, from int64) journal.Reader {
	t.Helper()
	r, err := j.Read(t.Context(), p0, from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// readTo reads until the offset before to, and returns the error that came
// first.
func readTo(t testing.TB, r journal.Reader, to int64) (next int64, err error) {
	t.Helper()
	for next < to {
		records, err := r.Next(t.Context())
		if err != nil {
			return next, err
		}
		next = records[len(records)-1].Offset + 1
	}
	return next, nil
}

// A reader never moves: not to the start when the start has moved, not back
// when the log is shorter than what was read.
func TestOutOfRange(t *testing.T) {
	c := fake(t)
	j := open(t, kafka.Options{Brokers: c.ListenAddrs()})
	create(t, j, 1)
	for i := range 100 { // batches of their own
		appendAll(t, j, journaltest.Record(int64(i), "x"))
	}
	if err := c.DeleteRecords(topicOf, 0, 60); err != nil {
		t.Fatal(err)
	}
	for _, from := range []int64{0, 10, 59, 101, 500} {
		_, err := j.Read(t.Context(), p0, from)
		if !errors.Is(err, journal.ErrOutOfRange) || !strings.Contains(err.Error(), "it holds 60 to 100") {
			t.Errorf("read from %d: %v, want out of range", from, err)
		}
	}
	if next, err := readTo(t, reader(t, j, 60), 100); err != nil || next != 100 {
		t.Errorf("read up to %d: %v", next, err)
	}
	// The start moves past a reader that is on its way.
	r := reader(t, j, 100)
	for i := range 50 {
		appendAll(t, j, journaltest.Record(int64(i), "x"))
		if i == 0 {
			if next, err := readTo(t, r, 101); err != nil || next != 101 {
				t.Fatalf("read up to %d: %v", next, err)
			}
			break
		}
	}
	slow := reader(t, j, 60) // has fetched nothing
	if err := c.DeleteRecords(topicOf, 0, 90); err != nil {
		t.Fatal(err)
	}
	_, err := readTo(t, slow, 101)
	if !errors.Is(err, journal.ErrOutOfRange) || !strings.Contains(err.Error(), "feed.demo/0:60: ") || !strings.Contains(err.Error(), "it holds 90 to 101") {
		t.Errorf("a reader whose offset was deleted says %v", err)
	}
	if _, again := readTo(t, slow, 101); again == nil || again.Error() != err.Error() {
		t.Errorf("and then %v, want the same again", again)
	}
}

// A topic that was deleted, or made again, is not what the reader was reading.
func TestTopicMadeAgain(t *testing.T) {
	t.Parallel()
	c := fake(t)
	j := open(t, kafka.Options{Brokers: c.ListenAddrs(), CloseWait: time.Second})
	create(t, j, 1)
	before, err := j.Topics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, journaltest.Records(3)...)
	r := reader(t, j, 0)
	if _, err := readTo(t, r, 3); err != nil {
		t.Fatal(err)
	}
	if err := c.DeleteTopic(topicOf); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateTopic(topicOf, 1, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := r.Next(ctx); !errors.Is(err, journal.ErrNoTopic) || !strings.Contains(err.Error(), "made again") {
		t.Errorf("the reader of the old topic says %v", err)
	}
	// A writer of the old topic does not write into the new one by chance.
	err = j.Append(ctx, p0, journaltest.Records(1), func(_ int64, err error) {
		if err == nil {
			t.Error("an append for the topic that was deleted landed in the one made again")
		}
	})
	if err != nil {
		t.Log(err)
	}
	after, err := j.Topics(t.Context())
	if err != nil || len(after) != 1 || after[0].ID == before[0].ID {
		t.Errorf("the topic was %v and is %v (%v): want another id", before, after, err)
	}
}

// foreign produces what no journal would.
func foreign(t testing.TB, brokers []string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(brokers...), kgo.DefaultProduceTopic(topicOf)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

func TestForeignRecords(t *testing.T) {
	c := fake(t)
	j := open(t, kafka.Options{Brokers: c.ListenAddrs()})
	create(t, j, 1)
	appendAll(t, j, journaltest.Records(2)...)
	if err := foreign(t, c.ListenAddrs()).ProduceSync(t.Context(), kgo.StringRecord("hello")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	next, err := readTo(t, reader(t, j, 0), 3)
	var decode *codec.DecodeError
	if next != 2 || !errors.As(err, &decode) || !strings.Contains(err.Error(), "feed.demo/0:2") {
		t.Errorf("read up to %d, then %v; want an error at 2", next, err)
	}
}

// The marker of a transaction takes an offset, and no record is there.
func TestTransactionsLeaveGaps(t *testing.T) {
	c := fake(t)
	j := open(t, kafka.Options{Brokers: c.ListenAddrs()})
	create(t, j, 1)
	appendAll(t, j, journaltest.Records(2)...)
	cl := foreign(t, c.ListenAddrs(), kgo.TransactionalID("x"))
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	record := journaltest.Record(2, "x")
	if err := cl.ProduceSync(t.Context(), &kgo.Record{Key: record.Key, Value: codec.AppendRecord(nil, &record)}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := cl.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, journaltest.Record(3, "x"))
	next, err := readTo(t, reader(t, j, 0), 5)
	if next != 3 || !journal.IsCorrupt(err) || !strings.Contains(err.Error(), "feed.demo/0:3: corrupt: offset 4 where 3 comes") {
		t.Errorf("read up to %d, then %v; want a gap at 3", next, err)
	}
}

// A batch that was damaged on its way is fetched again; one that stays damaged
// stops the reader, at the offset.
func TestDamagedBatches(t *testing.T) {
	t.Parallel()
	c := fake(t)
	proxy := kafkatest.NewProxy(t, "127.0.0.1:0", c.ListenAddrs()[0])
	j := open(t, kafka.Options{Brokers: c.ListenAddrs(), Dial: kafkatest.DialThrough(proxy), FetchTries: 4})
	create(t, j, 1)
	appendAll(t, j, journaltest.Records(100)...)
	proxy.FlipFetch(3)
	if next, err := readTo(t, reader(t, j, 0), 100); err != nil || next != 100 || proxy.Flipped() != 3 {
		t.Fatalf("read up to %d after %d flips: %v", next, proxy.Flipped(), err)
	}
	if s := j.Stats(); s.FetchErrors < 3 {
		t.Errorf("%d errors are counted, want 3", s.FetchErrors)
	}
	proxy.FlipFetch(1 << 30)
	next, err := readTo(t, reader(t, j, 7), 100)
	if next != 0 || !journal.IsCorrupt(err) || !strings.Contains(err.Error(), "feed.demo/0:7: corrupt: after ") {
		t.Errorf("read up to %d, then %v", next, err)
	}
}
