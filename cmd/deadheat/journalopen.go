package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/kafka"
	"github.com/deadheat-io/deadheat/journal/local"
)

// address says where a journal is.
type address struct {
	dir     string   // of an embedded journal
	brokers []string // of a cluster
}

// What stands before the two.
const (
	localScheme = "local:"
	kafkaScheme = "kafka:"
)

const wantAddress = "local:DIR or kafka:HOST:PORT[,HOST:PORT...]"

func parseAddress(text string) (address, error) {
	if dir, ok := strings.CutPrefix(text, localScheme); ok {
		if dir == "" {
			return address{}, fmt.Errorf("the directory is missing in %q; want local:DIR", text)
		}
		return address{dir: dir}, nil
	}
	if list, ok := strings.CutPrefix(text, kafkaScheme); ok {
		brokers, err := kafka.ParseBrokers(list)
		if err != nil {
			return address{}, fmt.Errorf("%w, have %q", err, text)
		}
		return address{brokers: brokers}, nil
	}
	return address{}, fmt.Errorf("want %s, have %q", wantAddress, text)
}

// openJournal opens the journal of the configuration. A command that only
// reads opens it for reading only: it takes no lock and changes nothing.
func openJournal(ctx context.Context, cfg *Config, readOnly bool) (journal.Journal, error) {
	if cfg.Journal == "" {
		return nil, usagef("no journal named: give --journal %s, or --config FILE", wantAddress)
	}
	at, err := parseAddress(cfg.Journal)
	if err != nil {
		return nil, &configError{faults: []fault{{key: "journal", what: err.Error()}}}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if at.brokers != nil {
		j, err := openKafka(ctx, cfg, at.brokers, readOnly)
		if err != nil {
			return nil, err // a nil *kafka.Journal would be a journal that is not nil
		}
		return j, nil
	}
	j, err := local.Open(at.dir, local.Options{ReadOnly: readOnly, Logf: func(format string, args ...any) {
		cfg.log.Warn(fmt.Sprintf(format, args...))
	}})
	if err != nil {
		return nil, err
	}
	return j, nil
}

// closeWait bounds how long the end of a command waits for a broker.
const closeWait = 2 * time.Second

// openKafka opens the journal of a cluster.
func openKafka(ctx context.Context, cfg *Config, brokers []string, readOnly bool) (*kafka.Journal, error) {
	opts := kafka.Options{
		Brokers: brokers, Prefix: cfg.Prefix, ReadOnly: readOnly, NoCreate: !cfg.CreateTopics,
		Replication: int(cfg.Kafka.Replication), Logger: cfg.log, CloseWait: closeWait,
	}
	var err error
	if opts.TLS, err = cfg.Kafka.TLS.load(); err == nil {
		opts.SASL, err = cfg.Kafka.SASL.load()
	}
	if err != nil {
		return nil, &configError{faults: []fault{{key: "kafka", what: err.Error()}}}
	}
	return kafka.Open(ctx, opts)
}
