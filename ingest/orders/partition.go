package orders

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// partition is the intake's side of one partition: the lane, what waits to be
// appended, and what is appended and waits for the fold.
type partition struct {
	in      *Intake
	at      journal.Partition
	answers Answers
	name    string // of the lane
	backoff ingest.Backoff
	mine    nonces
	epoch   int64         // of the last lane that was open; touched by keep alone
	news    chan struct{} // something below is for keep to look at

	mu      sync.Mutex
	lane    *journal.Lane // nil while none is open
	reason  error         // why it is not
	suspect bool          // somebody may have claimed the lane

	queued work // to be appended
	flown  work // to be answered by the fold
}

var errNoLane = errors.New("the lane is not open yet")

func newPartition(in *Intake, index int32, answers Answers) *partition {
	return &partition{
		in: in, at: journal.Partition{Topic: in.c.Topic, Index: index}, answers: answers,
		name: LanePrefix + in.c.Node, backoff: in.c.Backoff, news: make(chan struct{}, 1), reason: errNoLane,
		queued: newWork(), flown: newWork(),
	}
}

// keep keeps a lane open until the context ends. An error is the end of the run.
func (p *partition) keep(ctx context.Context) error {
	for {
		lane, err := p.open(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && permanent(err):
			p.setLane(nil, err)
			return p.laneError(err)
		case err != nil:
			p.setLane(nil, err)
			wait := p.backoff.Next()
			p.in.c.Logger.Warn("the lane cannot be opened", "partition", p.at.String(), "err", err, "again_in", wait)
			if ingest.Sleep(ctx, wait) != nil {
				return nil
			}
			continue
		}
		p.backoff.Reset()
		p.epoch = lane.Epoch()
		p.setLane(lane, nil)
		p.in.n.claims.Add(1)
		p.in.c.Logger.Info("the lane is open", "partition", p.at.String(), "lane", p.name, "epoch", p.epoch)
		if err := p.watch(ctx); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// open claims the lane, unless somebody else has claimed it since it was ours.
func (p *partition) open(ctx context.Context) (*journal.Lane, error) {
	_, end, err := p.in.c.Journal.Bounds(ctx, p.at)
	if err != nil {
		return nil, err
	}
	if end == 0 {
		return nil, &journal.CorruptError{Position: p.at.At(0), Reason: "the partition is empty; its GENESIS must be written before orders are journalled"}
	}
	if p.epoch > 0 {
		if err := p.checkOwner(ctx, end); err != nil {
			return nil, err
		}
	}
	return journal.OpenLane(ctx, journal.LaneConfig{
		Journal: p.in.c.Journal, Partition: p.at, Name: p.name, Fold: p.answers,
		Encode: p.encodeClaim, Who: p.in.c.Who, Now: p.in.c.Now,
	})
}

// encodeClaim notes whose nonces are ours: a claim that seemed to fail may have won.
func (p *partition) encodeClaim(body schema.Body) []byte {
	if claim, ok := body.(*schema.Claim); ok {
		p.mine.add(claim.Nonce)
	}
	return codec.Body(body)
}

// checkOwner fails when the fold, up to an offset, knows a claim of somebody else
// that is later than ours.
func (p *partition) checkOwner(ctx context.Context, offset int64) error {
	state, err := p.answers.Lane(ctx, offset, p.name)
	if err != nil {
		return err
	}
	if state.Epoch > p.epoch && !p.mine.have(state.Nonce) {
		return fmt.Errorf("lane %q was claimed with epoch %d by another process, which runs with the name of this node: %w",
			p.name, state.Epoch, journal.ErrLaneLost)
	}
	return nil
}

// watch returns nil when the lane must be opened again, or the context ends.
func (p *partition) watch(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.news:
		}
		p.mu.Lock()
		suspect, open := p.suspect, p.lane != nil
		p.suspect = false
		p.mu.Unlock()
		if suspect {
			err := p.checkOwner(ctx, 0)
			if errors.Is(err, journal.ErrLaneLost) {
				p.setLane(nil, err)
				return p.laneError(err)
			}
			if err != nil && ctx.Err() == nil {
				return p.laneError(err)
			}
		}
		if !open {
			return nil
		}
	}
}

// overtakenBy has keep look who owns the lane.
func (p *partition) overtakenBy(epoch int64) {
	p.mu.Lock()
	if p.lane != nil && epoch > p.lane.Epoch() {
		p.suspect = true
	}
	p.mu.Unlock()
	p.notify()
}

// suspected is overtakenBy for whoever saw a record of a lane have no effect.
func (p *partition) suspected() {
	p.mu.Lock()
	p.suspect = true
	p.mu.Unlock()
	p.notify()
}

// lost gives up a lane that failed.
func (p *partition) lost(lane *journal.Lane, err error) {
	p.mu.Lock()
	if p.lane != lane {
		p.mu.Unlock()
		return
	}
	p.lane, p.reason = nil, err
	p.mu.Unlock()
	p.in.n.lost.Add(1)
	p.in.c.Logger.Warn("the lane is lost", "partition", p.at.String(), "err", err)
	p.notify()
}

func (p *partition) notify() {
	select {
	case p.news <- struct{}{}:
	default:
	}
}

func (p *partition) setLane(lane *journal.Lane, reason error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lane != nil && lane == nil {
		p.lane.Lose(reason)
	}
	p.lane, p.reason = lane, reason
}

// open is the lane, or why there is none.
func (p *partition) openLane() (*journal.Lane, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lane, p.reason
}

// closedReason tells why nothing can be appended now.
func (p *partition) closedReason() error {
	if lane, err := p.openLane(); lane == nil {
		return fmt.Errorf("%s takes no orders: %w", p.at, err)
	}
	return nil
}

// close gives the lane up at the end.
func (p *partition) close() { p.setLane(nil, errStopping) }

// maxNonces is how many claims of its own a partition remembers. Only the last
// of them can be in force.
const maxNonces = 1024

// nonces are those of the claims that this process has made.
type nonces struct {
	mu   sync.Mutex
	list []string
}

func (n *nonces) add(nonce string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.list) == maxNonces {
		n.list = append(n.list[:0], n.list[1:]...)
	}
	n.list = append(n.list, nonce)
}

func (n *nonces) have(nonce string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, mine := range n.list {
		if mine == nonce {
			return true
		}
	}
	return false
}
