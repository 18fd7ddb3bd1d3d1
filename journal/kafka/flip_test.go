package kafka_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/journaltest"
	"github.com/deadheat-io/deadheat/journal/kafka"
)

// flipConn changes a byte behind a mark, once, in what a broker sends.
type flipConn struct {
	net.Conn
	mark []byte
	left *atomic.Int64
}

func (c flipConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if at := bytes.Index(b[:n], c.mark); at >= 0 && at+len(c.mark) < n && c.left.Add(-1) >= 0 {
		b[at+len(c.mark)] ^= 1
	}
	return n, err
}

// A byte that is changed in the middle of a record leaves a record that can be
// decoded, and it is not compressed, so that no other check sum tells. It must
// not be read.
func TestAChangedByteIsNotRead(t *testing.T) {
	c := fake(t)
	noise := make([]byte, 1000)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(noise)
	record, left := journaltest.Record(0, ""), new(atomic.Int64)
	record.Body = journaltest.Body(noise)
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		return flipConn{conn, noise[400:416], left}, err
	}
	j := open(t, kafka.Options{Brokers: c.ListenAddrs(), Dial: dial})
	create(t, j, 1)
	appendAll(t, j, record)
	left.Store(1)
	records, err := reader(t, j, 0).Next(t.Context())
	if err != nil || len(records) != 1 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	if left.Load() > 0 {
		t.Fatal("nothing was changed")
	}
	want := []journal.Record{record}
	if diff := journaltest.Diff(&records[0], &want[0]); diff != "" {
		t.Errorf("a changed record was read: %s", diff)
	}
	if s := j.Stats(); s.FetchErrors == 0 {
		t.Error("no error is counted")
	}
}
