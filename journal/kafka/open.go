package kafka

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/plugin/kslog"

	"github.com/deadheat-io/deadheat/journal"
)

// Journal is a cluster's topics with one prefix.
type Journal struct {
	opts   Options
	id     string
	client *kgo.Client // of requests that are about no reader or writer
	admin  *kadm.Client
	log    *kslog.Logger // of the clients
	counts counts
	stop   chan struct{} // closed by Close

	createMu sync.Mutex // one Create at a time

	mu      sync.Mutex
	closed  bool
	topics  map[string]journal.Topic // known so far
	writers map[journal.Partition]*writer
	readers map[*reader]struct{}
	closing sync.WaitGroup // of writers
}

// Open connects to the cluster. The error is [journal.ErrUnreachable] when no
// broker answers.
func Open(ctx context.Context, opts Options) (*Journal, error) {
	if err := opts.defaults(); err != nil {
		return nil, err
	}
	j := &Journal{
		opts: opts, stop: make(chan struct{}), log: kslog.New(warnings(opts.Logger)),
		topics: map[string]journal.Topic{}, writers: map[journal.Partition]*writer{}, readers: map[*reader]struct{}{},
	}
	var err error
	if j.client, err = kgo.NewClient(j.options()...); err != nil {
		return nil, fmt.Errorf("kafka client: %w", err)
	}
	j.admin = kadm.NewClient(j.client)
	if err := j.reach(ctx); err != nil {
		j.client.Close()
		return nil, err
	}
	return j, nil
}

// reach asks the cluster who it is, again and again while nobody answers.
func (j *Journal) reach(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, j.opts.Reach)
	defer cancel()
	brokers := strings.Join(j.opts.Brokers, ",")
	var last error
	for {
		m, err := j.metadata(limited)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && m.Cluster == "":
			return fmt.Errorf("kafka:%s: the cluster has no id, so that it could not be told from another", brokers)
		case err == nil:
			j.id = m.Cluster + "/" + j.opts.Prefix
			return nil
		case isBroker(err): // it answers, and will say the same again
			return fmt.Errorf("kafka:%s: %w", brokers, err)
		case last == nil || limited.Err() == nil:
			last = err
		}
		select {
		case <-limited.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("kafka:%s: %w within %s (%w). Is it running, is the address right, does it want TLS or SASL (kafka.tls, kafka.sasl)",
				brokers, journal.ErrUnreachable, j.opts.Reach, last)
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// metadata does not wait longer than its context for a connection that is being
// opened.
func (j *Journal) metadata(ctx context.Context) (kadm.Metadata, error) {
	type answer struct {
		m   kadm.Metadata
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		m, err := j.admin.BrokerMetadata(ctx)
		answers <- answer{m, err}
	}()
	select {
	case a := <-answers:
		return a.m, a.err
	case <-ctx.Done():
		return kadm.Metadata{}, ctx.Err()
	}
}

// ID is the cluster's id and the prefix.
func (j *Journal) ID() string { return j.id }

// alive tells whether the journal may be used.
func (j *Journal) alive(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return fmt.Errorf("journal %s: %w", j.id, journal.ErrClosed)
	}
	return ctx.Err()
}

// Close ends all readers, waits for the answers of appends, at most
// [Options.CloseWait], and closes all connections. The appends that have none
// by then are answered with a [journal.UnknownError].
func (j *Journal) Close() error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return nil
	}
	j.closed = true
	close(j.stop)
	for _, w := range j.writers {
		w.close()
	}
	readers := j.readers
	j.readers = nil
	j.mu.Unlock()
	for r := range readers {
		r.client.Close()
	}
	j.closing.Wait()
	j.admin.Close()
	return nil
}

// closedError turns the client's word for it into the journal's.
func closedError(err error) error {
	if errors.Is(err, kgo.ErrClientClosed) {
		return journal.ErrClosed
	}
	return err
}
