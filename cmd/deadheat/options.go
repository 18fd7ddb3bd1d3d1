package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/local"
)

// options are the flags that all commands share.
type options struct {
	config    string
	journal   string
	data      string
	logLevel  string
	logFormat string
}

func (o *options) addFlags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.SortFlags = false
	f.StringVar(&o.config, "config", "", "read the configuration (YAML) from `FILE`")
	f.StringVar(&o.journal, "journal", "", "journal, such as `local:DIR`")
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

// localScheme stands before the directory of an embedded journal.
const localScheme = "local:"

// localDir is the directory of an embedded journal.
func localDir(text string) (string, error) {
	dir, ok := strings.CutPrefix(text, localScheme)
	switch {
	case ok && dir != "":
		return dir, nil
	case ok:
		return "", fmt.Errorf("the directory is missing in %q; want local:DIR", text)
	case strings.HasPrefix(text, "kafka:"):
		return "", fmt.Errorf("this build knows local:DIR only, not %q", text)
	}
	return "", fmt.Errorf("want local:DIR, have %q", text)
}

// openJournal opens the journal of the configuration. A command that only
// reads opens it for reading only: it takes no lock and changes nothing.
func openJournal(ctx context.Context, cfg *Config, readOnly bool) (journal.Journal, error) {
	if cfg.Journal == "" {
		return nil, usagef("no journal named: give --journal local:DIR or --config FILE")
	}
	dir, err := localDir(cfg.Journal)
	if err != nil {
		return nil, &configError{faults: []fault{{key: "journal", what: err.Error()}}}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	j, err := local.Open(dir, local.Options{ReadOnly: readOnly, Logf: func(format string, args ...any) {
		cfg.log.Warn(fmt.Sprintf(format, args...))
	}})
	if err != nil {
		return nil, err
	}
	return j, nil
}

// needData refuses a configuration without a directory of stores, for commands
// that need one.
func (c *Config) needData() error {
	if c.Data == "" {
		return usagef("no data directory named: give --data DIR or --config FILE")
	}
	return nil
}
