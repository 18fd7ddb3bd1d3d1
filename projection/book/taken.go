package book

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/matcher"
)

// Taken is the highest cause that a market has seen from one partition, and what
// was asked for with it. It was taken note of even if it could not be done, such
// as a halt of a market that somebody else has closed: a bridge that asks once
// need not ask again.
type Taken struct {
	schema.Cause
	Action schema.MarketAction `json:"action"`
}

// maxSources is from how many partitions a market takes causes.
const maxSources = 16

// follow takes note of a cause, or tells what is wrong with it.
func (m *market) follow(c schema.Cause, action schema.MarketAction) schema.RejectCode {
	i, found := m.source(c.Topic, c.Partition)
	switch {
	case found && compareCause(c, m.causes[i].Cause) <= 0:
		return schema.RejectStaleCause
	case found:
		m.causes[i] = Taken{c, action}
	case len(m.causes) == maxSources:
		return schema.RejectInvalid
	default:
		m.causes = slices.Insert(m.causes, i, Taken{c, action})
	}
	return 0
}

// source finds what was taken from a partition.
func (m *market) source(topic string, partition int32) (int, bool) {
	return slices.BinarySearchFunc(m.causes, partition, func(t Taken, partition int32) int {
		return cmp.Or(strings.Compare(t.Topic, topic), cmp.Compare(t.Partition, partition))
	})
}

func compareCause(a, b schema.Cause) int {
	return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Part, b.Part))
}

// Taken tells what a market last took from a partition. Known is false when it
// took nothing, or when there is no such market; closed tells whether the market
// is, by whomever.
func (b *Book) Taken(id, topic string, partition int32) (t Taken, known, closed bool) {
	m := b.markets[id]
	if m == nil {
		return t, false, false
	}
	s, _ := b.engine.Status(m.number)
	closed = s.State == matcher.Closed
	if i, found := m.source(topic, partition); found {
		return m.causes[i], true, closed
	}
	return t, false, closed
}

// TakenFrom goes through the markets that are not closed and have taken something
// from a partition, sorted by id. Nothing must be folded meanwhile.
func (b *Book) TakenFrom(topic string, partition int32) iter.Seq2[string, Taken] {
	return func(yield func(string, Taken) bool) {
		for _, id := range b.Markets() {
			if t, known, closed := b.Taken(id, topic, partition); known && !closed && !yield(id, t) {
				return
			}
		}
	}
}
