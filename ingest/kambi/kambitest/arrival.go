package kambitest

// Shuffle returns the sequence with its order of arrival permuted: every message moves
// by less than window places, offsets stay. A window of 1 or less changes nothing.
func (s *Sequence) Shuffle(seed int64, window int) *Sequence {
	if window <= 1 {
		return s.with(s.msgs)
	}
	rng := newRand(seed)
	out := make([]Message, 0, len(s.msgs))
	slot := make([]int, len(s.msgs)) // where a message stands in open, -1 when out
	var open []int                   // messages that may come next
	oldest, entered := 0, 0
	for place := range s.msgs {
		for ; entered < len(s.msgs) && entered < place+window; entered++ {
			slot[entered] = len(open)
			open = append(open, entered)
		}
		for slot[oldest] < 0 {
			oldest++
		}
		pick := rng.IntN(len(open))
		if place-oldest >= window-1 {
			pick = slot[oldest] // it has waited as long as it may
		}
		i := open[pick]
		last := len(open) - 1
		open[pick] = open[last]
		slot[open[pick]] = pick
		open, slot[i] = open[:last], -1
		out = append(out, s.msgs[i])
	}
	return s.with(out)
}

// lateDuplicate is how many places later a duplicate comes at most.
const lateDuplicate = 100

// Duplicate returns the sequence with messages sent twice: each one with probability p,
// half of the copies right behind it and half up to 100 places later.
func (s *Sequence) Duplicate(p float64, seed int64) *Sequence {
	rng := newRand(seed)
	out := make([]Message, 0, len(s.msgs))
	due := make(map[int][]Message) // index of the message behind which copies come
	for i, m := range s.msgs {
		out = append(out, m)
		if rng.Float64() < p {
			at := i
			if rng.IntN(2) == 0 {
				at = min(i+1+rng.IntN(lateDuplicate), len(s.msgs)-1)
			}
			due[at] = append(due[at], m)
		}
		out = append(out, due[i]...)
		delete(due, i)
	}
	return s.with(out)
}
