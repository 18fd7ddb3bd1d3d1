package orders

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// LanePrefix begins the name of every intake's lane; the node's name follows.
const LanePrefix = journal.LaneIntake

// Config says where orders are journalled and who answers. Journal, Topic, Node
// and Answers are required.
type Config struct {
	Journal journal.Journal
	Topic   string    // of orders; every partition must have its GENESIS
	Answers []Answers // of each partition of the topic
	Node    string    // names the lane, so that no two processes may share it
	Who     string    // written into claims, for people

	// Ready tells why no order may be taken now, such as a fold that is far
	// behind; nil means that one may. It is asked for every request.
	Ready func() error
	// Fresh is called before every append, so that the owner may append a tick
	// when fold time stands still. What it fails for is not sent.
	Fresh func(ctx context.Context, partition int32) error

	Limits  Limits
	Wait    time.Duration  // until what is not answered is UNKNOWN; default 5 s
	Stop    time.Duration  // how long a stop waits for what was sent; default 5 s
	Backoff ingest.Backoff // between attempts to open a lane

	Now    func() time.Time // stamps records; time.Now if nil
	Logger *slog.Logger     // nothing is logged if nil
}

// Limits bound what an intake holds. What is above is refused and counted.
type Limits struct {
	Flying      int64 // commands that are sent, or about to be, and not answered; default 50,000
	FlyingBytes int64 // of them, encoded; default 64 MiB
	Requests    int64 // at a time; default 1,024
	Bodies      int64 // bytes of their bodies together; default 64 MiB
	Body        int64 // bytes of one body; default 1 MiB
	Lines       int64 // of a batch; default 25,000
}

func (c Config) withDefaults() Config {
	set := func(v *int64, to int64) {
		if *v <= 0 {
			*v = to
		}
	}
	set(&c.Limits.Flying, 50_000)
	set(&c.Limits.Requests, 1024)
	set(&c.Limits.FlyingBytes, 64<<20)
	set(&c.Limits.Body, 1<<20)
	set(&c.Limits.Bodies, 64<<20)
	c.Limits.Bodies = max(c.Limits.Bodies, c.Limits.Body) // or one could never come in
	set(&c.Limits.Lines, 25_000)
	if c.Wait <= 0 {
		c.Wait = 5 * time.Second
	}
	if c.Stop <= 0 {
		c.Stop = 5 * time.Second
	}
	if c.Ready == nil {
		c.Ready = func() error { return nil }
	}
	if c.Fresh == nil {
		c.Fresh = func(context.Context, int32) error { return nil }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// check collects all faults of a configuration.
func (c *Config) check() error {
	var faults []error
	if c.Journal == nil {
		faults = append(faults, errors.New("journal: missing"))
	}
	if err := journal.CheckTopic(c.Topic); err != nil {
		faults = append(faults, err)
	}
	if err := schema.CheckID("node", c.Node); err != nil {
		faults = append(faults, err)
	}
	if len(c.Answers) == 0 {
		faults = append(faults, errors.New("answers: missing; want one for each partition"))
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("order intake: %w", errors.Join(faults...))
}
