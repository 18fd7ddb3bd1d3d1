package kambitest

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// GenConfig says what a generated feed looks like.
type GenConfig struct {
	Seed   int64 // the same seed gives the same messages
	Start  int64 // offset of the first message, default 1
	Events int   // events at a time, default 40
	Offers int   // most bet offers of an event, default 60, at least 10
}

// Offerings are the names a generated price may be valid for.
func Offerings() []string {
	return []string{"jurisdiction1", "jurisdiction2", "jurisdiction3", "jurisdiction4"}
}

// Generator makes an endless feed: events of several sports are announced, go live,
// finish and are deleted while new ones come; prices change one by one and in bursts of
// several hundred outcomes; every kind of message occurs, and now and then an unknown
// kind and unknown fields. It never states a change of something that is not there.
// It is not safe for concurrent use.
type Generator struct {
	cfg    GenConfig
	rng    *rand.Rand
	offset int64
	now    time.Time // time inside the feed: moves with the messages
	events []*genEvent
	born   int

	eventID, offerID, outcomeID, personID int64

	queue []Message // made and not yet handed out
	head  int
}

// genEpoch is when generated time begins. A fixed date, or the same seed would not
// give the same messages.
var genEpoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// NewGenerator returns a generator at its first message.
func NewGenerator(cfg GenConfig) *Generator {
	if cfg.Events <= 0 {
		cfg.Events = 40
	}
	if cfg.Start <= 0 {
		cfg.Start = 1
	}
	if cfg.Offers <= 0 {
		cfg.Offers = 60
	}
	cfg.Offers = max(cfg.Offers, 10)
	return &Generator{
		cfg: cfg, rng: newRand(cfg.Seed), offset: cfg.Start, now: genEpoch,
		// The ranges are the feed's own: participants overlap events, the rest is apart.
		eventID: 1_020_000_000, offerID: 2_600_000_000, outcomeID: 4_200_000_000, personID: 1_000_000_000,
	}
}

// Next returns the next message.
func (g *Generator) Next() Message {
	for g.head == len(g.queue) {
		g.queue, g.head = g.queue[:0], 0
		g.step()
	}
	m := g.queue[g.head]
	g.queue[g.head] = Message{} // whoever got it decides how long it lives
	g.head++
	return m
}

// WriteNDJSON writes the first n messages of a generated feed, one a line.
func WriteNDJSON(w io.Writer, cfg GenConfig, n int) error {
	g := NewGenerator(cfg)
	out := bufio.NewWriterSize(w, 1<<16)
	for range n {
		m := g.Next()
		out.Write(m.Line)   // errors stick and come out of Flush
		out.WriteByte('\n') //
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write generated feed: %w", err)
	}
	return nil
}

// emit appends a message. Offsets are sparse: mostly the next, sometimes a gap.
func (g *Generator) emit(key string, body func(b []byte) []byte) {
	line := appendHead(make([]byte, 0, 160), key, snake(key), g.offset)
	line = append(body(line), '}')
	g.queue = append(g.queue, Message{Offset: g.offset, Line: line})
	switch r := g.rng.IntN(1000); {
	case r == 0:
		g.offset += 50 + int64(g.rng.IntN(1000))
	case r < 200:
		g.offset += 2 + int64(g.rng.IntN(5))
	default:
		g.offset++
	}
}

// id moves one of the id counters on, with gaps as in the real feed.
func (g *Generator) id(counter *int64) int64 {
	*counter += 1 + int64(g.rng.IntN(5))
	return *counter
}

// oneIn is true once in n times.
func (g *Generator) oneIn(n int) bool { return g.rng.IntN(n) == 0 }

// version is the feed's stamp for scores and clocks: milliseconds of its time.
func (g *Generator) version() int64 { return g.now.UnixMilli() }

// pick returns one element.
func pick[T any](g *Generator, list []T) T { return list[g.rng.IntN(len(list))] }
