package main

import (
	"bufio"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
	"github.com/deadheat-io/deadheat/matcher"
	"github.com/deadheat-io/deadheat/projection/book"
)

const matchHelp = `Match a file of commands, one JSON object a line, without a journal: print what
they did and, at the end, how long matching alone took. Nothing is kept.

  {"op":"market","market":"m1","action":"create","kind":"shares"}
  {"op":"new","market":"m1","account":"a","id":"1","side":"buy",
   "type":"limit","tif":"gtc","qty":10,"price":"101"}       (in one line)

An order's id may be used again when the order is gone. A command that the book
refuses is an execution "rejected" with its code; a line that is no command ends
the work with exit code 2. A line's "time" lets orders expire first, as a tick
of that time does; without it time stands still.

Every execution tells the line it comes from, counted from 0: offset. --book
prints what rests then, market by market in order of creation: bids, then asks,
best to worst. The last line has the hash of all books and the time of matching,
taken on a second engine that is given the same commands in runs of some 65,000
and must end with the same hash.`

func newMatch(*options) *cobra.Command {
	var input string
	var withBook bool
	cmd := &cobra.Command{
		Use:   "match",
		Short: "Match a file of commands without a journal (read-only)",
		Long:  matchHelp,
		Example: `  deadheat match --input commands.ndjson --book -o jsonl
  deadheat match --input - -o jsonl`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, name, err := openLines(cmd, "--input", input)
			if err != nil {
				return err
			}
			defer in.Close()
			m := newMatchRun(cmd)
			if err := m.fold(newLineReader(in, name)); err != nil {
				_ = m.out.Flush() // what was printed stays
				return err
			}
			return m.finish(withBook)
		},
	}
	cmd.Flags().StringVarP(&input, "input", "i", "", "read commands from `FILE`, - for stdin")
	cmd.Flags().BoolVar(&withBook, "book", false, "print what rests at the end")
	addOutput(cmd, &outputValue{list: true, sample: reflect.TypeFor[matchRow](), known: []string{formatText, formatJSONL, formatHelp}})
	return cmd
}

// Bounds of what is run again at once.
const (
	matchChunk = 1 << 16 // commands
	maxSteps   = 1 << 18 // what they made the engine do
	matchBatch = 1024    // lines read ahead
)

// matchTopic is the topic that executions of match name.
const matchTopic = "match"

// matchRun matches commands, and gives the same to a second engine.
type matchRun struct {
	cmd      *cobra.Command
	book     *book.Book
	tape     book.Tape
	second   *matcher.Engine
	quiet    sync.Mutex // held while a line is decoded, and while time is taken
	chunk    int        // commands on the tape
	commands int64
	took     time.Duration

	out  *bufio.Writer
	text bool
	line []byte
}

func newMatchRun(cmd *cobra.Command) *matchRun {
	m := &matchRun{
		cmd: cmd, book: book.NewPure(), out: bufio.NewWriterSize(cmd.OutOrStdout(), 256<<10), text: outputFormat(cmd) == formatText,
	}
	m.book.Record(&m.tape)
	return m
}

// numbered is a command and its line, from 0.
type numbered struct {
	orderjson.Command
	offset int64
}

// fold matches every line.
func (m *matchRun) fold(lines *lineReader) error {
	read := func() (numbered, bool, error) {
		text, err := lines.next()
		if err != nil {
			return numbered{}, false, err
		}
		m.quiet.Lock()
		c, err := orderjson.Decode(text, orderjson.Options{Time: true})
		m.quiet.Unlock()
		if err != nil {
			err = lines.fault(err)
		}
		return numbered{c, lines.line - 1}, lines.wait(), err
	}
	return batches(m.cmd.Context(), matchBatch, read, func(batch []numbered, more bool) error {
		for i := range batch {
			c := &batch[i]
			m.book.Command(c.offset, c.Time, c.Market, c.Body, m.emit)
			m.commands++
			if m.chunk++; m.chunk == matchChunk || len(m.tape.Steps) > maxSteps {
				if err := m.again(); err != nil {
					return err
				}
			}
		}
		if !more {
			return flushed(m.out)
		}
		return nil
	})
}

// emit prints what a command did. Errors stay in the writer until it is flushed.
func (m *matchRun) emit(market []byte, body schema.Body) {
	x := body.(*schema.Executions)
	if m.text {
		for i := range x.Items {
			m.line = appendExecutionText(m.line[:0], x.Cause+1, string(market), &x.Items[i])
			m.out.Write(m.line)
		}
		return
	}
	m.line = orderjson.AppendExecutions(m.line[:0], matchTopic, 0, 0, string(market), x)
	m.out.Write(m.line)
}

// again gives the second engine what the first one was given, takes the time, and
// compares.
func (m *matchRun) again() error {
	if m.second == nil {
		// The first run is given twice, so that memory is there when time is taken.
		warm := matcher.New()
		m.give(warm)
		m.second = matcher.New().Copy(warm)
	}
	m.quiet.Lock()
	start := time.Now()
	m.give(m.second)
	m.took += time.Since(start)
	m.quiet.Unlock()
	m.tape.Steps, m.chunk = m.tape.Steps[:0], 0
	if have, want := m.second.Hash(), m.book.Hash(); have != want {
		return fmt.Errorf("internal error: after %d commands a second engine has hash %016x, the first has %016x", m.commands, have, want)
	}
	return nil
}

func (m *matchRun) give(e *matcher.Engine) {
	for i := range m.tape.Steps {
		e.Do(&m.tape.Steps[i])
		e.Drain()
	}
}

// matchSummary is the last line.
type matchSummary struct {
	Commands int64   `json:"commands"`
	Trades   int64   `json:"trades"`
	Hash     string  `json:"book_hash"`
	Seconds  float64 `json:"seconds"`
	Each     float64 `json:"ns_per_command"`
}

// finish prints what rests, if it is wanted, and the summary.
func (m *matchRun) finish(withBook bool) error {
	if err := m.again(); err != nil {
		return err
	}
	if withBook {
		if err := m.printBook(); err != nil {
			return err
		}
	}
	s := matchSummary{
		Commands: m.commands, Trades: m.book.Stats().Trades, Hash: fmt.Sprintf("%016x", m.book.Hash()), Seconds: m.took.Seconds(),
	}
	if m.commands > 0 {
		s.Each = float64(m.took.Nanoseconds()*10/m.commands) / 10
	}
	if m.text {
		fmt.Fprintf(m.out, "\n%d commands, %d trades, hash %s\nmatching alone took %.6f s, %.1f ns a command\n", s.Commands, s.Trades, s.Hash, s.Seconds, s.Each)
	} else if err := encodeJSON(m.out, s); err != nil {
		return err
	}
	return flushed(m.out)
}
