package main

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/journal/kafka"
)

// envPrefix begins the names of all variables of the environment.
const envPrefix = "DEADHEAT_"

// layer is one place that settings come from.
type layer struct {
	origin string            // of its keys, for people; a key's own name follows
	names  map[string]string // of keys: the variable or the flag
	file   string            // of all keys
	values *koanf.Koanf
}

// blame names the variable or flag, or the file, that a fault comes from.
func (l layer) blame(f fault) fault {
	f.file = l.file
	if name := l.names[f.key]; name != "" {
		f.key = name
	}
	return f
}

// blame does the same for the last layer that sets the faulty key.
func blame(layers []layer, f fault) fault {
	for _, l := range slices.Backward(layers) {
		if l.names[f.key] != "" || l.file != "" {
			return l.blame(f)
		}
	}
	return f
}

func newLayer(origin string, values map[string]any, names map[string]string) layer {
	k := koanf.New(".")
	_ = k.Load(confmap.Provider(values, "."), nil) // a map cannot fail to load
	return layer{origin: origin, values: k, names: names}
}

func defaultLayer() layer {
	return newLayer("default", map[string]any{
		"journal": "", "data": "", "http": "", "prefix": kafka.DefaultPrefix, "create_topics": true,
		"orders.node": "", "orders.partitions": 0, "orders.wait": "5s", "orders.in_flight": 50_000,
	}, nil)
}

// fileFault is what is wrong with a file that cannot be read. The path stands
// in front of it already.
func fileFault(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Op + ": " + e.Err.Error()
	}
	return err.Error()
}

func fileLayer(path string) (layer, error) {
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		return layer{}, &configError{[]fault{{file: path, what: fileFault(err)}}}
	}
	return layer{origin: "file " + path, file: path, values: k}, nil
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
	return layer{origin: "environment ", values: k, names: per}
}

// flagLayer takes the flags that the user gave and that are named like a key.
func flagLayer(cmd *cobra.Command) layer {
	values, per := map[string]any{}, map[string]string{}
	for _, key := range []string{"journal", "prefix", "data", "http"} {
		if f := cmd.Flags().Lookup(key); f != nil && f.Changed {
			values[key], per[key] = f.Value.String(), "--"+key
		}
	}
	return newLayer("flag ", values, per)
}
