package snapshots

import (
	"fmt"
)

// Identity says what a store belongs to. All of it must agree at every open.
type Identity struct {
	Format     int    `json:"format"`     // of the store's keys
	Journal    string `json:"journal"`    // id of the journal
	Topic      string `json:"topic"`      // name of the source topic
	TopicID    string `json:"topic_id"`   // changes when the topic is made again
	Partition  int32  `json:"partition"`  // of the topic
	Partitions int32  `json:"partitions"` // that the topic has
	Projection string `json:"projection"` // name
	Rules      int64  `json:"rules"`      // version of the projection's rules
	// Replay says that the store was made by a replay, which publishes nothing
	// and keeps no outputs: a process that publishes must not go on from it.
	Replay bool `json:"replay,omitempty"`
}

// storeFormat numbers the layout of keys in a store.
const storeFormat = 1

// IdentityError says that a store belongs to something else.
type IdentityError struct {
	Dir         string
	Field       string
	Have, Wants any
}

func (e *IdentityError) Error() string {
	return fmt.Sprintf("store %s belongs to another %s: it has %v, wanted is %v; use another data directory, or remove this one to fold again from the journal",
		e.Dir, e.Field, e.Have, e.Wants)
}

// kind names what made the store.
func (id Identity) kind() string {
	if id.Replay {
		return "replay"
	}
	return "run"
}

// check finds the first difference.
func (id Identity) check(dir string, want Identity) error {
	for _, f := range []struct {
		name        string
		have, wants any
	}{
		{"format", id.Format, want.Format},
		{"journal", id.Journal, want.Journal},
		{"topic", id.Topic, want.Topic},
		{"partition", id.Partition, want.Partition},
		{"projection", id.Projection, want.Projection},
		{"rules version", id.Rules, want.Rules},
		{"partition count", id.Partitions, want.Partitions},
		{"use", id.kind(), want.kind()},
		{"topic id (the topic was deleted and made again)", id.TopicID, want.TopicID},
	} {
		if f.have != f.wants {
			return &IdentityError{Dir: dir, Field: f.name, Have: f.have, Wants: f.wants}
		}
	}
	return nil
}
