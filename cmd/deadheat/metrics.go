package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/kafka"
	"github.com/deadheat-io/deadheat/projection"
)

// metrics are what Prometheus is told. Counters of sources and projections are
// read when it asks; only durations are observed as they happen.
type metrics struct {
	registry   *prometheus.Registry
	checkpoint *prometheus.HistogramVec
	keys       *prometheus.CounterVec
	applied    *prometheus.CounterVec
	applying   *prometheus.CounterVec
	saved      *prometheus.GaugeVec
}

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	labels := []string{"projection", "partition"}
	m.checkpoint = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "deadheat_checkpoint_seconds", Help: "Time to commit state and position, fsync included.",
		Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
	}, labels)
	m.keys = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "deadheat_checkpoint_keys_total", Help: "Keys written by checkpoints."}, labels)
	m.applied = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "deadheat_projection_records_total", Help: "Records folded."}, labels)
	m.applying = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "deadheat_projection_apply_seconds_total", Help: "Time spent folding."}, labels)
	m.saved = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "deadheat_checkpoint_last_success_timestamp_seconds", Help: "When the last checkpoint was committed."}, labels)
	m.registry.MustRegister(m.checkpoint, m.keys, m.applied, m.applying, m.saved)
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "deadheat_build_info", Help: "1, with the version as a label."}, []string{"version"})
	build.WithLabelValues(readBuild().Version).Set(1)
	m.registry.MustRegister(build)
	return m
}

// hooks observe one partition's projection.
func (m *metrics) hooks(name string, p journal.Partition) projection.Hooks {
	labels := []string{name, p.String()}
	applied, applying := m.applied.WithLabelValues(labels...), m.applying.WithLabelValues(labels...)
	checkpoint, keys, saved := m.checkpoint.WithLabelValues(labels...), m.keys.WithLabelValues(labels...), m.saved.WithLabelValues(labels...)
	return projection.Hooks{
		Applied: func(n int, took time.Duration) {
			applied.Add(float64(n))
			applying.Add(took.Seconds())
		},
		Checkpoint: func(n int, took time.Duration) {
			checkpoint.Observe(took.Seconds())
			keys.Add(float64(n))
			saved.SetToCurrentTime()
		},
	}
}

// watch makes the engine's own counters readable.
func (m *metrics) watch(e *engine) { m.registry.MustRegister(&engineCollector{e}) }

var (
	partitionLabels = []string{"projection", "partition"}
	nextDesc        = prometheus.NewDesc("deadheat_projection_next_offset", "First offset not folded.", partitionLabels, nil)
	lagDesc         = prometheus.NewDesc("deadheat_projection_lag_offsets", "Records journalled and not folded.", partitionLabels, nil)
	reachDesc       = prometheus.NewDesc("deadheat_journal_reachable", "1 while the journal answers.", partitionLabels, nil)
	outboxDesc      = prometheus.NewDesc("deadheat_outbox_records", "Outputs not yet seen in the output topic.", partitionLabels, nil)
	upDesc          = prometheus.NewDesc("deadheat_source_live", "1 when the source is connected and in real-time flow.", []string{"source", "state"}, nil)
	messagesDesc    = prometheus.NewDesc("deadheat_ingest_messages_total", "Records that a source made, by kind.", []string{"source", "kind"}, nil)
	rejectedDesc    = prometheus.NewDesc("deadheat_ingest_decode_errors_total", "Messages that could not be decoded.", []string{"source", "reason"}, nil)
	ordersDesc      = prometheus.NewDesc("deadheat_orders_total", "What happened to commands at the intake.", []string{"event"}, nil)
	flyingDesc      = prometheus.NewDesc("deadheat_orders_in_flight", "Commands sent and not answered.", nil, nil)
	bridgeDesc      = prometheus.NewDesc("deadheat_bridge_total", "Market commands of a bridge, by what became of them.", []string{"feed", "event"}, nil)
	booksDesc       = prometheus.NewDesc("deadheat_book_total", "What a book has folded since the process began.", []string{"partition", "event"}, nil)
	eventsDesc      = prometheus.NewDesc("deadheat_ingest_events_total", "What happened to a source's sessions.", []string{"source", "event"}, nil)
	kafkaDesc       = prometheus.NewDesc("deadheat_kafka_total", "What happened between the journal and the cluster.", []string{"event"}, nil)
	kafkaBytesDesc  = prometheus.NewDesc("deadheat_kafka_bytes_total", "Bytes to and from brokers.", []string{"direction"}, nil)
	bytesDesc       = prometheus.NewDesc("deadheat_ingest_bytes_total", "Bytes of messages, inflated.", []string{"source"}, nil)
)

// engineCollector reads statuses when it is asked.
type engineCollector struct{ e *engine }

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Describe implements [prometheus.Collector].
func (c *engineCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{nextDesc, lagDesc, reachDesc, outboxDesc, upDesc, messagesDesc, rejectedDesc, eventsDesc, bytesDesc, kafkaDesc, kafkaBytesDesc, ordersDesc, flyingDesc, bridgeDesc, booksDesc} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (c *engineCollector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	counter := func(d *prometheus.Desc, v int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	if j, ok := c.e.journal.(*kafka.Journal); ok {
		s := j.Stats()
		counter(kafkaDesc, s.Connects, "connect")
		counter(kafkaDesc, s.ConnectErrors, "connect_error")
		counter(kafkaDesc, s.Disconnects, "disconnect")
		counter(kafkaDesc, s.FetchErrors, "fetch_error")
		counter(kafkaDesc, s.Lost, "append_lost")
		counter(kafkaDesc, s.Throttled, "throttled")
		counter(kafkaBytesDesc, s.BytesWritten, "written")
		counter(kafkaBytesDesc, s.BytesRead, "read")
	}
	c.collectIntake(gauge, counter)
	for _, u := range c.e.units {
		s, p := u.runner.Status(), u.part.Partition.String()
		gauge(nextDesc, s.Next, u.kind.name, p)
		gauge(outboxDesc, int64(s.Pending), u.kind.name, p)
		end, reachable, _ := u.ends.last()
		gauge(lagDesc, max(end-s.Next, 0), u.kind.name, p)
		gauge(reachDesc, b2i(reachable), u.kind.name, p)
		c.collectOrders(u, counter)
		if u.source == nil {
			continue
		}
		name, status, stats := u.source.Name(), u.source.Status(), u.source.Stats()
		gauge(upDesc, b2i(status.Live() && reachable), name, status.State.String())
		counter(bytesDesc, stats.Bytes, name)
		for kind, n := range stats.Kinds {
			counter(messagesDesc, n, name, kind)
		}
		for reason, n := range stats.Rejected {
			counter(rejectedDesc, n, name, reason)
		}
		for event, n := range stats.Events {
			counter(eventsDesc, n, name, event)
		}
	}
}
