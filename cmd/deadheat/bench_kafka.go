package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/kafka"
)

// kafkaRounds is how often append and read take their turns with the bare
// client. The better time of each counts: a broker on the same cores is noisy.
const kafkaRounds = 3

// kafkaRecords are appended and read in a round.
const kafkaRecords = 500_000

// kafka measures the journal on a cluster beside the client that it uses, with
// the same bytes and settings; then the way of feed messages, and a restart.
func (b *bencher) kafka() (err error) {
	if b.brokers == "" || b.brokers == "none" {
		const hint = "no broker: name one with --kafka HOST:PORT or DEADHEAT_KAFKA"
		if b.named {
			return usagef(hint)
		}
		fmt.Fprintln(b.out, "#", hint)
		return nil
	}
	b.prefix = fmt.Sprintf("bench%d", time.Now().UnixNano())
	defer func() { err = errors.Join(err, b.dropTopics()) }()
	if err := b.kafkaBare(); err != nil {
		return err
	}
	if err := b.feedOn("Kafka"); err != nil {
		return err
	}
	if err := b.ordersOn("Kafka"); err != nil {
		return err
	}
	return b.restartOn("Kafka")
}

// dropTopics removes what the benchmark has made, also when it was interrupted.
func (b *bencher) dropTopics() error {
	prefix := b.prefix
	b.prefix = ""
	cl, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(b.brokers, ",")...))
	if err != nil {
		return err
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), 10*time.Second)
	defer cancel()
	admin := kadm.NewClient(cl)
	topics, err := admin.ListTopics(ctx)
	if err != nil {
		return fmt.Errorf("topics %s.* are left on the cluster: %w", prefix, err)
	}
	for _, name := range topics.Names() {
		if strings.HasPrefix(name, prefix+".") {
			if _, err := admin.DeleteTopic(ctx, name); err != nil {
				return fmt.Errorf("topic %s is left on the cluster: %w", name, err)
			}
		}
	}
	return nil
}

// openKafka opens a journal of its own on the cluster.
func (b *bencher) openKafka(name string) (*kafka.Journal, error) {
	return kafka.Open(b.ctx, kafka.Options{Brokers: strings.Split(b.brokers, ","), Prefix: b.prefix + "." + name})
}

// kafkaBare compares append and read with produce and consume.
func (b *bencher) kafkaBare() error {
	records := make([]journal.Record, 1000)
	for i := range records {
		records[i] = benchRecord(i)
	}
	best := map[string]time.Duration{}
	took := func(name string, d time.Duration) {
		if best[name] == 0 || d < best[name] {
			best[name] = d
		}
	}
	for round := range kafkaRounds {
		topic := fmt.Sprintf("bench%d", round)
		j, err := b.openKafka(topic)
		if err != nil {
			return err
		}
		err = b.kafkaRound(j, b.prefix+"."+topic+".", records, took)
		if closed := j.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return err
		}
	}
	const n = kafkaRecords
	b.result("BareProduce", n, best["produce"], perSecond(n, best["produce"]), "records/s")
	b.result("KafkaAppend", n, best["append"], perSecond(n, best["append"]), "records/s", best["produce"].Seconds()/best["append"].Seconds(), "of_bare")
	b.result("BareConsume", n, best["consume"], perSecond(n, best["consume"]), "records/s")
	b.result("KafkaRead", n, best["read"], perSecond(n, best["read"]), "records/s", best["consume"].Seconds()/best["read"].Seconds(), "of_bare")
	return nil
}

func (b *bencher) kafkaRound(j *kafka.Journal, prefix string, records []journal.Record, took func(string, time.Duration)) error {
	bare, mine := journal.Partition{Topic: "bare"}, journal.Partition{Topic: "mine"}
	for _, p := range []journal.Partition{bare, mine} {
		if err := j.Create(b.ctx, p.Topic, 1); err != nil {
			return err
		}
	}
	d, err := b.bareProduce(prefix+bare.Topic, records)
	if err != nil {
		return err
	}
	took("produce", d)
	if d, err = b.appendMany(j, mine, records); err != nil {
		return err
	}
	took("append", d)
	if d, err = b.bareConsume(prefix + bare.Topic); err != nil {
		return err
	}
	took("consume", d)
	start := time.Now()
	if err := journal.ReadRange(b.ctx, j, mine, 0, kafkaRecords, func(*journal.Record) error { return nil }); err != nil {
		return err
	}
	took("read", time.Since(start))
	return nil
}

// appendMany appends without waiting, as a pump does, and waits at the end.
func (b *bencher) appendMany(j journal.Journal, p journal.Partition, records []journal.Record) (time.Duration, error) {
	if _, err := journal.AppendWait(b.ctx, j, p); err != nil { // connects
		return 0, err
	}
	const calls = kafkaRecords / 1000
	answers := make(chan error, calls)
	start := time.Now()
	for range calls {
		if err := j.Append(b.ctx, p, records, func(_ int64, err error) { answers <- err }); err != nil {
			return 0, err
		}
	}
	for range calls {
		if err := <-answers; err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}

// bareProduce produces the same bytes with the same settings.
func (b *bencher) bareProduce(topic string, records []journal.Record) (time.Duration, error) {
	cl, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(b.brokers, ",")...), kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.ZstdCompression()), kgo.ProducerBatchMaxBytes(1<<20), kgo.ProducerLinger(0),
	)
	if err != nil {
		return 0, err
	}
	defer cl.Close()
	if err := cl.Ping(b.ctx); err != nil {
		return 0, err
	}
	values := make([][]byte, len(records))
	for i := range records {
		values[i] = codec.AppendRecord(nil, &records[i])
	}
	failed := make(chan error, 1)
	start := time.Now()
	for i := range kafkaRecords {
		cl.Produce(b.ctx, &kgo.Record{Key: records[i%1000].Key, Value: values[i%1000]}, func(_ *kgo.Record, err error) {
			if err != nil {
				select {
				case failed <- err:
				default:
				}
			}
		})
	}
	if err := cl.Flush(b.ctx); err != nil {
		return 0, err
	}
	took := time.Since(start)
	select {
	case err = <-failed:
	default:
	}
	return took, err
}

// bareConsume consumes them.
func (b *bencher) bareConsume(topic string) (time.Duration, error) {
	start := time.Now()
	cl, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(b.brokers, ",")...),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().At(0)}}),
	)
	if err != nil {
		return 0, err
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	for n := 0; n < kafkaRecords; {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return 0, err
		}
		n += fetches.NumRecords()
	}
	return time.Since(start), nil
}
