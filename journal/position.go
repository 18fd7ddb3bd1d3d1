package journal

import (
	"fmt"
	"strconv"
	"strings"
)

// Partition names one partition of a topic. Its text form is "topic/partition".
type Partition struct {
	Topic string
	Index int32
}

// String is the form "topic/partition", such as "feed.demo/0".
func (p Partition) String() string { return p.Topic + "/" + strconv.Itoa(int(p.Index)) }

// Position is one offset of a partition. Its text form is
// "topic/partition:offset". In state and in code the offset is always the
// first one not yet applied ("next").
type Position struct {
	Partition
	Offset int64
}

// String is the form "topic/partition:offset", such as "feed.demo/0:1200".
func (p Position) String() string {
	return p.Partition.String() + ":" + strconv.FormatInt(p.Offset, 10)
}

// At is the position of an offset in the partition.
func (p Partition) At(offset int64) Position { return Position{p, offset} }

// ParsePartition reads "topic/partition"; "topic" alone means partition 0.
func ParsePartition(text string) (Partition, error) {
	topic, index, found := strings.Cut(text, "/")
	if err := CheckTopic(topic); err != nil {
		return Partition{}, err
	}
	if !found {
		return Partition{Topic: topic}, nil
	}
	n, err := strconv.ParseInt(index, 10, 32)
	if err != nil || n < 0 {
		return Partition{}, fmt.Errorf("partition %q: want topic/partition, such as feed.demo/0", text)
	}
	return Partition{Topic: topic, Index: int32(n)}, nil
}

// ParsePosition reads "topic/partition:offset".
func ParsePosition(text string) (Position, error) {
	head, tail, found := strings.Cut(text, ":")
	offset, err := strconv.ParseInt(tail, 10, 64)
	if !found || err != nil || offset < 0 {
		return Position{}, fmt.Errorf("position %q: want topic/partition:offset, such as feed.demo/0:1200", text)
	}
	p, err := ParsePartition(head)
	if err != nil {
		return Position{}, err
	}
	return p.At(offset), nil
}

// maxTopic is the longest topic name that Kafka takes.
const maxTopic = 249

// CheckTopic refuses names that Kafka or a file system would not take: only
// letters, digits, '.', '_' and '-' are allowed, and not "." or "..".
func CheckTopic(name string) error {
	bad := name == "" || name == "." || name == ".." || len(name) > maxTopic
	for _, c := range []byte(name) {
		ok := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-'
		bad = bad || !ok
	}
	if bad {
		return fmt.Errorf("topic %q: want 1 to %d letters, digits, '.', '_' or '-'", name, maxTopic)
	}
	return nil
}
