package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
)

func newConfig(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Check and show the configuration",
		Example: "  deadheat config lint deadheat.yaml",
	}
	cmd.AddCommand(newConfigLint(), newConfigShow(o))
	return cmd
}

func newConfigLint() *cobra.Command {
	return &cobra.Command{
		Use:   "lint FILE...",
		Short: "Find everything that is wrong with configuration files",
		Long: `Find everything that is wrong with configuration files.

Every fault is a line "FILE: KEY: what is wrong" on stderr, and the exit code
is 2. Variables of the environment count as they would for "deadheat run". The
files that a configuration names are not looked at.`,
		Example: "  deadheat config lint deadheat.yaml other.yaml",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			bad := 0
			for _, path := range files {
				faults, err := lint(path)
				if err != nil {
					return err
				}
				for _, f := range faults {
					fmt.Fprintln(cmd.ErrOrStderr(), f)
				}
				if len(faults) > 0 {
					bad++
					continue
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s: ok\n", path)
			}
			if bad > 0 {
				return &configError{[]fault{{what: fmt.Sprintf("%d of %d files have faults", bad, len(files))}}}
			}
			return nil
		},
	}
}

// lint returns the faults of one file.
func lint(path string) ([]fault, error) {
	cfg, err := loadConfig(path, newLayer("flag ", nil, nil))
	if wrong, ok := errors.AsType[*configError](err); ok {
		return wrong.faults, nil
	}
	if err != nil {
		return nil, err
	}
	var faults []fault
	for _, need := range []struct{ key, value string }{{"journal", cfg.Journal}, {"data", cfg.Data}} {
		if need.value == "" {
			faults = append(faults, fault{path, need.key, "missing"})
		}
	}
	return faults, nil
}

// setting is one key of the configuration, as "config show --sources" prints it.
type setting struct {
	Key    string `json:"key" doc:"name of the setting"`
	Value  any    `json:"value" doc:"what holds"`
	Source string `json:"source" doc:"what set it"`
}

func newConfigShow(o *options) *cobra.Command {
	var sources bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print the configuration that holds",
		Long: `Print the configuration that holds: the file, the environment and the flags
merged. The text form is YAML, good as a configuration file. With --sources
every key is a line that says what set it. Passwords in URLs are masked.`,
		Example: "  deadheat config show --config deadheat.yaml --sources",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := o.load(cmd)
			if err != nil {
				return err
			}
			cfg.mask()
			if sources {
				return showSources(cmd, cfg)
			}
			text, err := cfg.yaml()
			if err != nil {
				return err
			}
			return printOne(cmd, cfg, func(w io.Writer, _ *Config) { _, _ = w.Write(text) })
		},
	}
	cmd.Flags().BoolVar(&sources, "sources", false, "say for every key what set it")
	addOneOutput[Config](cmd)
	return cmd
}

// tree is the configuration as keys and values.
func (c *Config) tree() (*koanf.Koanf, error) {
	k := koanf.New(".")
	if err := k.Load(structs.Provider(*c, "koanf"), nil); err != nil {
		return nil, fmt.Errorf("show the configuration: %w", err)
	}
	return k, nil
}

func (c *Config) yaml() ([]byte, error) {
	k, err := c.tree()
	if err != nil {
		return nil, err
	}
	return k.Marshal(yaml.Parser())
}

func showSources(cmd *cobra.Command, cfg *Config) error {
	k, err := cfg.tree()
	if err != nil {
		return err
	}
	list := []setting{}
	for _, key := range k.Keys() {
		value := reflect.Indirect(reflect.ValueOf(k.Get(key))).Interface()
		list = append(list, setting{key, value, cfg.sourceOf(key)})
	}
	slices.SortFunc(list, func(a, b setting) int { return strings.Compare(a.Key, b.Key) })
	return printList(cmd, list, "KEY\tVALUE\tSOURCE", func(s setting) string {
		value, ok := s.Value.(string)
		if !ok {
			b, err := json.Marshal(s.Value)
			value = string(b)
			if err != nil {
				value = err.Error()
			}
		}
		return fmt.Sprintf("%s\t%s\t%s", s.Key, value, s.Source)
	})
}

func (c *Config) sourceOf(key string) string {
	if origin := c.origin[key]; origin != "" {
		return origin
	}
	return "default"
}

// mask hides what is secret.
func (c *Config) mask() {
	for i := range c.Sources.Kambi {
		s := &c.Sources.Kambi[i]
		if u, err := url.Parse(s.TokenURL); err == nil {
			s.TokenURL = u.Redacted()
		}
	}
}
