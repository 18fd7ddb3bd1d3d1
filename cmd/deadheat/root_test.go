package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// eachCommand visits the whole tree, but for what cobra brings itself.
func eachCommand(cmd *cobra.Command, f func(*cobra.Command)) {
	f(cmd)
	for _, sub := range cmd.Commands() {
		if sub.Name() != "completion" {
			eachCommand(sub, f)
		}
	}
}

// TestHelp holds every command to what help promises: an example, and lines
// that a narrow terminal can show.
func TestHelp(t *testing.T) {
	eachCommand(newRoot(), func(cmd *cobra.Command) {
		var out bytes.Buffer
		cmd.SetOut(&out)
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if line = strings.TrimRight(line, "\n"); utf8.RuneCountInString(line) > 80 {
				t.Errorf("%s: wider than 80: %s", cmd.CommandPath(), line)
			}
		}
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: short help %q: want one line without a full stop", cmd.CommandPath(), cmd.Short)
		}
	})
}

// TestExamples parses every example as the command line it claims to be.
func TestExamples(t *testing.T) {
	eachCommand(newRoot(), func(cmd *cobra.Command) {
		if cmd.Example == "" {
			t.Errorf("%s: no example", cmd.CommandPath())
		}
		for line := range strings.Lines(cmd.Example) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), "|")
			args, ok := strings.CutPrefix(strings.TrimSpace(line), "deadheat ")
			if !ok {
				t.Errorf("%s: example %q: want deadheat ...", cmd.CommandPath(), line)
				continue
			}
			found, rest, err := newRoot().Find(strings.Fields(args))
			if err != nil || !found.Runnable() {
				t.Errorf("%s: example %q: no such command: %v", cmd.CommandPath(), line, err)
				continue
			}
			if err := found.ParseFlags(rest); err != nil {
				t.Errorf("%s: example %q: %v", cmd.CommandPath(), line, err)
			} else if err := found.ValidateArgs(found.Flags().Args()); err != nil {
				t.Errorf("%s: example %q: %v", cmd.CommandPath(), line, err)
			}
		}
	})
}

// TestSchema prints the schema of every command that has one.
func TestSchema(t *testing.T) {
	eachCommand(newRoot(), func(cmd *cobra.Command) {
		f := cmd.Flags().Lookup(outputFlag)
		if f == nil {
			return
		}
		var out, errs bytes.Buffer
		args := append(strings.Fields(cmd.CommandPath())[1:], "-o", "help")
		if code := execute(t.Context(), args, nil, &out, &errs); code != exitOK || errs.Len() > 0 {
			t.Errorf("%v: exit code %d, stderr %q", args, code, errs.String())
		}
		for line := range strings.Lines(out.String()) {
			fields := strings.Fields(line)
			if strings.HasPrefix(line, "  ") && len(fields) < 2 {
				t.Errorf("%v: line without a type: %q", args, line)
			}
		}
	})
}

func TestNearest(t *testing.T) {
	known := []string{"journal", "token_url", "addr", "tls", "name", "offerings"}
	for name, want := range map[string]string{
		"jurnal": "journal", "journals": "journal", "token_uri": "token_url", "adr": "addr", "tsl": "tls",
		"nmae": "name", "offering": "offerings", "zebra": "", "x": "", "": "",
	} {
		if got := nearest(name, known); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
