// Command deadheat journals betting feeds and orders, folds them into state,
// and proves that every fold of one journal ends in the same state.
//
// Data goes to stdout and everything else to stderr. The exit codes are in
// exit.go; "deadheat help" tells the commands.
package main

import (
	"context"
	"io"
	"os"
)

func main() {
	ctx, stop := signalContext(context.Background())
	code := execute(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// execute runs one command line and returns the exit code.
func execute(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	err = interrupted(ctx, err)
	report(stderr, cmd, err)
	return exitCode(err)
}
