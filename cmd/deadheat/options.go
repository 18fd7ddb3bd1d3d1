package main

import (
	"log/slog"

	"github.com/spf13/cobra"
)

// options are the flags that all commands share.
type options struct {
	config    string
	journal   string
	prefix    string
	data      string
	logLevel  string
	logFormat string
}

func (o *options) addFlags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.SortFlags = false
	f.StringVar(&o.config, "config", "", "read the configuration (YAML) from `FILE`")
	f.StringVar(&o.journal, "journal", "", "the journal `J`: local:DIR or kafka:HOST:PORT[,...]")
	f.StringVar(&o.prefix, "prefix", "", "names of Kafka topics begin with `NAME`")
	f.StringVar(&o.data, "data", "", "directory `DIR` of the stores")
	f.StringVar(&o.logLevel, "log-level", "info", "log from `LEVEL` on: debug, info, warn, error")
	f.StringVar(&o.logFormat, "log-format", "text", "log as `FORMAT`: text, json")
}

// logger makes the log of a command. It writes to stderr: stdout is for data.
func (o *options) logger(cmd *cobra.Command) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.logLevel)); err != nil {
		return nil, usagef("--log-level %q: want debug, info, warn or error", o.logLevel)
	}
	ho := &slog.HandlerOptions{Level: level}
	switch o.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), ho)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), ho)), nil
	}
	return nil, usagef("--log-format %q: want text or json", o.logFormat)
}

// needData refuses a configuration without a directory of stores, for commands
// that need one.
func (c *Config) needData() error {
	if c.Data == "" {
		return usagef("no data directory named: give --data DIR or --config FILE")
	}
	return nil
}
