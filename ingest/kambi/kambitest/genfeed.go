package kambitest

import (
	"fmt"
	"slices"
	"sync"
)

// GeneratorFeed is an endless feed out of a generator. It keeps the last messages for
// replay; a snapshot is the state at the moment, from which the feed goes on.
type GeneratorFeed struct {
	keep, reach int

	mu      sync.Mutex
	gen     *Generator
	first   int64     // offset before the first message
	base    int       // index of kept[0]
	floor   int64     // offset of the last message not kept
	kept    []Message // offsets rise
	state   *Naive
	pending int // kept[:pending] are in the state
}

// FeedConfig says how much a GeneratorFeed remembers and foresees.
type FeedConfig struct {
	Keep   int // messages kept for replay, default 200,000, at least 1,024
	Warmup int // messages made before the first one is served
	// Reach is how many messages may be made ahead for a client that asks for a replay
	// beyond what was made so far, as after a restart of the server with the same
	// seed. Beyond it the answer is ErrTooOld. Default 0.
	Reach int
}

// NewGeneratorFeed returns a feed out of gen, which it owns from now on.
func NewGeneratorFeed(gen *Generator, cfg FeedConfig) (*GeneratorFeed, error) {
	if cfg.Keep <= 0 {
		cfg.Keep = 200_000
	}
	cfg.Keep = max(cfg.Keep, 4*streamFrames) // or a batch could outgrow what is kept
	start := gen.offset - 1
	f := &GeneratorFeed{gen: gen, keep: cfg.Keep, reach: cfg.Reach, first: start, floor: start, state: NewNaive()}
	for range cfg.Warmup {
		if err := f.produce(); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// produce generates one message. Folding is put off until somebody needs it: until a
// snapshot, or until the message is about to be forgotten.
func (f *GeneratorFeed) produce() error {
	if len(f.kept) >= 2*f.keep {
		if err := f.fold(len(f.kept) - f.keep); err != nil {
			return err
		}
		drop := len(f.kept) - f.keep
		f.base += drop
		f.floor = f.kept[drop-1].Offset
		f.pending = max(f.pending-drop, 0)
		f.kept = slices.Clone(f.kept[drop:])
	}
	f.kept = append(f.kept, f.gen.Next())
	return nil
}

func (f *GeneratorFeed) fold(upTo int) error {
	for ; f.pending < upTo; f.pending++ {
		if err := f.state.Apply(f.kept[f.pending]); err != nil {
			return fmt.Errorf("generated message %d: %w", f.base+f.pending, err)
		}
	}
	return nil
}

// last returns the offset of the newest message made.
func (f *GeneratorFeed) last() int64 {
	if len(f.kept) == 0 {
		return f.first
	}
	return f.kept[len(f.kept)-1].Offset
}

// Batch implements [Feed]. It makes what is missing and always returns max messages.
func (f *GeneratorFeed) Batch(index, max int) ([]Message, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if index < f.base {
		return nil, fmt.Errorf("message %d, kept from %d: %w", index, f.base, ErrTooOld)
	}
	for f.base+len(f.kept) < index+max {
		if err := f.produce(); err != nil {
			return nil, err
		}
	}
	if index < f.base {
		return nil, fmt.Errorf("message %d, kept from %d: %w", index, f.base, ErrTooOld)
	}
	return slices.Clone(f.kept[index-f.base : index-f.base+max]), nil
}

// Snapshot implements [Feed]: the state after everything made so far.
func (f *GeneratorFeed) Snapshot() (Snapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.fold(len(f.kept)); err != nil {
		return Snapshot{}, err
	}
	msgs, err := f.state.Snapshot()
	if err != nil {
		return Snapshot{}, err
	}
	return Snapshot{Messages: msgs, Offset: f.last(), Next: f.base + len(f.kept)}, nil
}

// Complete implements [Feed].
func (f *GeneratorFeed) Complete(n int) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.offsetBefore(n)
}

// offsetBefore returns the offset of message n-1, as far as it is known.
func (f *GeneratorFeed) offsetBefore(n int) int64 {
	i := min(n-f.base, len(f.kept))
	if i <= 0 {
		return f.floor
	}
	return f.kept[i-1].Offset
}

// Replay implements [Feed].
func (f *GeneratorFeed) Replay(after int64, sent int) (Replay, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for n := 0; f.last() < after && n < f.reach; n++ {
		if err := f.produce(); err != nil {
			return Replay{}, err
		}
	}
	if after < f.floor || after > f.last() {
		return Replay{}, fmt.Errorf("replay after offset %d, kept are %d to %d: %w", after, f.floor, f.last(), ErrTooOld)
	}
	top := max(f.offsetBefore(sent), after)
	msgs := between(f.kept, after, top)
	next := len(f.kept) - len(between(f.kept, top, f.last()))
	return Replay{Messages: slices.Clone(msgs), Offset: top, Next: f.base + next}, nil
}
