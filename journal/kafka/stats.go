package kafka

import (
	"net"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Stats counts what happened between the journal and the cluster.
type Stats struct {
	Connects      int64 // connections opened
	ConnectErrors int64 // connections that could not be opened
	Disconnects   int64 // connections closed, by either side
	BytesWritten  int64 // to brokers
	BytesRead     int64 // from brokers
	FetchErrors   int64 // fetches that brought an error and were tried again
	Lost          int64 // times that a partition's writer gave up what it had queued
	Throttled     int64 // times that a broker asked to wait
}

// Stats returns the counts so far.
func (j *Journal) Stats() Stats {
	c := &j.counts
	return Stats{
		Connects: c.connects.Load(), ConnectErrors: c.connectErrors.Load(), Disconnects: c.disconnects.Load(),
		BytesWritten: c.written.Load(), BytesRead: c.read.Load(), FetchErrors: c.fetchErrors.Load(),
		Lost: c.lost.Load(), Throttled: c.throttled.Load(),
	}
}

// counts watches the clients.
type counts struct {
	connects, connectErrors, disconnects, written, read, fetchErrors, lost, throttled atomic.Int64
}

// OnBrokerConnect implements [kgo.HookBrokerConnect].
func (c *counts) OnBrokerConnect(_ kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if err != nil {
		c.connectErrors.Add(1)
		return
	}
	c.connects.Add(1)
}

// OnBrokerDisconnect implements [kgo.HookBrokerDisconnect].
func (c *counts) OnBrokerDisconnect(kgo.BrokerMetadata, net.Conn) { c.disconnects.Add(1) }

// OnBrokerWrite implements [kgo.HookBrokerWrite].
func (c *counts) OnBrokerWrite(_ kgo.BrokerMetadata, _ int16, n int, _, _ time.Duration, _ error) {
	c.written.Add(int64(n))
}

// OnBrokerRead implements [kgo.HookBrokerRead].
func (c *counts) OnBrokerRead(_ kgo.BrokerMetadata, _ int16, n int, _, _ time.Duration, _ error) {
	c.read.Add(int64(n))
}

// OnBrokerThrottle implements [kgo.HookBrokerThrottle].
func (c *counts) OnBrokerThrottle(kgo.BrokerMetadata, time.Duration, bool) { c.throttled.Add(1) }
