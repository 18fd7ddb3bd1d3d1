package kafka_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/kafka"
)

// remembered is longer than the client remembers which topics there are.
const remembered = 50 * time.Millisecond

func TestUnreachable(t *testing.T) {
	t.Parallel()
	start := time.Now()
	_, err := kafka.Open(t.Context(), kafka.Options{Brokers: []string{"127.0.0.1:1"}, Reach: time.Second})
	if !errors.Is(err, journal.ErrUnreachable) || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("that took %s", took)
	}
}

func TestPassword(t *testing.T) {
	t.Parallel()
	c := fake(t, kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "deadheat", "secret"))
	mechanism := func(password string) kafka.Options {
		return kafka.Options{Brokers: c.ListenAddrs(), Reach: 2 * time.Second, SASL: scram.Auth{User: "deadheat", Pass: password}.AsSha512Mechanism()}
	}
	create(t, open(t, mechanism("secret")), 1)
	_, err := kafka.Open(t.Context(), mechanism("wrong"))
	if err == nil || strings.Contains(err.Error(), "wrong") || !strings.Contains(strings.ToLower(err.Error()), "sasl") {
		t.Errorf("a wrong password is answered with: %v", err)
	}
	_, err = kafka.Open(t.Context(), kafka.Options{Brokers: c.ListenAddrs(), Reach: 2 * time.Second})
	if err == nil {
		t.Error("opened without a password")
	}
}

// Journals of several prefixes do not see each other.
func TestPrefix(t *testing.T) {
	c := fake(t)
	a := open(t, kafka.Options{Brokers: c.ListenAddrs(), Prefix: "one"})
	b := open(t, kafka.Options{Brokers: c.ListenAddrs(), Prefix: "one.two"})
	create(t, b, 1)
	create(t, a, 2)
	if a.ID() == b.ID() {
		t.Errorf("both have the id %s", a.ID())
	}
	topics, err := b.Topics(t.Context())
	if err != nil || len(topics) != 1 || topics[0].Partitions != 1 {
		t.Errorf("topics %v (%v), want the own one", topics, err)
	}
	if c.TopicInfo("one.feed.demo") == nil || c.TopicInfo("one.two.feed.demo") == nil {
		t.Error("the topics' names do not begin with the prefixes")
	}
	if _, err := kafka.Open(t.Context(), kafka.Options{Brokers: c.ListenAddrs(), Prefix: "a b"}); err == nil {
		t.Error("a prefix with a space is taken")
	}
}

func TestNoCreate(t *testing.T) {
	c := fake(t)
	j := open(t, kafka.Options{Brokers: c.ListenAddrs(), NoCreate: true})
	err := j.Create(t.Context(), p0.Topic, 3)
	if !errors.Is(err, journal.ErrNoTopic) || !strings.Contains(err.Error(), topicOf) || !strings.Contains(err.Error(), "3 partitions") ||
		!strings.Contains(err.Error(), "cleanup.policy=delete") {
		t.Errorf("got %v; want to be told how to make it", err)
	}
	if err := c.CreateTopic(topicOf, 3, nil); err != nil {
		t.Fatal(err)
	}
	time.Sleep(remembered)
	create(t, j, 3)
	if err := j.Create(t.Context(), p0.Topic, 2); !errors.Is(err, journal.ErrPartitions) {
		t.Errorf("got %v", err)
	}
}

func TestReadOnly(t *testing.T) {
	c := fake(t)
	create(t, open(t, kafka.Options{Brokers: c.ListenAddrs()}), 1)
	j := open(t, kafka.Options{Brokers: c.ListenAddrs(), ReadOnly: true})
	if err := j.Create(t.Context(), "another", 1); !errors.Is(err, journal.ErrReadOnly) {
		t.Errorf("create: %v", err)
	}
	if err := j.Append(t.Context(), p0, nil, nil); !errors.Is(err, journal.ErrReadOnly) {
		t.Errorf("append: %v", err)
	}
}

// A broker that knows fewer settings still gets a topic.
func TestOlderBroker(t *testing.T) {
	c := fake(t)
	h := c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.CreateTopics}, Err: kerr.InvalidConfig})
	create(t, open(t, kafka.Options{Brokers: c.ListenAddrs()}), 1)
	if h.Hits() != 1 {
		t.Error("nothing was refused")
	}
	if configs := c.TopicInfo(topicOf).Configs; configs["retention.ms"] == nil || *configs["retention.ms"] != "-1" || configs["message.timestamp.after.max.ms"] != nil {
		t.Errorf("the topic was made with %v", configs)
	}
}

// Check finds what would lose or change records.
func TestCheck(t *testing.T) {
	c := fake(t)
	j := open(t, kafka.Options{Brokers: c.ListenAddrs()})
	create(t, j, 1)
	if bad := findings(t, j); len(bad) > 0 {
		t.Errorf("the topic that was just made is found wanting: %v", bad)
	}
	for name, value := range map[string]string{
		"cleanup.policy": "compact", "retention.ms": "1000", "max.message.bytes": "1000", "message.timestamp.type": "LogAppendTime",
	} {
		topic := "feed." + strings.ReplaceAll(name, ".", "-")
		if err := c.CreateTopic("deadheat."+topic, 1, map[string]string{name: value}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(remembered)
		verdict := "fail"
		if name == "retention.ms" {
			verdict = "warn"
		}
		if want := fmt.Sprintf("%s topic deadheat.%s %s=%s", verdict, topic, name, value); !slices.Contains(findings(t, j), want) {
			t.Errorf("%v does not hold %q", findings(t, j), want)
		}
	}
}

// findings are what is not as it should be.
func findings(t *testing.T, j *kafka.Journal) (bad []string) {
	t.Helper()
	list, err := j.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if f.OK {
			continue
		}
		verdict := "warn"
		if f.Fatal {
			verdict = "fail"
		}
		bad = append(bad, fmt.Sprintf("%s %s %s=%s", verdict, f.Subject, f.What, f.Have))
	}
	return bad
}

// While a partition has no leader, whoever asks about it waits.
func TestNoLeaderForAMoment(t *testing.T) {
	c := fake(t)
	j := open(t, kafka.Options{Brokers: c.ListenAddrs()})
	create(t, j, 1)
	h := c.Fault(
		kfake.Fault{Keys: []kmsg.Key{kmsg.ListOffsets}, Err: kerr.LeaderNotAvailable, Count: 2},
		kfake.Fault{Keys: []kmsg.Key{kmsg.Metadata}, Err: kerr.LeaderNotAvailable, Count: 2},
	)
	if _, end, err := j.Bounds(t.Context(), p0); err != nil || end != 0 {
		t.Errorf("bounds: %d, %v", end, err)
	}
	if topics, err := j.Topics(t.Context()); err != nil || len(topics) != 1 {
		t.Errorf("topics: %v, %v", topics, err)
	}
	if h.Hits() < 3 {
		t.Errorf("only %d requests found no leader", h.Hits())
	}
}
