package kafka

import (
	"slices"
	"strconv"
	"strings"
)

// setting is what a topic's configuration must, or should, say.
type setting struct {
	name, want string
	// ok tells whether another value is as good.
	ok func(have string) bool
	// why it must be so; the journal is refused otherwise if fatal.
	why   string
	fatal bool
	// rare is known to some brokers only, or to newer ones.
	rare bool
}

type settings []setting

func atLeast(n int64) func(string) bool {
	return func(have string) bool {
		v, err := strconv.ParseInt(have, 10, 64)
		return err == nil && v >= n
	}
}

func unlimited(have string) bool { return have == "-1" }

// required are the settings of a topic.
func required(replicated bool) settings {
	s := settings{
		{name: "cleanup.policy", want: "delete", fatal: true, why: "compaction removes records from the middle"},
		{name: "retention.ms", want: "-1", ok: unlimited, why: "records expire by age: state cannot be rebuilt from what is left"},
		{name: "retention.bytes", want: "-1", ok: unlimited, why: "records expire by size: state cannot be rebuilt from what is left"},
		{name: "max.message.bytes", want: "1048588", ok: atLeast(batchBytes), fatal: true, why: "a record of the largest size would be refused"},
		{name: "message.timestamp.type", want: "CreateTime", fatal: true, why: "the broker's clock would stand where the record's time belongs"},
		{name: "message.timestamp.after.max.ms", want: "9223372036854775807", ok: atLeast(1000 * 3600 * 24 * 365), rare: true,
			why: "a writer whose clock is ahead would be refused"},
		{name: "message.timestamp.before.max.ms", want: "9223372036854775807", ok: atLeast(1000 * 3600 * 24 * 365), rare: true,
			why: "a record journalled late would be refused"},
		{name: "compression.type", want: "producer", why: "the broker would inflate and compress every batch again"},
		{name: "unclean.leader.election.enable", want: "false", fatal: true, rare: true, why: "a replica that lags may lead, and what was acknowledged is lost"},
		{name: "write.caching", want: "false", rare: true, why: "an acknowledgement would not mean that a majority has it on disk"},
	}
	if replicated {
		s = append(s, setting{name: "min.insync.replicas", want: "2", ok: atLeast(2), why: "one replica alone may acknowledge: its loss is the loss of records"})
	}
	return s
}

// values are what a new topic is made with.
func (s settings) values(rare bool) map[string]*string {
	values := map[string]*string{}
	for _, x := range s {
		if x.name != "write.caching" && (rare || !x.rare) { // the default of all who know it
			values[x.name] = &x.want
		}
	}
	return values
}

// list is what people set.
func (s settings) list() string {
	var parts []string
	for name, value := range s.values(true) {
		parts = append(parts, name+"="+*value)
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

func (s setting) holds(have string) bool {
	return have == s.want || s.ok != nil && s.ok(have)
}
