package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

const rootHelp = `deadheat appends every message of a betting feed to a journal, folds the
journal into state, and proves with a hash that any restart and any second
replica end in the same state.

Data goes to stdout, everything else to stderr. Settings come from flags, the
environment, the file of --config and defaults, in this order. Paths in a
configuration are relative to the working directory.

Exit codes: 0 ok, 1 failure, 2 usage or configuration, 3 divergence or
corruption proved, 4 position or store not available, 5 broker unreachable,
6 lock held by another process, 130 interrupted. Commands that run until they
are stopped (run, dev, feed serve) end with 0 at the first signal.`

// helpWidth is how wide help may be: a narrow terminal shows it whole.
const helpWidth = "80"

// Commands are listed in the order in which they are made, which groups them
// by what they are for.
func init() { cobra.EnableCommandSorting = false }

// newRoot builds the whole command tree. Every call makes a new one, so that
// tests can run command lines side by side.
func newRoot() *cobra.Command {
	o := &options{}
	root := &cobra.Command{
		Use:           "deadheat",
		Short:         "Event-sourced journal and replay engine for betting feeds",
		Long:          rootHelp,
		Example:       "  deadheat feed serve --generate --tls-dir certs\n  deadheat journal tail --journal local:data/journal",
		Version:       readBuild().Version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", ".FlagUsagesWrapped "+helpWidth))
	o.addFlags(root)
	for _, build := range commands {
		root.AddCommand(build(o))
	}
	root.SetHelpCommand(newHelp())
	finish(root)
	return root
}

// finish gives every command of the tree the manners that all share: wrong
// usage is a usageError, a group without a subcommand says what it has, and
// -o help prints the schema of the output in place of running.
func finish(cmd *cobra.Command) {
	cmd.SetFlagErrorFunc(flagError)
	cmd.Flags().SortFlags = false
	if cmd.HasSubCommands() && !cmd.Runnable() {
		cmd.Args, cmd.RunE = cobra.ArbitraryArgs, runGroup
	} else {
		cmd.Args = checkArgs(cmd.Args)
		cmd.RunE = orSchema(cmd.RunE)
	}
	for _, sub := range cmd.Commands() {
		finish(sub)
	}
}

// checkArgs turns the refusal of arguments into a usageError. A command that
// says nothing about its arguments takes none.
func checkArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	if check == nil {
		check = cobra.NoArgs
	}
	return func(cmd *cobra.Command, args []string) error {
		if wantsSchema(cmd) {
			return nil
		}
		if err := check(cmd, args); err != nil {
			return &usageError{err}
		}
		return nil
	}
}

// runGroup answers a command that only has subcommands.
func runGroup(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknownCommand(cmd, args[0])
	}
	if cmd == cmd.Root() {
		cmd.SetOut(cmd.ErrOrStderr())
		return errors.Join(cmd.Help(), usagef("a command is missing"))
	}
	return usagef("%s needs a command: %s", cmd.Name(), strings.Join(subcommands(cmd), ", "))
}

func subcommands(cmd *cobra.Command) []string {
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return names
}

func unknownCommand(cmd *cobra.Command, name string) error {
	names := subcommands(cmd)
	if near := nearest(name, names); near != "" {
		return usagef("unknown command %q, did you mean %q?", name, near)
	}
	if len(names) == 0 {
		return usagef("unknown command %q, %s has none", name, cmd.CommandPath())
	}
	return usagef("unknown command %q, there are: %s", name, strings.Join(names, ", "))
}

// flagError is called for flags that cannot be parsed. Behind an unknown
// command every flag is unknown; then the command is the mistake to name.
func flagError(cmd *cobra.Command, err error) error {
	if args := cmd.Flags().Args(); cmd.HasSubCommands() && len(args) > 0 {
		return unknownCommand(cmd, args[0])
	}
	return &usageError{err}
}

func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]...",
		Short:   "Help about any command",
		Example: "  deadheat help journal cat",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err == nil && len(rest) > 0 {
				err = unknownCommand(found, rest[0])
			}
			if err != nil {
				return &usageError{err}
			}
			found.InitDefaultHelpFlag()
			if err := found.Help(); err != nil {
				return fmt.Errorf("print help: %w", err)
			}
			return nil
		},
	}
}
