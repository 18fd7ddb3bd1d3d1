package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/deadheat-io/deadheat/journal"
)

// Check compares the cluster and the topics of the journal with what a journal
// needs. It changes nothing.
func (j *Journal) Check(ctx context.Context) ([]journal.Finding, error) {
	topics, err := j.Topics(ctx)
	if err != nil {
		return nil, err
	}
	brokers, err := j.admin.ListBrokers(ctx)
	if err != nil {
		return nil, fmt.Errorf("list brokers: %w", j.failed(err))
	}
	findings := []journal.Finding{{
		Subject: "cluster", What: "brokers", Have: fmt.Sprint(len(brokers)), OK: true,
	}}
	if j.opts.Replication > len(brokers) {
		findings = append(findings, journal.Finding{Subject: "cluster", What: "brokers for new topics", Have: fmt.Sprint(len(brokers)),
			Want: fmt.Sprintf("%d or more", j.opts.Replication), Fatal: true, Why: "the replication factor of new topics (kafka.replication) is larger"})
	}
	findings = append(findings, j.checkBrokers(ctx, brokers)...)
	if len(topics) == 0 {
		return findings, nil
	}
	names := make([]string, len(topics))
	for i, t := range topics {
		names[i] = j.full(t.Name)
	}
	details, err := j.admin.ListTopics(ctx, names...)
	if err != nil {
		return nil, fmt.Errorf("describe topics: %w", j.failed(err))
	}
	configs, err := j.admin.DescribeTopicConfigs(ctx, names...)
	if err != nil {
		return nil, fmt.Errorf("describe the settings of topics: %w", j.failed(err))
	}
	slices.SortFunc(configs, func(a, b kadm.ResourceConfig) int { return strings.Compare(a.Name, b.Name) })
	for _, c := range configs {
		findings = append(findings, checkTopic(c, details[c.Name], len(brokers))...)
	}
	return findings, nil
}

// checkBrokers looks at what may be seen of the brokers' own settings.
func (j *Journal) checkBrokers(ctx context.Context, brokers kadm.BrokerDetails) []journal.Finding {
	const name = "auto.create.topics.enable"
	configs, err := j.admin.DescribeBrokerConfigs(ctx, brokers.NodeIDs()...)
	if err != nil {
		return nil // not everybody may see them
	}
	for _, c := range configs {
		for _, v := range c.Configs {
			if v.Key == name && v.MaybeValue() == "true" {
				return []journal.Finding{{Subject: "cluster", What: name, Have: "true", Want: "false",
					Why: "a misspelled topic would come into being, with the wrong settings"}}
			}
		}
	}
	return nil
}

// checkTopic compares one topic with what is required.
func checkTopic(c kadm.ResourceConfig, d kadm.TopicDetail, brokers int) []journal.Finding {
	subject := "topic " + c.Name
	if err := errors.Join(c.Err, d.Err); err != nil {
		return []journal.Finding{{Subject: subject, What: "settings", Have: err.Error(), Want: "to be seen",
			Why: "what cannot be described cannot be checked: allow DescribeConfigs"}}
	}
	have := map[string]string{}
	for _, v := range c.Configs {
		have[v.Key] = v.MaybeValue()
	}
	replicas := d.Partitions.NumReplicas()
	findings := []journal.Finding{{
		Subject: subject, What: "replication.factor", Have: fmt.Sprint(replicas), Want: fmt.Sprint(min(3, brokers)), OK: replicas >= min(3, brokers),
		Why: "every replica that is missing is one loss less to survive",
	}}
	for _, s := range required(replicas > 2) {
		value, known := have[s.name]
		if !known { // by this broker
			continue
		}
		findings = append(findings, journal.Finding{
			Subject: subject, What: s.name, Have: value, Want: s.want, OK: s.holds(value), Fatal: s.fatal, Why: s.why,
		})
	}
	if isr, err := strconv.Atoi(have["min.insync.replicas"]); err == nil && isr > replicas {
		findings = append(findings, journal.Finding{Subject: subject, What: "min.insync.replicas", Have: fmt.Sprint(isr), Want: fmt.Sprintf("%d or less", replicas),
			Fatal: true, Why: "there are never as many replicas in sync: writes may be refused for ever"})
	}
	return append(findings, promise(subject, replicas, have))
}

// promise says what an acknowledgement means for a topic.
func promise(subject string, replicas int, have map[string]string) journal.Finding {
	f := journal.Finding{Subject: subject, What: "an acknowledged record survives", OK: true}
	switch {
	case have["flush.messages"] == "1":
		f.Have = "a kill of the broker, and a loss of power as far as its disk is honest"
	case replicas > 2 && have["min.insync.replicas"] != "1":
		f.Have = "the loss of one broker; not a loss of power at all of them at once, unless they sync before they answer"
	default:
		f.Have = "a kill of the broker's process; not the loss of its disk, nor of its power, unless it syncs before it answers"
	}
	return f
}
