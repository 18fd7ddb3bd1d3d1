package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"
)

func newRun(o *options) *cobra.Command {
	var idle time.Duration
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run sources, projections and the HTTP API (writes)",
		Long: `Run everything that the configuration names: journal what the feeds send, fold
it into state, publish what surfaces, and serve the state over HTTP.

The first SIGINT or SIGTERM ends intake, folds and commits what is journalled,
and exits 0; a second one exits at once.

With --exit-idle the run ends by itself, with 0, when every source is connected
and in real-time flow and has been silent that long, and everything journalled
is folded, published and committed.`,
		Example: "  deadheat run --config deadheat.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := o.load(cmd)
			if err != nil {
				return err
			}
			if err := c.needData(); err != nil {
				return err
			}
			return runEngine(cmd, c, idle, nil)
		},
	}
	cmd.Flags().String("http", "", "`HOST:PORT` of the API, in place of the configuration's")
	cmd.Flags().DurationVar(&idle, "exit-idle", 0, "exit 0 when all is done and silent for so long (never if 0)")
	return cmd
}

// runEngine runs a configuration until a signal or until it is idle. ready is
// called when everything is open and the API listens.
func runEngine(cmd *cobra.Command, c *Config, idle time.Duration, ready func(e *engine, addr string)) (err error) {
	ctx := cmd.Context()
	e, err := newEngine(ctx, c, c.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	var addr string
	if c.HTTP != "" {
		server, err := serveAPI(e, c.HTTP)
		if err != nil {
			return err
		}
		addr = server.addr
		c.log.Info("API listens", "url", "http://"+addr)
		defer server.stop()
		defer e.stop()
	}
	if ready != nil {
		ready(e, addr)
	}
	if err := e.run(ctx, idle); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
