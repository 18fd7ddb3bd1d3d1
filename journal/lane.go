package journal

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/deadheat-io/deadheat/journal/crash"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// Names of the lanes.
const (
	LaneFeed     = "feed"     // messages of a feed, in wire order
	LaneOperator = "operator" // what people decide: configuration, verdicts
	LaneTick     = "tick"     // time
	LaneBridge   = "bridge"   // what a feed asks of markets
	LaneIntake   = "intake/"  // orders; the name of the node follows
)

// Fold is a reader of a partition that knows its lanes, such as a running
// projection. A lane's writer asks it for the truth: only a fold that has
// passed a claim can say whether it won.
type Fold interface {
	// Lane waits until all records below offset are folded, and returns what
	// is then known of the lane.
	Lane(ctx context.Context, offset int64, name string) (LaneState, error)
}

// Entry is what a lane appends: a record without its place in the lane.
type Entry struct {
	Kind schema.Kind
	Time int64 // ns since 1970
	Key  []byte
	Body []byte // msgpack of the kind's body
}

// Lane is one writer's own sequence of records in a partition. Its epoch is
// never continued: after any error the lane is lost, and a new one must be
// opened, which claims a higher epoch. What the lost lane has not landed before
// that claim never takes effect.
type Lane struct {
	journal   Journal
	partition Partition
	name      string
	epoch     int64

	mu   sync.Mutex // orders appends; never taken by an answer, which may come while an append waits
	next int64
	lost atomic.Pointer[error]
}

// LaneConfig says how a lane is opened.
type LaneConfig struct {
	Journal   Journal
	Partition Partition
	Name      string
	Fold      Fold
	// Encode makes the body of a claim (codec.Body does); it is handed in
	// because this package knows no encoding.
	Encode func(schema.Body) []byte
	Who    string           // for people who read the journal; optional
	Now    func() time.Time // stamps the claim; time.Now if nil
}

// maxClaims is how often OpenLane tries when others claim the same lane.
const maxClaims = 10

// OpenLane claims the lane and waits for the fold to confirm it. The error is
// [ErrLaneLost] when other writers won every time.
func OpenLane(ctx context.Context, c LaneConfig) (*Lane, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	_, end, err := c.Journal.Bounds(ctx, c.Partition)
	if err != nil {
		return nil, fmt.Errorf("open lane %q: %w", c.Name, err)
	}
	for range maxClaims {
		state, err := c.Fold.Lane(ctx, end, c.Name)
		if err != nil {
			return nil, fmt.Errorf("open lane %q: %w", c.Name, err)
		}
		nonce := newNonce()
		first, err := AppendWait(ctx, c.Journal, c.Partition, Record{
			Kind: schema.KindClaim, Lane: c.Name, Epoch: state.Epoch + 1, Time: c.Now().UnixNano(),
			Body: c.Encode(&schema.Claim{Nonce: nonce, Who: c.Who}),
		})
		if err != nil {
			return nil, fmt.Errorf("claim lane %q of %s: %w", c.Name, c.Partition, err)
		}
		crash.At(crash.ClaimAppended)
		end = first + 1
		won, err := c.Fold.Lane(ctx, end, c.Name)
		if err != nil {
			return nil, fmt.Errorf("read back the claim of lane %q: %w", c.Name, err)
		}
		if won.Nonce == nonce {
			crash.At(crash.ClaimReadBack)
			return &Lane{journal: c.Journal, partition: c.Partition, name: c.Name, epoch: won.Epoch, next: won.Next}, nil
		}
	}
	return nil, fmt.Errorf("lane %q of %s: others won %d claims in a row: %w", c.Name, c.Partition, maxClaims, ErrLaneLost)
}

func newNonce() string {
	var b [16]byte
	rand.Read(b[:]) // never fails, says crypto/rand
	return hex.EncodeToString(b[:])
}

// Epoch is the lane's epoch.
func (l *Lane) Epoch() int64 { return l.epoch }

// Append appends entries in order. It has the contract of [Journal.Append],
// with two additions: sizes are checked before a seq is given, so that a
// refused record leaves no gap, and after any other error the lane is lost.
func (l *Lane) Append(ctx context.Context, entries []Entry, done func(first int64, err error)) error {
	records := make([]Record, len(entries))
	for i, e := range entries {
		if size := len(e.Key) + len(e.Body) + len(l.name) + headSize; size > MaxRecord {
			return fmt.Errorf("%s of %d bytes, at most %d: %w", e.Kind, size, MaxRecord, ErrTooLarge)
		}
		records[i] = Record{Kind: e.Kind, Lane: l.name, Epoch: l.epoch, Time: e.Time, Key: e.Key, Body: e.Body}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if lost := l.lost.Load(); lost != nil {
		return *lost
	}
	for i := range records {
		records[i].Seq = l.next + int64(i)
	}
	err := l.journal.Append(ctx, l.partition, records, func(first int64, err error) {
		if err != nil {
			_ = l.lose(err)
		}
		if done != nil {
			done(first, err)
		}
	})
	if err != nil {
		return l.lose(err)
	}
	l.next += int64(len(records))
	return nil
}

// headSize is more than the encoding of everything in a record but its key,
// lane name and body takes.
const headSize = 64

// Lose gives the lane up, for a writer that learned that it was overtaken.
func (l *Lane) Lose(reason error) { _ = l.lose(reason) }

// lose remembers the first reason and returns it.
func (l *Lane) lose(reason error) error {
	err := fmt.Errorf("lane %q of %s, epoch %d: %w: %w", l.name, l.partition, l.epoch, ErrLaneLost, reason)
	l.lost.CompareAndSwap(nil, &err)
	return *l.lost.Load()
}
