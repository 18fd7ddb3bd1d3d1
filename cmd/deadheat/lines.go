package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
)

// lineError says which line of a file of commands cannot be read, and why.
type lineError struct {
	file string
	line int64 // from 1
	err  error
}

func (e *lineError) Error() string {
	at := fmt.Sprintf("%s:%d: ", e.file, e.line)
	if why, ok := errors.AsType[*orderjson.Error](e.err); ok {
		if at += why.Code; why.Field != "" {
			at += " (" + why.Field + ")"
		}
		at += ": "
	}
	return at + e.err.Error()
}

func (e *lineError) Unwrap() error { return e.err }

// openLines opens a file of commands, or stdin for "-", and gives the name that
// errors have.
func openLines(cmd *cobra.Command, flag, path string) (io.ReadCloser, string, error) {
	if path == "-" {
		return io.NopCloser(cmd.InOrStdin()), "stdin", nil
	}
	if path == "" {
		return nil, "", usagef("no commands named: give %s FILE, or %s - for stdin", flag, flag)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, "", usagef("%s: %v", flag, err)
	}
	return f, path, nil
}

// lineReader reads commands line by line. Blank lines are skipped, and counted.
type lineReader struct {
	file string
	r    *bufio.Reader
	line int64 // that was read last, from 1
}

func newLineReader(r io.Reader, file string) *lineReader {
	return &lineReader{file: file, r: bufio.NewReaderSize(r, 2*orderjson.MaxLine)}
}

// next reads a line that is not blank; it is valid until the next call. The error
// is io.EOF at the end.
func (l *lineReader) next() ([]byte, error) {
	for {
		text, err := l.r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			err = nil // the decoder says that it is too long, and nothing is read after it
		}
		if len(text) > 0 {
			l.line++
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			return text, nil
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				err = fmt.Errorf("%s:%d: %w", l.file, l.line+1, err)
			}
			return nil, err
		}
	}
}

// wait tells whether the next line may have to be waited for.
func (l *lineReader) wait() bool { return l.r.Buffered() == 0 }

// fault is a lineError about the line that was read last.
func (l *lineReader) fault(err error) error { return &lineError{l.file, l.line, err} }

// batches reads commands aside, so that an interrupt is heard while nothing comes,
// and gives them to f in batches: full ones, or what there is when more would
// have to be waited for. f is told whether more is there already.
func batches[T any](ctx context.Context, size int, read func() (T, bool, error), f func(batch []T, more bool) error) error {
	type part struct {
		items []T
		err   error
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	parts := make(chan part, 2)
	go func() {
		defer close(parts)
		var p part
		for p.err == nil {
			item, wait, err := read()
			if p.err = err; err == nil {
				p.items = append(p.items, item)
			}
			if p.err == nil && !wait && len(p.items) < size {
				continue
			}
			select {
			case parts <- p:
			case <-ctx.Done():
				return
			}
			p.items = make([]T, 0, size)
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case p := <-parts:
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := f(p.items, len(parts) > 0); err != nil {
				return err
			}
			if errors.Is(p.err, io.EOF) {
				return nil
			}
			if p.err != nil {
				return p.err
			}
		}
	}
}
