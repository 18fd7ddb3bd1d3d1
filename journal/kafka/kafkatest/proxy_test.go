package kafkatest_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/deadheat-io/deadheat/journal/kafka/kafkatest"
)

// fake is a proxy before a broker in this process, and the option that brings a
// client through it.
func fake(t *testing.T, topic string) (*kafkatest.Proxy, kgo.Opt) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, topic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	p := kafkatest.NewProxy(t, "127.0.0.1:0", c.ListenAddrs()[0])
	return p, kgo.Dialer(func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, p.Addr())
	})
}

// client asks again soon: by default it waits 5 s after a fault before it asks
// who leads.
func client(t *testing.T, addr string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	opts = append(opts, kgo.SeedBrokers(strings.Split(addr, ",")...), kgo.MetadataMinAge(100*time.Millisecond))
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// produce writes the records from..to-1, one after the other.
func produce(t *testing.T, cl *kgo.Client, topic string, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		r := &kgo.Record{Topic: topic, Value: fmt.Appendf(nil, "%d", i)}
		if err := cl.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
	}
}

// consume wants the records 0..n-1 of a topic, each once and in order, and no
// more. It returns how many fetches failed.
func consume(t *testing.T, cl *kgo.Client, n int) (failed int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	next := 0
	for next < n {
		fetches := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatalf("%d records of %d", next, n)
		}
		failed += len(fetches.Errors())
		fetches.EachRecord(func(r *kgo.Record) {
			if string(r.Value) != fmt.Sprint(next) || r.Offset != int64(next) {
				t.Fatalf("record %s at offset %d, want record %d", r.Value, r.Offset, next)
			}
			next++
		})
	}
	more, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if r := cl.PollFetches(more).Records(); len(r) > 0 {
		t.Fatalf("record %s comes after the last", r[0].Value)
	}
	return failed
}

// TestDroppedRepliesAreWrites wants a client that writes each record once though
// it does not learn of some.
func TestDroppedRepliesAreWrites(t *testing.T) {
	topic := kafkatest.Topic(t)
	p, dial := fake(t, topic)
	cl := client(t, p.Addr(), dial, kgo.ConsumeTopics(topic))
	produce(t, cl, topic, 0, 5)
	p.DropReplies(2)
	produce(t, cl, topic, 5, 10)
	if p.Dropped() != 2 {
		t.Errorf("%d replies were dropped, want 2", p.Dropped())
	}
	consume(t, cl, 10)
}

// TestDroppedReplyOfOneWrite wants the write to be there though its client was
// told of a failure.
func TestDroppedReplyOfOneWrite(t *testing.T) {
	topic := kafkatest.Topic(t)
	p, dial := fake(t, topic)
	cl := client(t, p.Addr(), dial, kgo.ConsumeTopics(topic), kgo.DisableIdempotentWrite(), kgo.RecordRetries(0))
	p.DropReplies(1)
	if err := cl.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: []byte("0")}).FirstErr(); err == nil {
		t.Error("the client was told of success")
	}
	consume(t, cl, 1)
}

func TestFlippedBitIsFound(t *testing.T) {
	topic := kafkatest.Topic(t)
	p, dial := fake(t, topic)
	cl := client(t, p.Addr(), dial)
	produce(t, cl, topic, 0, 5)
	p.FlipFetch(1)
	reader := client(t, p.Addr(), dial, kgo.ConsumeTopics(topic))
	if failed := consume(t, reader, 5); failed == 0 {
		t.Error("no fetch failed")
	}
	if p.Flipped() != 1 {
		t.Errorf("%d responses were damaged, want 1", p.Flipped())
	}
}

func TestCutAndRefuse(t *testing.T) {
	topic := kafkatest.Topic(t)
	p, dial := fake(t, topic)
	cl := client(t, p.Addr(), dial, kgo.ConsumeTopics(topic))
	produce(t, cl, topic, 0, 1)
	p.Cut()
	produce(t, cl, topic, 1, 2)

	p.Refuse(true)
	p.Cut()
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("a refused connection ends with %v, want %v", err, io.EOF)
	}
	p.Refuse(false)
	produce(t, cl, topic, 2, 3)
	consume(t, cl, 3)
}

// TestNoBroker wants a proxy before nothing to behave as nothing does.
func TestNoBroker(t *testing.T) {
	p := kafkatest.NewProxy(t, "127.0.0.1:0", "127.0.0.1:1")
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the connection ends with %v, want %v", err, io.EOF)
	}
}
