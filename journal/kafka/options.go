package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"

	"github.com/deadheat-io/deadheat/journal"
)

// DefaultPrefix begins every topic's name unless told otherwise.
const DefaultPrefix = "deadheat"

const (
	// batchBytes is the largest batch on the wire. It holds a record of
	// journal.MaxRecord, and every broker takes it by default.
	batchBytes = 1 << 20
	// burstBytes and burstRecords bound what is handed to the client at a time.
	burstBytes   = 4 << 20
	burstRecords = 20_000
	// nextRecords is how many records a reader returns at a time, at most.
	nextRecords = 2_000
	// fetchBytes is how much a reader asks for at a time, compressed.
	fetchBytes = 4 << 20
	// inflateBytes is the largest batch that a reader inflates.
	inflateBytes = 32 << 20
)

// Options are the settings of a journal. Brokers must be named.
type Options struct {
	// Brokers are HOST:PORT of some brokers; the others are found from them.
	Brokers []string
	// Prefix begins every topic's name; DefaultPrefix when empty.
	Prefix string
	// ReadOnly refuses to append and to make topics.
	ReadOnly bool
	// NoCreate refuses to make topics.
	NoCreate bool
	// Replication is the replication factor of new topics; 3, or as many as
	// there are brokers, when 0.
	Replication int
	// TLS, if not nil, is used for every connection.
	TLS *tls.Config
	// SASL, if not nil, tells brokers who we are.
	SASL sasl.Mechanism
	// Dial, if not nil, opens connections in place of a net.Dialer, below TLS.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Logger is told what the client has to say from warnings on; discarded
	// if nil.
	Logger *slog.Logger
	// QueueBytes is how much may wait to be answered, for each partition,
	// 64 MiB when 0. Append waits while it is full.
	QueueBytes int64
	// FetchTries is how often a fetch that brought an error is tried again
	// without progress before a reader gives up, 8 when 0: about 15 s.
	FetchTries int
	// Reach is how long Open waits for a broker, 5 s when 0.
	Reach time.Duration
	// CloseWait is how long Close waits for the answers of appends, 10 s when 0.
	CloseWait time.Duration
}

func (o *Options) defaults() error {
	if len(o.Brokers) == 0 {
		return errors.New("no broker is named; want kafka:HOST:PORT[,HOST:PORT…]")
	}
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	if err := journal.CheckTopic(o.Prefix); err != nil {
		return fmt.Errorf("prefix of topics: %w", err)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.QueueBytes <= 0 {
		o.QueueBytes = 64 << 20
	}
	if o.FetchTries <= 0 {
		o.FetchTries = 8
	}
	if o.Reach <= 0 {
		o.Reach = 5 * time.Second
	}
	if o.CloseWait <= 0 {
		o.CloseWait = 10 * time.Second
	}
	return nil
}

// ParseBrokers reads "HOST:PORT[,HOST:PORT…]".
func ParseBrokers(text string) ([]string, error) {
	brokers := strings.Split(text, ",")
	for _, b := range brokers {
		host, port, err := net.SplitHostPort(b)
		if n, badPort := strconv.ParseUint(port, 10, 16); err != nil || host == "" || strings.ContainsAny(host, "/@ ") || badPort != nil || n == 0 {
			return nil, fmt.Errorf("broker %q: want HOST:PORT", b)
		}
	}
	return brokers, nil
}

// options are the settings of every client.
func (j *Journal) options(more ...kgo.Opt) []kgo.Opt {
	o := &j.opts
	opts := []kgo.Opt{
		kgo.ClientID("deadheat"),
		kgo.SeedBrokers(o.Brokers...),
		kgo.WithLogger(j.log),
		kgo.DialTimeout(3 * time.Second),
		kgo.RequestTimeoutOverhead(5 * time.Second),
		kgo.MetadataMinAge(20 * time.Millisecond),
		kgo.RetryBackoffFn(backoff),
		kgo.BrokerMaxReadBytes(inflateBytes),
		kgo.FetchMaxBytes(2 * fetchBytes),
		kgo.FetchMaxPartitionBytes(fetchBytes),
		kgo.DisableClientMetrics(),
		kgo.WithHooks(&j.counts),
	}
	switch {
	case o.Dial != nil && o.TLS != nil:
		opts = append(opts, kgo.Dialer(dialTLS(o.Dial, o.TLS)))
	case o.Dial != nil:
		opts = append(opts, kgo.Dialer(o.Dial))
	case o.TLS != nil:
		opts = append(opts, kgo.DialTLSConfig(o.TLS))
	}
	if o.SASL != nil {
		opts = append(opts, kgo.SASL(o.SASL))
	}
	return append(opts, more...)
}

// backoff is how long a client waits before it tries something again. It tries
// for ever, and whoever waits for the journal wants to go on when it can.
func backoff(tries int) time.Duration {
	wait := min(50*time.Millisecond<<min(tries, 8), time.Second)
	return wait/2 + rand.N(wait/2)
}

// dialTLS shakes hands on a connection that somebody else opens.
func dialTLS(dial func(ctx context.Context, network, addr string) (net.Conn, error), c *tls.Config) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		raw, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		c := c.Clone()
		if c.ServerName == "" {
			c.ServerName, _, _ = net.SplitHostPort(addr)
		}
		conn := tls.Client(raw, c)
		if err := conn.HandshakeContext(ctx); err != nil {
			raw.Close()
			return nil, err
		}
		return conn, nil
	}
}

// producer are the settings of a partition's writer.
func (j *Journal) producer() []kgo.Opt {
	return j.options(
		kgo.AlwaysRetryEOF(),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.StopProducerOnDataLossDetected(),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.ZstdCompression(), kgo.NoCompression()),
		kgo.ProducerBatchMaxBytes(batchBytes),
		kgo.ProduceRequestTimeout(5*time.Second),
		kgo.UnknownTopicRetries(10),
		// Nothing is sent before all of a burst is buffered: when a batch of it
		// fails the client drops the rest, and nothing can come behind it.
		kgo.ManualFlushing(),
		kgo.MaxBufferedRecords(4*burstRecords),
	)
}

// consumer are the settings of a reader.
func (j *Journal) consumer(topic string, index int32, from int64) []kgo.Opt {
	return j.options(
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {index: kgo.NoResetOffset().At(from)}}),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.AlwaysRetryEOF(),
		kgo.FetchIsolationLevel(kgo.ReadUncommitted()),
		kgo.MaxDecompressBatchBytes(inflateBytes),
		kgo.FetchMaxWait(time.Second),
	)
}
