package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
)

const submitHelp = `Submit a file of commands, one JSON object a line, to a running process, in
order and in batches, one at a time. What is not answered, or answered UNKNOWN,
is sent again until it is: commands are known by the id of a new order, or by
their cmd, so nothing is done twice. A command without is given a cmd made of
the file's name and its line: name another --name to do the same again.

How many lines are answered is kept in a state file. Start again, and it goes on
behind them. The exit code is 0 when every line has a final answer, be it a
rejection, and 5 when there is none within --timeout.`

type submitFlags struct {
	url, file, state, name string
	batch                  int
	resume                 bool
	timeout                time.Duration
}

func newOrdersSubmit() *cobra.Command {
	var f submitFlags
	cmd := &cobra.Command{
		Use:   "submit",
		Short: "Send a file of commands, and what is not answered again",
		Long:  submitHelp,
		Example: `  deadheat orders submit --url http://127.0.0.1:7480 --file orders.ndjson
  deadheat orders submit --url http://127.0.0.1:7480 --file - -o jsonl`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := f.open(cmd)
			if err != nil {
				return err
			}
			defer s.in.Close()
			return s.run()
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.url, "url", "", "the running process: `URL`")
	fl.StringVarP(&f.file, "file", "f", "", "read commands from `FILE`, - for stdin")
	fl.IntVar(&f.batch, "batch", 500, "send `N` lines at a time")
	fl.BoolVar(&f.resume, "resume", true, "go on behind what the state says is answered")
	fl.StringVar(&f.state, "state", "", "keep the state in `STATE` (FILE.progress of a file)")
	fl.StringVar(&f.name, "name", "", "make ids of commands of `NAME` (the file's path)")
	fl.DurationVar(&f.timeout, "timeout", time.Minute, "give up after this time without an answer")
	addListOutput[orderAnswer](cmd)
	return cmd
}

// submission is one run of a file.
type submission struct {
	cmd    *cobra.Command
	in     io.ReadCloser
	file   string // for people
	lines  *lineReader
	total  int64 // lines of a regular file, else 0
	state  string
	begin  int64 // lines that were answered before
	poster poster
	submitState

	out                *rows[json.RawMessage]
	start, shown       time.Time
	answered           int64
	accepted, rejected int64
	duplicates         int64
	show               func(next, to int64)
}

// open checks the flags and finds out where to begin.
func (f *submitFlags) open(cmd *cobra.Command) (*submission, error) {
	client, err := newAPIClient(f.url)
	switch {
	case err != nil:
		return nil, err
	case f.batch < 1:
		return nil, usagef("--batch %d: want 1 or more", f.batch)
	case f.timeout <= 0:
		return nil, usagef("--timeout %s: want more than 0", f.timeout)
	}
	in, file, err := openLines(cmd, "--file", f.file)
	if err != nil {
		return nil, err
	}
	s := &submission{
		cmd: cmd, in: in, file: file, state: f.state, lines: newLineReader(in, file), start: time.Now(), shown: time.Now(),
		poster: poster{client, f.timeout, f.batch}, show: progress(cmd, file),
	}
	s.out = newRows(cmd, func(json.RawMessage) string { return "" })
	if regular, err := isRegular(f.file); err != nil {
		return nil, errors.Join(err, in.Close())
	} else if regular {
		if s.state == "" {
			s.state = f.file + ".progress"
		}
		s.total, err = countLines(f.file)
		if err != nil {
			return nil, errors.Join(err, in.Close())
		}
	}
	if err := s.beginState(f); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return s, nil
}

func isRegular(path string) (bool, error) {
	if path == "-" {
		return false, nil
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular(), err
}

func countLines(path string) (n int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	buf, last := make([]byte, 1<<20), byte('\n')
	for {
		k, err := f.Read(buf)
		if k > 0 {
			n += int64(bytes.Count(buf[:k], []byte{'\n'}))
			last = buf[k-1]
		}
		if err == nil {
			continue
		}
		if last != '\n' {
			n++
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return n, err
	}
}

// beginState takes up what was answered before. The name is kept from the
// beginning, so that the same lines have the same ids when they are sent again.
func (s *submission) beginState(f *submitFlags) error {
	s.Name = f.name
	if s.state != "" && f.resume {
		was, ok, err := readSubmitState(s.state)
		switch {
		case err != nil:
			return err
		case ok && f.name != "" && f.name != was.Name:
			return usagef("state %s is of --name %q: go on with that, or begin again with --resume=false", s.state, was.Name)
		case ok:
			s.submitState, s.begin = was, was.Lines
		}
	}
	if s.total > 0 && s.begin > s.total {
		return usagef("state %s says that %d lines are answered, and %s has %d: begin again with --resume=false", s.state, s.begin, s.file, s.total)
	}
	if s.Name == "" {
		s.Name = rand.Text()
		if s.total > 0 {
			path, err := filepath.Abs(f.file)
			if err != nil {
				return err
			}
			s.Name = path
		}
	}
	return s.keep()
}

func (s *submission) keep() error {
	if s.state == "" {
		return nil
	}
	return s.submitState.write(s.state)
}

// run submits what is not answered yet.
func (s *submission) run() error {
	if s.begin > 0 {
		fmt.Fprintf(s.cmd.ErrOrStderr(), "%s: the first %d lines are answered, %s says\n", s.file, s.begin, s.state)
	}
	read := func() (posted, bool, error) {
		for {
			text, err := s.lines.next()
			if err == nil && len(text) > orderjson.MaxLine {
				err = s.lines.fault(fmt.Errorf("the line has more than %d bytes", orderjson.MaxLine))
			}
			if err != nil {
				return posted{}, false, err
			}
			if s.lines.line > s.begin {
				return posted{text: s.named(text), line: s.lines.line}, s.lines.wait(), nil
			}
		}
	}
	err := batches(s.cmd.Context(), s.poster.most, read, func(batch []posted, _ bool) error {
		if len(batch) == 0 {
			return nil
		}
		err := s.poster.send(s.cmd.Context(), s.file, batch)
		return errors.Join(s.took(batch), err)
	})
	return s.finish(err)
}

// took prints and counts the answers up to the first line that has none, and then
// keeps how far it is.
func (s *submission) took(batch []posted) error {
	n := 0
	for n < len(batch) && batch[n].answer != nil {
		a := &batch[n]
		if s.out.format != formatText {
			if err := s.out.add(a.answer); err != nil {
				return err
			}
		}
		s.answered++
		switch {
		case a.Status == "ACCEPTED":
			s.accepted++
		case a.Status == "REJECTED":
			s.rejected++
		}
		if a.Duplicate {
			s.duplicates++
		}
		n++
	}
	if n == 0 {
		return nil
	}
	if err := s.out.flush(); err != nil {
		return err
	}
	s.Lines = batch[n-1].line
	s.tell()
	return s.keep()
}

// tell shows how far it is.
func (s *submission) tell() {
	if s.total > 0 {
		s.show(s.Lines, s.total)
	} else if time.Since(s.shown) >= progressEvery {
		s.shown = time.Now()
		fmt.Fprintf(s.cmd.ErrOrStderr(), "%s: %d lines, %.0f a second\n", s.file, s.answered, s.rate())
	}
}

func (s *submission) rate() float64 { return float64(s.answered) / time.Since(s.start).Seconds() }

// finish ends the output with a summary: on stdout when that is the output.
func (s *submission) finish(err error) error {
	summary := fmt.Sprintf("%d lines answered in %.1f s, %.0f a second: %d accepted, %d rejected, %d of them known already\n",
		s.answered, time.Since(s.start).Seconds(), s.rate(), s.accepted, s.rejected, s.duplicates)
	if s.out.format == formatText && err == nil {
		s.out.w.WriteString(summary)
	} else {
		fmt.Fprint(s.cmd.ErrOrStderr(), summary)
	}
	return s.out.close(err)
}

// named gives a command that cannot be known again an id. What is no command is
// sent as it is, to be refused.
func (s *submission) named(text []byte) []byte {
	c, err := orderjson.Decode(text, orderjson.Options{})
	if err != nil || hasName(c.Body) {
		return bytes.Clone(text)
	}
	sum := sha256.Sum256([]byte(s.Name))
	return append(fmt.Appendf(nil, `{"cmd":"%x-%d",`, sum[:8], s.lines.line), text[1:]...)
}

// hasName tells whether a command is known again when it is sent twice.
func hasName(body schema.Command) bool {
	switch b := body.(type) {
	case *schema.OrderCancel:
		return b.Cmd.OK
	case *schema.OrderReplace:
		return b.Cmd.OK
	case *schema.MassCancel:
		return b.Cmd.OK
	case *schema.Kill:
		return b.Cmd.OK
	case *schema.Market:
		return b.Cmd.OK
	case *schema.BookLimits:
		return b.Cmd.OK
	}
	return true // by the id of the order
}
