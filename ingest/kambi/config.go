package kambi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"time"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/journal"
)

// DefaultR is how many messages with a higher offset the feed is taken to send
// before any message, at most.
const DefaultR = 4096

// TLS names the files (PEM) that prove who is who. They are read again for
// every session, so that certificates can be exchanged while a source runs.
type TLS struct {
	CA   string // bundle of authorities that both servers' certificates must come from
	Cert string // client certificate
	Key  string // its key

	// ServerName is the name that the feed's certificate must be for; the
	// host of Addr if empty. The token's server is always checked by the host
	// of TokenURL.
	ServerName string
}

// Check reads the files and tells what is wrong with them.
func (t TLS) Check() error {
	_, err := t.load()
	return err
}

// Config describes one feed and where it is journalled. Name, TokenURL, Addr,
// TLS.CA, Journal, Partition and Fold are required.
type Config struct {
	Name      string // of the source; the key of records that are about no entity
	TokenURL  string // https
	Addr      string // host:port of the feed
	TLS       TLS
	Offerings []any // sent to the feed as they are, as JSON

	Journal   journal.Journal
	Partition journal.Partition // must have its GENESIS
	Fold      journal.Fold      // confirms the claim of the feed's lane
	Who       string            // written into the claim, for people

	// Floor tells the feed offset at or below which messages are too late to
	// count. A replay that would begin below it may lack what is lost for
	// good, so a snapshot is asked for in its place. It may be nil.
	Floor func(context.Context) (int64, error)

	// R is how many messages of a higher offset may come before a message, at
	// most. A larger one costs a longer replay after every cut, a smaller one
	// than the feed's own disorder would lose messages. Default DefaultR.
	R int

	Limits  Limits
	Backoff ingest.Backoff    // between sessions
	Pump    ingest.PumpConfig // sizes only; Lane and Durable are the source's own

	// NoPiggyback leaves out the ping that goes with every command. Servers
	// that unpack many gzip members with a reader made for files hold a
	// command back until more comes; the ping pushes it out.
	NoPiggyback bool

	Now    func() time.Time                                 // stamps records; time.Now if nil
	Sleep  func(ctx context.Context, d time.Duration) error // waits between sessions; ingest.Sleep if nil
	Logger *slog.Logger                                     // nothing is logged if nil
}

func (c Config) withDefaults() Config {
	c.Limits = c.Limits.withDefaults()
	if c.R <= 0 {
		c.R = DefaultR
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = ingest.Sleep
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Offerings == nil {
		c.Offerings = []any{}
	}
	if host, _, err := net.SplitHostPort(c.Addr); err == nil && c.TLS.ServerName == "" {
		c.TLS.ServerName = host
	}
	return c
}

// check collects all faults of a configuration.
func (c *Config) check() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if c.Name == "" {
		fault("name: missing")
	}
	if u, err := url.Parse(c.TokenURL); err != nil || u.Scheme != "https" || u.Host == "" {
		fault("token URL: want https://host/path; the token and the client certificate do not travel without TLS")
	}
	if host, port, err := net.SplitHostPort(c.Addr); err != nil || host == "" || port == "" {
		fault("address %q: want host:port", c.Addr)
	}
	if c.Journal == nil || c.Fold == nil {
		fault("journal or fold: missing")
	}
	if err := journal.CheckTopic(c.Partition.Topic); err != nil {
		faults = append(faults, err)
	}
	if _, err := json.Marshal(c.Offerings); err != nil {
		fault("offerings: %w", err)
	}
	if _, err := c.TLS.load(); err != nil {
		faults = append(faults, err)
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("feed %q: %w", c.Name, errors.Join(faults...))
}
