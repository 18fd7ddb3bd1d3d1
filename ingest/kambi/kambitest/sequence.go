package kambitest

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
)

// Sequence is a fixed feed: a list of messages in order of arrival, and the snapshot
// it starts from. It never changes; Shuffle, Duplicate and SnapshotAt return new ones.
type Sequence struct {
	msgs     []Message
	snapshot []Message
	base     int64 // offset the snapshot is complete to
	cut      bool  // SnapshotAt was used: offsets up to base are not in msgs

	sorted   []Message // by offset, each message once
	highest  []int64   // highest[n]: highest offset of the first n messages
	complete []int64   // complete[n]: see Complete
}

// NewSequence returns a sequence of the given messages in the given order of arrival.
// The lines are served as they are, valid or not.
func NewSequence(msgs []Message) *Sequence {
	s := &Sequence{msgs: slices.Clone(msgs)}
	if len(msgs) > 0 {
		s.base = slices.MinFunc(msgs, byOffset).Offset - 1
	}
	s.index()
	return s
}

func byOffset(a, b Message) int {
	switch {
	case a.Offset < b.Offset:
		return -1
	case a.Offset > b.Offset:
		return 1
	}
	return 0
}

// index prepares what Replay and Complete look up.
func (s *Sequence) index() {
	s.sorted = slices.Clone(s.msgs)
	slices.SortStableFunc(s.sorted, byOffset)
	s.sorted = slices.CompactFunc(s.sorted, func(a, b Message) bool {
		return a.Offset == b.Offset && bytes.Equal(a.Line, b.Line)
	})

	s.highest = make([]int64, len(s.msgs)+1)
	s.complete = make([]int64, len(s.msgs)+1)
	s.highest[0], s.complete[0] = s.base, s.base
	seen := make(map[int64]bool, len(s.msgs))
	low := 0 // sorted[:low] have all arrived
	for i, m := range s.msgs {
		seen[m.Offset] = true
		s.highest[i+1] = max(s.highest[i], m.Offset)
		s.complete[i+1] = s.complete[i]
		for low < len(s.sorted) && seen[s.sorted[low].Offset] {
			s.complete[i+1] = s.sorted[low].Offset
			low++
		}
	}
}

// Messages returns the messages in order of arrival. The caller must not change them.
func (s *Sequence) Messages() []Message { return s.msgs }

// Len returns the number of messages, duplicates included.
func (s *Sequence) Len() int { return len(s.msgs) }

// SnapshotAt folds the messages with an offset up to the given one and makes that the
// snapshot; the rest stays the sequence. A replay from below is then too old.
func (s *Sequence) SnapshotAt(offset int64) (*Sequence, error) {
	if s.cut {
		return nil, fmt.Errorf("snapshot at offset %d: the sequence already starts from a snapshot at %d", offset, s.base)
	}
	var head, rest []Message
	for _, m := range s.msgs {
		if m.Offset <= offset {
			head = append(head, m)
		} else {
			rest = append(rest, m)
		}
	}
	n, err := Fold(head)
	if err != nil {
		return nil, fmt.Errorf("snapshot at offset %d: %w", offset, err)
	}
	snapshot, err := n.Snapshot()
	if err != nil {
		return nil, fmt.Errorf("snapshot at offset %d: %w", offset, err)
	}
	t := &Sequence{msgs: rest, snapshot: snapshot, base: offset, cut: true}
	t.index()
	return t, nil
}

// with returns the same feed with another order of arrival.
func (s *Sequence) with(msgs []Message) *Sequence {
	t := &Sequence{msgs: msgs, snapshot: s.snapshot, base: s.base, cut: s.cut}
	t.index()
	return t
}

// Batch implements [Feed].
func (s *Sequence) Batch(index, max int) ([]Message, error) {
	index = min(index, len(s.msgs))
	return s.msgs[index:min(index+max, len(s.msgs))], nil
}

// Snapshot implements [Feed]: always the state before the first message.
func (s *Sequence) Snapshot() (Snapshot, error) {
	return Snapshot{Messages: s.snapshot, Offset: s.base}, nil
}

// Complete implements [Feed].
func (s *Sequence) Complete(n int) int64 { return s.complete[min(n, len(s.msgs))] }

// Replay implements [Feed]. An offset that nobody was sent yet but that is in the
// sequence is served too: the client met it at an earlier run of the server.
func (s *Sequence) Replay(after int64, sent int) (Replay, error) {
	sent = min(sent, len(s.msgs))
	last := s.highest[len(s.msgs)]
	if s.cut && after < s.base || after > last {
		return Replay{}, fmt.Errorf("replay after offset %d of a sequence of %d to %d: %w", after, s.base, last, ErrTooOld)
	}
	top := s.highest[sent]
	if after > top {
		// Everything before the first higher offset is known to the client.
		next := slices.IndexFunc(s.msgs, func(m Message) bool { return m.Offset > after })
		if next < 0 {
			next = len(s.msgs)
		}
		return Replay{Offset: after, Next: next}, nil
	}
	return Replay{Messages: between(s.sorted, after, top), Offset: top, Next: sent}, nil
}

// between returns the messages with an offset above after and not above top.
func between(sorted []Message, after, top int64) []Message {
	from := sort.Search(len(sorted), func(i int) bool { return sorted[i].Offset > after })
	to := sort.Search(len(sorted), func(i int) bool { return sorted[i].Offset > top })
	return sorted[from:max(from, to)]
}
