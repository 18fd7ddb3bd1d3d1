package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
	"github.com/deadheat-io/deadheat/journal"
)

// bencher runs benchmarks and prints each result at once, in the form that
// benchstat reads: one line, value and unit in pairs.
type bencher struct {
	ctx      context.Context
	out      io.Writer
	dir      string // for what benchmarks write; removed afterwards
	messages int
	input    string
	outcomes int
	commands int
	brokers  string // of a cluster to measure on
	named    bool   // the benchmark was asked for by name
	prefix   string // of topics; journals are on the cluster while it is set
}

// benchmarks by name, in the order in which they run.
var benchmarks = []struct {
	name string
	what string
	run  func(*bencher) error
}{
	{"journal", "append and read on the local journal, beside a plain file", (*bencher).journal},
	{"feed", "messages decoded, journalled, applied; replay beside a read", (*bencher).feed},
	{"checkpoint", "what checkpoints and the state hash cost", (*bencher).checkpoint},
	{"orders", "orders journalled, matched, published; replay beside a read", (*bencher).orders},
	{"api", "orders over HTTP at 20,000 a second: how long answers take", (*bencher).api},
	{"restart", "memory and time to load a large state", (*bencher).restart},
	{"match", "the matcher alone: mixed flows, a large book, snapshots", (*bencher).match},
	{"kafka", "append, read, feed and restart on Kafka, beside its client", (*bencher).kafka},
}

func newBench(_ *options) *cobra.Command {
	var b bencher
	var names []string
	lines := "Measure this machine. Speeds of one run can be compared with each other; from\nrun to run they vary with everything else that the machine does.\n"
	for _, m := range benchmarks {
		names = append(names, m.name)
		lines += fmt.Sprintf("\n  %-11s %s", m.name, m.what)
	}
	cmd := &cobra.Command{
		Use:       "bench [NAME]...",
		Short:     "Measure journal, fold, checkpoint, restart and matcher",
		Long:      lines,
		Example:   "  deadheat bench feed --messages 200000",
		ValidArgs: names,
		Args:      cobra.OnlyValidArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			b.ctx, b.out = cmd.Context(), cmd.OutOrStdout()
			return b.all(args)
		},
	}
	cmd.Flags().IntVar(&b.messages, "messages", 300_000, "feed messages")
	cmd.Flags().StringVar(&b.input, "input", "", "feed `FILE` (NDJSON, .gz) in place of a generated one")
	cmd.Flags().IntVar(&b.commands, "commands", 1_000_000, "orders and cancels")
	cmd.Flags().IntVar(&b.outcomes, "outcomes", 1_000_000, "outcomes in the state that restart loads")
	cmd.Flags().StringVar(&b.brokers, "kafka", os.Getenv(envPrefix+"KAFKA"), "`HOST:PORT,...` of a cluster for kafka")
	cmd.Flags().StringVar(&b.dir, "dir", "", "`DIR` for what is written (a temporary one if empty)")
	return cmd
}

func (b *bencher) all(names []string) error {
	dir, err := os.MkdirTemp(b.dir, "deadheat-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.dir = dir
	for _, m := range benchmarks {
		if len(names) > 0 && !slices.Contains(names, m.name) {
			continue
		}
		b.named = len(names) > 0
		if err := m.run(b); err != nil {
			return fmt.Errorf("bench %s: %w", m.name, err)
		}
	}
	return nil
}

// result prints one line. values are pairs of a number, float64 or int64, and its
// unit.
func (b *bencher) result(name string, n int, took time.Duration, values ...any) {
	fmt.Fprintf(b.out, "Benchmark%s %d %.1f ns/op", name, n, float64(took.Nanoseconds())/float64(n))
	for i := 0; i+1 < len(values); i += 2 {
		format := " %.4g %s"
		if _, whole := values[i].(int64); whole {
			format = " %d %s"
		}
		fmt.Fprintf(b.out, format, values[i], values[i+1])
	}
	fmt.Fprintln(b.out)
}

func perSecond(n int, took time.Duration) float64 { return float64(n) / took.Seconds() }

// lines are the feed messages to measure with.
func (b *bencher) lines() ([][]byte, error) {
	var lines [][]byte
	if b.input != "" {
		s, err := kambitest.LoadSequence(b.input)
		if err != nil {
			return nil, err
		}
		for len(lines) < b.messages {
			for _, m := range s.Messages() {
				lines = append(lines, m.Line)
			}
		}
		return lines[:b.messages], nil
	}
	g := kambitest.NewGenerator(kambitest.GenConfig{Seed: 1})
	for range b.messages {
		lines = append(lines, g.Next().Line)
	}
	return lines, nil
}

// appendSize is the value of a record in the journal benchmark: with its frame
// it is about the 110 bytes of an order.
const appendSize = 84

// journal appends records, 1 and 1,000 at a time, beside plain appends of the
// same bytes with an fsync for as many.
func (b *bencher) journal() error {
	for _, c := range []struct{ batch, n int }{{1, 2_000}, {1000, 500_000}} {
		plain, err := b.plainAppend(c.batch, c.n)
		if err != nil {
			return err
		}
		b.result(fmt.Sprintf("PlainAppend/%d_per_fsync", c.batch), c.n, plain, perSecond(c.n, plain), "records/s")
		took, read, err := b.journalAppend(c.batch, c.n)
		if err != nil {
			return err
		}
		b.result(fmt.Sprintf("JournalAppend/%d_per_append", c.batch), c.n, took,
			perSecond(c.n, took), "records/s", plain.Seconds()/took.Seconds(), "of_plain")
		b.result(fmt.Sprintf("JournalRead/%d_per_append", c.batch), c.n, read, perSecond(c.n, read), "records/s")
	}
	return nil
}

func (b *bencher) plainAppend(batch, n int) (time.Duration, error) {
	f, err := os.Create(filepath.Join(b.dir, fmt.Sprint("plain", batch)))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	bytes := make([]byte, batch*(appendSize+26))
	start := time.Now()
	for range n / batch {
		if _, err := f.Write(bytes); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}

func (b *bencher) journalAppend(batch, n int) (appended, read time.Duration, err error) {
	j, p, err := b.newJournal(fmt.Sprint("append", batch), "bench")
	if err != nil {
		return 0, 0, err
	}
	defer j.Close()
	records := make([]journal.Record, batch)
	for i := range records {
		records[i] = benchRecord(i)
	}
	start := time.Now()
	for range n / batch {
		if _, err := journal.AppendWait(b.ctx, j, p, records...); err != nil {
			return 0, 0, err
		}
	}
	appended = time.Since(start)
	start = time.Now()
	err = journal.ReadRange(b.ctx, j, p, 0, int64(n), func(*journal.Record) error { return nil })
	return appended, time.Since(start), err
}
