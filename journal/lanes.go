package journal

import (
	"fmt"
	"slices"
)

// MaxLanes is how many lanes a partition may have at a time.
const MaxLanes = 1024

// LaneState is what a partition says about one lane.
type LaneState struct {
	Name  string
	Epoch int64  // of the claim in force; 0 when the lane was never claimed
	Nonce string // of that claim
	Next  int64  // the seq that comes next
}

// Fate says what becomes of a record.
type Fate uint8

// What can become of a record.
const (
	Applies    Fate = iota // it takes effect
	Stale                  // its lane has been claimed by another writer since
	Duplicate              // it came before
	LostClaim              // a claim that did not win
	fateLength             // number of fates
)

var fateNames = [fateLength]string{"applies", "stale", "duplicate", "lost claim"}

// String names the fate for people.
func (f Fate) String() string { return fateNames[f] }

// Lanes decides which records of one partition take effect. It is a fold: the
// same records give the same decisions to every reader.
//
// The zero value is a partition at offset 0.
type Lanes struct {
	states []LaneState // sorted by name; that of retiredLanes, if any, is first
}

// retiredLanes is the name under which the highest epoch of all retired lanes
// is kept. No lane has it. A lane that comes back must claim a higher epoch:
// what its old writer still sends is older then, and not missing.
const retiredLanes = ""

// State returns what is known of a lane. One without a claim has no nonce, and
// the epoch that its first claim must exceed.
func (l *Lanes) State(name string) LaneState {
	if i, ok := l.find(name); ok {
		return l.states[i]
	}
	return LaneState{Name: name, Epoch: l.retired()}
}

// retired is the highest epoch of all retired lanes.
func (l *Lanes) retired() int64 {
	if len(l.states) > 0 && l.states[0].Name == retiredLanes {
		return l.states[0].Epoch
	}
	return 0
}

// count is how many lanes there are.
func (l *Lanes) count() int {
	if l.retired() > 0 {
		return len(l.states) - 1
	}
	return len(l.states)
}

// States returns all lanes, sorted by name, for a checkpoint. The one without a
// name, if it is there, stands for those that were retired.
func (l *Lanes) States() []LaneState { return slices.Clone(l.states) }

// Restore sets the lanes to what States returned at a checkpoint.
func (l *Lanes) Restore(states []LaneState) { l.states = slices.Clone(states) }

func (l *Lanes) find(name string) (int, bool) {
	return slices.BinarySearchFunc(l.states, name, func(s LaneState, name string) int {
		switch {
		case s.Name < name:
			return -1
		case s.Name > name:
			return 1
		}
		return 0
	})
}

// Claim decides a CLAIM record: it wins when its epoch is above the lane's.
// A claim on a new lane is lost when the partition has MaxLanes already.
func (l *Lanes) Claim(r *Record, nonce string) Fate {
	i, ok := l.find(r.Lane)
	ok = ok && r.Lane != retiredLanes
	state := LaneState{Name: r.Lane, Epoch: r.Epoch, Nonce: nonce, Next: 1}
	switch {
	case ok && r.Epoch > l.states[i].Epoch:
		l.states[i] = state
		return Applies
	case ok && r.Epoch == l.states[i].Epoch && nonce == l.states[i].Nonce:
		return Duplicate
	case ok || r.Lane == retiredLanes || r.Epoch <= l.retired() || l.count() >= MaxLanes:
		return LostClaim
	}
	l.states = slices.Insert(l.states, i, state)
	return Applies
}

// Admit decides any other record. A gap inside an epoch means that records
// were lost: the error is a [CorruptError], and nothing may be applied.
func (l *Lanes) Admit(p Partition, r *Record) (Fate, error) {
	i, ok := l.find(r.Lane)
	if !ok || r.Lane == retiredLanes || r.Epoch < l.states[i].Epoch {
		return Stale, nil
	}
	s := &l.states[i]
	switch {
	case r.Epoch > s.Epoch:
		return 0, laneGap(p, r, fmt.Sprintf("the claim of epoch %d is missing, the lane is at epoch %d", r.Epoch, s.Epoch))
	case r.Seq < s.Next:
		return Duplicate, nil
	case r.Seq > s.Next:
		return 0, laneGap(p, r, fmt.Sprintf("seq %d where %d comes next: records are missing", r.Seq, s.Next))
	}
	s.Next++
	return Applies, nil
}

// Retire frees a lane. Only its epoch is remembered, as one of all that were
// retired.
func (l *Lanes) Retire(name string) {
	i, ok := l.find(name)
	if !ok || name == retiredLanes {
		return
	}
	epoch := max(l.retired(), l.states[i].Epoch)
	l.states = slices.Delete(l.states, i, i+1)
	if l.retired() == 0 {
		l.states = slices.Insert(l.states, 0, LaneState{Name: retiredLanes})
	}
	l.states[0].Epoch = epoch
}

func laneGap(p Partition, r *Record, reason string) error {
	return &CorruptError{Position: p.At(r.Offset), Reason: fmt.Sprintf("lane %q epoch %d: %s", r.Lane, r.Epoch, reason)}
}
