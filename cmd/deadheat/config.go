package main

import (
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/projection/sink/bridge"
)

// Config is the configuration of a node. The doc tags are what people read.
type Config struct {
	Journal      string        `koanf:"journal" json:"journal" doc:"where the journal is: local:DIR or kafka:HOST:PORT[,...]"`
	Prefix       string        `koanf:"prefix" json:"prefix" doc:"begins the names of all Kafka topics"`
	CreateTopics bool          `koanf:"create_topics" json:"create_topics" doc:"make missing Kafka topics"`
	Kafka        KafkaSettings `koanf:"kafka,omitempty" json:"kafka,omitzero" doc:"how Kafka is spoken to"`
	Data         string        `koanf:"data" json:"data" doc:"directory of the stores"`
	HTTP         string        `koanf:"http" json:"http" doc:"HOST:PORT of the API; empty is off"`
	Sources      Sources       `koanf:"sources" json:"sources" doc:"what is journalled"`
	Orders       OrderSettings `koanf:"orders" json:"orders" doc:"how orders are taken in; they are, where http is set"`
	Projections  Projections   `koanf:"projections" json:"projections" doc:"what is folded, and how"`

	origin map[string]string // of each key: what set it
	log    *slog.Logger
}

// KafkaSettings say how Kafka is spoken to.
type KafkaSettings struct {
	Replication int64        `koanf:"replication" json:"replication" doc:"factor of new topics; 0 is 3, or as many as there are brokers"`
	TLS         *KafkaTLS    `koanf:"tls,omitempty" json:"tls,omitempty" doc:"on when it is there, be it empty: {}"`
	SASL        SASLSettings `koanf:"sasl" json:"sasl" doc:"on when mechanism is named"`
}

// KafkaTLS names the files that prove who is who.
type KafkaTLS struct {
	CA         string `koanf:"ca" json:"ca" doc:"authorities of the brokers (PEM); the system's if empty"`
	Cert       string `koanf:"cert" json:"cert" doc:"client certificate (PEM)"`
	Key        string `koanf:"key" json:"key" doc:"its key (PEM)"`
	ServerName string `koanf:"server_name" json:"server_name" doc:"name in the brokers' certificates, if not the host's"`
}

// SASLSettings tell brokers who we are.
type SASLSettings struct {
	Mechanism    string `koanf:"mechanism" json:"mechanism" doc:"SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN"`
	User         string `koanf:"user" json:"user" doc:"name"`
	PasswordFile string `koanf:"password_file" json:"password_file" doc:"file with the password, for its owner only"`
}

// Sources are the feeds that a node journals.
type Sources struct {
	Kambi []KambiSource `koanf:"kambi" json:"kambi" doc:"Kambi feeds"`
}

// KambiSource is one Kambi feed.
type KambiSource struct {
	Name      string   `koanf:"name" json:"name" doc:"letters, digits, _ and -"`
	TokenURL  string   `koanf:"token_url" json:"token_url" doc:"https URL of the token"`
	Addr      string   `koanf:"addr" json:"addr" doc:"HOST:PORT of the feed"`
	TLS       TLSFiles `koanf:"tls" json:"tls" doc:"files (PEM)"`
	Offerings []any    `koanf:"offerings" json:"offerings" doc:"asked for, as they are"`
}

// Topic is where the messages of the source are journalled.
func (s KambiSource) Topic() string { return feedPrefix + s.Name }

// TLSFiles names the files that prove who is who.
type TLSFiles struct {
	CA   string `koanf:"ca" json:"ca" doc:"authorities of the servers"`
	Cert string `koanf:"cert" json:"cert" doc:"client certificate"`
	Key  string `koanf:"key" json:"key" doc:"its key"`
}

// OrderSettings say how orders are taken in.
type OrderSettings struct {
	Node       string           `koanf:"node" json:"node" doc:"name of this process among those that take orders; the host's if empty"`
	Partitions int64            `koanf:"partitions" json:"partitions" doc:"of topic orders, for ever; 0 is 1, or as many as it has"`
	Wait       string           `koanf:"wait" json:"wait" doc:"how long an answer is waited for before it is UNKNOWN"`
	InFlight   int64            `koanf:"in_flight" json:"in_flight" doc:"commands on their way at most"`
	Bridges    []BridgeSettings `koanf:"bridges,omitempty" json:"bridges,omitempty" doc:"feeds whose offers have markets"`
}

// BridgeSettings say which markets the offers of a feed have.
type BridgeSettings struct {
	Feed     string           `koanf:"feed" json:"feed" doc:"name of the feed"`
	Market   string           `koanf:"market,omitempty" json:"market,omitempty" doc:"template of ids, with {feed} {offer} {outcome} {event} {criterion}; {offer} if empty"`
	Criteria []int64          `koanf:"criteria,omitempty" json:"criteria,omitempty" doc:"only offers of these; all if empty"`
	Kind     string           `koanf:"kind,omitempty" json:"kind,omitempty" doc:"odds (if empty) or shares"`
	Tick     string           `koanf:"tick,omitempty" json:"tick,omitempty" doc:"of the markets, as in a command"`
	Lot      int64            `koanf:"lot,omitempty" json:"lot,omitempty" doc:"of the markets"`
	Ladder   []string         `koanf:"ladder,omitempty" json:"ladder,omitempty" doc:"of the markets"`
	On       BridgeOnSettings `koanf:"on,omitempty" json:"on,omitzero" doc:"what becomes of a market: halt, close or ignore"`
}

// BridgeOnSettings say what becomes of a market; empty is what is usual.
type BridgeOnSettings struct {
	Suspended string `koanf:"suspended,omitempty" json:"suspended,omitempty" doc:"when its offer is suspended: halt or ignore"`
	Closed    string `koanf:"closed,omitempty" json:"closed,omitempty" doc:"when it is closed: close, halt or ignore"`
	Gone      string `koanf:"gone,omitempty" json:"gone,omitempty" doc:"when it is gone: close, halt or ignore"`
	FeedDown  string `koanf:"feed_down,omitempty" json:"feed_down,omitempty" doc:"when the feed is down: halt or ignore"`
}

func (b *BridgeSettings) mapping() bridge.Mapping {
	return bridge.Mapping{
		Market: b.Market, Criteria: b.Criteria, Kind: b.Kind, Tick: b.Tick, Lot: b.Lot, Ladder: b.Ladder,
		On: bridge.On{Suspended: b.On.Suspended, Closed: b.On.Closed, Gone: b.On.Gone, FeedDown: b.On.FeedDown},
	}
}

// Projections are the settings of the projections.
type Projections struct {
	Offering *OfferingSettings `koanf:"offering,omitempty" json:"offering,omitempty" doc:"the offering projection"`
}

// OfferingSettings are what is configured of the offering projection; nil is
// what is left to its defaults.
type OfferingSettings struct {
	Window        *int64   `koanf:"window,omitempty" json:"window,omitempty" doc:"feed offsets a message may be late"`
	Criteria      []int64  `koanf:"criteria,omitempty" json:"criteria,omitempty" doc:"ids whose odds surface in game"`
	Jurisdictions []string `koanf:"jurisdictions,omitempty" json:"jurisdictions,omitempty" doc:"offerings; the i-th sets bit i"`
}

// surfacedTopic is where the outputs of a source's topic go.
func surfacedTopic(feedTopic string) string {
	return surfacedPrefix + strings.TrimPrefix(feedTopic, feedPrefix)
}

// load reads the configuration that a command runs with: defaults, then the
// file, the environment and the flags, the later ones winning. The error is a
// configError with every fault there is.
func (o *options) load(cmd *cobra.Command) (*Config, error) {
	log, err := o.logger(cmd)
	if err != nil {
		return nil, err
	}
	path := o.config
	if path == "" {
		path = os.Getenv(envPrefix + "CONFIG")
	}
	cfg, err := loadConfig(path, flagLayer(cmd))
	if err != nil {
		return nil, err
	}
	cfg.log = log
	return cfg, nil
}

// loadConfig merges the layers, reads and checks them.
func loadConfig(path string, flags layer) (*Config, error) {
	layers := []layer{defaultLayer()}
	if path != "" {
		l, err := fileLayer(path)
		if err != nil {
			return nil, err
		}
		layers = append(layers, l)
	}
	layers = append(layers, envLayer(), flags)
	merged := koanf.New(".")
	cfg := &Config{origin: map[string]string{}, log: slog.New(slog.DiscardHandler)}
	var faults []fault
	for _, l := range layers {
		for _, f := range checkShape(l.values.Raw()) {
			faults = append(faults, l.blame(f))
		}
		if err := merged.Merge(l.values); err != nil {
			return nil, fmt.Errorf("merge the settings of %s: %w", l.origin, err)
		}
		for _, key := range l.values.Keys() {
			cfg.origin[key] = l.origin + l.names[key]
		}
	}
	// Whatever can be read is read and checked, beside what cannot.
	if err := merged.Unmarshal("", cfg); err != nil && len(faults) == 0 {
		faults = append(faults, fault{file: path, what: err.Error()})
	}
	shape := len(faults)
	for _, f := range cfg.check() {
		if f = blame(layers, f); !within(f, faults[:shape]) {
			faults = append(faults, f)
		}
	}
	if len(faults) > 0 {
		return nil, &configError{faults}
	}
	if cfg.Sources.Kambi == nil {
		cfg.Sources.Kambi = []KambiSource{}
	}
	return cfg, nil
}

// within tells whether a fault is about a part of what has a fault already.
func within(f fault, faults []fault) bool {
	return slices.ContainsFunc(faults, func(g fault) bool {
		rest, ok := strings.CutPrefix(f.key, g.key)
		return ok && f.file == g.file && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}
