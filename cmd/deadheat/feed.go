package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
)

func newFeed(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "feed",
		Short:   "Serve and make test feeds",
		Example: "  deadheat feed serve --generate --tls-dir certs",
	}
	cmd.AddCommand(newFeedServe(o), newFeedGenerate())
	return cmd
}

// feedReady is what "feed serve" prints once clients can come.
type feedReady struct {
	TokenURL string `json:"token_url" doc:"where a client fetches its token"`
	Addr     string `json:"addr" doc:"host and port of the feed"`
}

func newFeedServe(o *options) *cobra.Command {
	s := &feedServe{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve a feed as Kambi would, for tests",
		Long: `Serve a feed as the Kambi Offering Replication API would, for tests: a token
endpoint, and a TLS socket. Both ask for a client certificate; the directory
gets ca.pem, client.pem and client-key.pem when it has none.

The feed is a file with one message a line, or made from a seed. Its arrival can
be disturbed: messages are first sent twice, then shuffled, and those up to the
offset of --snapshot-at then become the snapshot. Offsets stay as they are.

It prints its addresses when it is ready, and ends with the first signal.`,
		Example: `  deadheat feed serve --generate --tls-dir certs --rate 100
  deadheat feed serve --input feed.ndjson.gz --tls-dir certs --shuffle 7 -o json`,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd, o) },
	}
	f := cmd.Flags()
	f.StringVar(&s.input, "input", "", "serve `FILE` of one message a line, plain or gzip")
	f.BoolVar(&s.generate, "generate", false, "serve an endless feed, made from --seed")
	f.Int64Var(&s.seed, "seed", 1, "seed `N` of all that is random but the shuffle")
	f.StringVar(&s.listen, "listen", "127.0.0.1:0", "listen on `HOST:PORT`; port 0: any")
	f.StringVar(&s.tlsDir, "tls-dir", "", "certificates in `DIR`, made when absent (required)")
	f.Var(&s.rate, "rate", "fresh messages a second: `N` or max")
	f.StringVar(&s.style, "style", "stream", "gzip `STYLE`: stream (one endless) or member (one a send)")
	f.Int64Var(&s.shuffle, "shuffle", 0, "shuffle the arrival by `SEED`")
	f.IntVar(&s.window, "window", defaultWindow, "shuffle inside a window of `N` messages")
	f.Float64Var(&s.duplicate, "duplicate", 0, "send messages twice with probability `P` (0 to 1)")
	f.IntVar(&s.cutEvery, "cut-every", 0, "cut the connection every `N` fresh messages (0: never)")
	f.Int64Var(&s.snapshotAt, "snapshot-at", 0, "fold what is up to `OFFSET` into the snapshot")
	addOneOutput[feedReady](cmd)
	return cmd
}

func (s *feedServe) run(cmd *cobra.Command, o *options) error {
	log, err := o.logger(cmd)
	if err != nil {
		return err
	}
	cfg, err := s.config(cmd.Flags().Changed)
	if err != nil {
		return err
	}
	cfg.Logf = func(format string, args ...any) { log.Info(fmt.Sprintf(format, args...)) }
	server, err := kambitest.Start(cmd.Context(), cfg)
	if err != nil {
		return fmt.Errorf("serve the feed on %s: %w", s.listen, explainListen(err))
	}
	ready := feedReady{server.TokenURL(), server.Addr()}
	err = printOne(cmd, ready, func(w io.Writer, r feedReady) {
		fmt.Fprintf(w, "feed ready: token %s, messages %s, certificates in %s; Ctrl-C ends it\n", r.TokenURL, r.Addr, s.tlsDir)
	})
	if err == nil {
		<-cmd.Context().Done()
	}
	return errors.Join(err, server.Close())
}

// explainListen adds what to do about the errors that people meet.
func explainListen(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w; choose another port, or 0 for any", err)
	}
	return err
}

// rateValue is the value of --rate; 0 is max.
type rateValue float64

func (r *rateValue) Type() string { return "RATE" }

func (r *rateValue) String() string {
	if *r == 0 {
		return "max"
	}
	return strconv.FormatFloat(float64(*r), 'g', -1, 64)
}

func (r *rateValue) Set(text string) error {
	if text == "max" {
		*r = 0
		return nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n > 0) || n > maxRate {
		return fmt.Errorf("want max, or messages a second above 0 and at most %g", float64(maxRate))
	}
	*r = rateValue(n)
	return nil
}

const maxRate = 1e9

// hostOf is the host that certificates and the token endpoint are for: none
// when the server listens everywhere.
func hostOf(listen string) (string, error) {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return "", usagef("--listen %s: want HOST:PORT", listen)
	}
	return host, nil
}
