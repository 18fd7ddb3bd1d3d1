package main

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
)

func newDev(o *options) *cobra.Command {
	var dir, listen string
	var rate, seed int64
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run everything in one process, with a generated feed (writes)",
		Long: `Run a whole system in one process: a local journal, a feed that is generated and
served over TLS, the projections, markets that follow the feed's offers, and the
HTTP API with its intake of orders. What it writes goes below one directory;
start it again and it goes on where it was.`,
		Example: "  deadheat dev --dir .deadheat --http 127.0.0.1:7480",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := o.load(cmd)
			if err != nil {
				return err
			}
			if rate <= 0 {
				return usagef("--rate %d: want at least one message a second", rate)
			}
			return runDev(cmd, c, devOptions{dir: dir, listen: listen, rate: rate, seed: seed})
		},
	}
	cmd.Flags().StringVar(&dir, "dir", ".deadheat", "directory of journal, stores and certificates")
	cmd.Flags().StringVar(&listen, "http", "127.0.0.1:7480", "HOST:PORT of the API")
	cmd.Flags().Int64Var(&rate, "rate", 200, "messages a second")
	cmd.Flags().Int64Var(&seed, "seed", 1, "of the generated feed")
	return cmd
}

type devOptions struct {
	dir, listen string
	rate, seed  int64
}

// devFeed is the name of the generated feed.
const devFeed = "demo"

func runDev(cmd *cobra.Command, c *Config, d devOptions) error {
	if c.Journal == "" {
		c.Journal = localScheme + filepath.Join(d.dir, "journal")
	}
	if c.Data == "" {
		c.Data = filepath.Join(d.dir, "data")
	}
	if c.HTTP == "" {
		c.HTTP = d.listen
	}
	if len(c.Sources.Kambi) > 0 {
		return usagef("dev brings its own feed; use \"deadheat run\" for the sources of a configuration")
	}
	if _, _, err := net.SplitHostPort(c.HTTP); err != nil {
		return usagef("--http %q: want HOST:PORT", c.HTTP)
	}
	files, err := kambitest.EnsureTLS(filepath.Join(d.dir, "tls"), "127.0.0.1")
	if err != nil {
		return err
	}
	server, err := startDevFeed(cmd.Context(), files, d)
	if err != nil {
		return err
	}
	defer server.Close()
	c.Sources.Kambi = []KambiSource{{
		Name: devFeed, TokenURL: server.TokenURL(), Addr: server.Addr(),
		TLS: TLSFiles{CA: files.CA, Cert: files.Client, Key: files.ClientKey}, Offerings: []any{},
	}}
	if len(c.Orders.Bridges) == 0 { // a market for each outcome of each offer
		c.Orders.Bridges = []BridgeSettings{{Feed: devFeed, Market: "{offer}.{outcome}"}}
	}
	return runEngine(cmd, c, 0, func(_ *engine, addr string) { devGreeting(cmd, c, addr) })
}

// startDevFeed serves a feed whose offsets begin at the time of day, so that
// they are above those of any earlier run: the client then asks for a replay
// that is too old, and takes a snapshot, as after a long absence.
func startDevFeed(ctx context.Context, files *kambitest.Files, d devOptions) (*kambitest.Server, error) {
	g := kambitest.NewGenerator(kambitest.GenConfig{Seed: d.seed, Start: time.Now().UnixMilli()})
	feed, err := kambitest.NewGeneratorFeed(g, kambitest.FeedConfig{})
	if err != nil {
		return nil, err
	}
	return kambitest.Start(ctx, kambitest.Config{
		TLS: files, Feed: feed, Listen: "127.0.0.1:0", TokenListen: "127.0.0.1:0", Rate: float64(d.rate),
	})
}

// devGreeting says what to try. It goes to stderr, as everything that is no data.
func devGreeting(cmd *cobra.Command, c *Config, addr string) {
	at := fmt.Sprintf("--journal %s --data %s", c.Journal, c.Data)
	fmt.Fprintf(cmd.ErrOrStderr(), `
deadheat is running: a generated feed is journalled, folded and served.

  curl http://%s/v1/hash                              position and state hash
  curl http://%s/v1/state/offering                    all events and bet offers
  curl http://%s/v1/books                             all markets
  curl -N http://%s/v1/executions?from=0              what happens in them
  bin/deadheat journal tail %s
  bin/deadheat state ls %s
  bin/deadheat hash %s
  bin/deadheat verify %s

Stop it with Ctrl-C or kill -9, start it again: it goes on where it was.

`, addr, addr, addr, addr, "--journal "+c.Journal, at, at, at)
}
