package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
)

// Config is the configuration of a node. The doc tags are what people read.
type Config struct {
	Journal     string      `koanf:"journal" json:"journal" doc:"where the journal is: local:DIR"`
	Data        string      `koanf:"data" json:"data" doc:"directory of the stores"`
	HTTP        string      `koanf:"http" json:"http" doc:"HOST:PORT of the API; empty is off"`
	Sources     Sources     `koanf:"sources" json:"sources" doc:"what is journalled"`
	Projections Projections `koanf:"projections" json:"projections" doc:"what is folded, and how"`

	origin map[string]string // of each key: what set it
	log    *slog.Logger
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

const envPrefix = "DEADHEAT_"

// layer is one place that settings come from.
type layer struct {
	origin string            // of all its keys
	per    map[string]string // of single keys
	values *koanf.Koanf
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
	for _, l := range layers {
		if faults := checkShape(l.values.Raw()); len(faults) > 0 {
			for i := range faults { // a fault of a variable or a flag names it
				if name := l.per[faults[i].key]; name != "" {
					faults[i].key = name
				}
			}
			return nil, &configError{file: pathOf(l, path), faults: faults}
		}
		if err := merged.Merge(l.values); err != nil {
			return nil, fmt.Errorf("merge the settings of %s: %w", l.origin, err)
		}
		for _, key := range l.values.Keys() {
			cfg.origin[key] = l.origin + l.per[key]
		}
	}
	if err := merged.Unmarshal("", cfg); err != nil {
		return nil, &configError{file: path, faults: []fault{{"", err.Error()}}}
	}
	if faults := cfg.check(); len(faults) > 0 {
		return nil, &configError{file: path, faults: faults}
	}
	return cfg, nil
}

// pathOf is the file to blame for a fault of the layer.
func pathOf(l layer, path string) string {
	if l.per == nil && l.origin != "default" {
		return path
	}
	return ""
}

func newLayer(origin string, values map[string]any, per map[string]string) layer {
	k := koanf.New(".")
	_ = k.Load(confmap.Provider(values, "."), nil) // a map cannot fail to load
	return layer{origin: origin, values: k, per: per}
}

func defaultLayer() layer {
	return newLayer("default", map[string]any{"journal": "", "data": "", "http": ""}, nil)
}

func fileLayer(path string) (layer, error) {
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		return layer{}, &configError{file: path, faults: []fault{{"", err.Error()}}}
	}
	return layer{origin: "file " + path, values: k}, nil
}

// envLayer takes the variables that are named like a key: DEADHEAT_HTTP is
// http, DEADHEAT_PROJECTIONS_OFFERING_WINDOW is projections.offering.window;
// lists are divided by commas. An empty variable counts as not set.
func envLayer() layer {
	per := map[string]string{}
	names := map[string]leaf{}
	for _, l := range leaves() {
		names[envPrefix+strings.ToUpper(strings.ReplaceAll(l.key, ".", "_"))] = l
	}
	provider := env.Provider(".", env.Opt{Prefix: envPrefix, TransformFunc: func(name, value string) (string, any) {
		l, ok := names[name]
		if !ok || value == "" {
			return "", nil
		}
		per[l.key] = name
		if !l.list {
			return l.key, value
		}
		var list []any
		for item := range strings.SplitSeq(value, ",") {
			list = append(list, strings.TrimSpace(item))
		}
		return l.key, list
	}})
	k := koanf.New(".")
	_ = k.Load(provider, nil) // the environment cannot fail to load
	return layer{origin: "environment ", values: k, per: per}
}

// flagLayer takes the flags that the user gave and that are named like a key.
func flagLayer(cmd *cobra.Command) layer {
	values, per := map[string]any{}, map[string]string{}
	for _, key := range []string{"journal", "data", "http"} {
		if f := cmd.Flags().Lookup(key); f != nil && f.Changed {
			values[key], per[key] = f.Value.String(), "--"+key
		}
	}
	return newLayer("flag ", values, per)
}
