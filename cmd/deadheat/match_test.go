package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

const matchOpening = `{"op":"market","market":"m","action":"create","kind":"shares"}` + "\n" +
	`{"op":"new","market":"m","account":"a","id":"1","side":"buy","type":"limit","qty":1,"price":"1"}` + "\n"

// onWrite calls f after every write.
type onWrite struct {
	bytes.Buffer
	f func()
}

func (w *onWrite) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	w.f()
	return n, err
}

// TestMatchInterrupted shows what came although more is to come, and ends at a
// signal although nothing comes.
func TestMatchInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	in, feed := io.Pipe()
	defer feed.Close()
	go io.WriteString(feed, matchOpening)
	var errs bytes.Buffer
	out := &onWrite{}
	out.f = func() {
		if strings.Contains(out.String(), `"exec":"accepted"`) {
			cancel(errInterrupted)
		}
	}
	if code := execute(ctx, []string{"match", "--input", "-", "-o", "jsonl"}, in, out, &errs); code != exitInterrupted {
		t.Errorf("exit code %d, %q, %q", code, out.String(), errs.String())
	}
	if strings.Contains(out.String(), "book_hash") {
		t.Errorf("a summary of half the work: %s", out.String())
	}
}

// closedPipe takes nothing.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestMatchClosedPipe(t *testing.T) {
	var errs bytes.Buffer
	if code := execute(t.Context(), []string{"match", "-i", "-"}, strings.NewReader(matchOpening), closedPipe{}, &errs); code != exitFailure {
		t.Errorf("exit code %d, %q", code, errs.String())
	}
	if !strings.Contains(errs.String(), "print: broken pipe") {
		t.Error(errs.String())
	}
}

// brokenReader fails behind its text.
type brokenReader struct{ r io.Reader }

func (b *brokenReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if errors.Is(err, io.EOF) {
		err = errors.New("disk on fire")
	}
	return n, err
}

func TestMatchBrokenInput(t *testing.T) {
	for what, c := range map[string]struct {
		in   io.Reader
		code int
		want string
	}{
		"broken": {&brokenReader{strings.NewReader(matchOpening)}, exitFailure, "deadheat: stdin:3: disk on fire\n"},
		"long":   {strings.NewReader(matchOpening + strings.Repeat(" ", 10) + strings.Repeat("x", 1<<20)), exitUsage, "deadheat: stdin:3: too_large: "},
		"no end": {strings.NewReader(strings.TrimSuffix(matchOpening, "\n")), exitOK, ""},
	} {
		var out, errs bytes.Buffer
		code := execute(t.Context(), []string{"match", "-i", "-", "-o", "jsonl"}, c.in, &out, &errs)
		if code != c.code || !strings.HasPrefix(errs.String(), c.want) || c.want == "" && errs.Len() > 0 {
			t.Errorf("%s: exit code %d, %q, want %d, %q", what, code, errs.String(), c.code, c.want)
		}
		if !strings.Contains(out.String(), `"exec":"accepted"`) {
			t.Errorf("%s: what was read before is not matched: %s", what, out.String())
		}
	}
}

// TestMatchChunks matches more than is run again at once, and does it in parts.
func TestMatchChunks(t *testing.T) {
	var in strings.Builder
	in.WriteString(`{"op":"market","market":"m","action":"create","kind":"shares"}` + "\n")
	for i := range matchChunk + 5000 {
		side := []string{"buy", "sell"}[i%2]
		fmt.Fprintf(&in, `{"op":"new","market":"m","account":"a%d","id":"%d","side":"%s","type":"limit","qty":%d,"price":"%d"}`+"\n", i%7, i, side, 1+i%5, 100+i%3)
	}
	var hashes []string
	for range 2 {
		code, out, errs := runLine(t.Context(), in.String(), "match", "-i", "-", "-o", "jsonl")
		if code != exitOK || errs != "" {
			t.Fatalf("exit code %d, %q", code, errs)
		}
		last := out[strings.LastIndex(strings.TrimSpace(out), "\n")+1:]
		if !strings.HasPrefix(last, fmt.Sprintf(`{"commands":%d,"trades":`, matchChunk+5001)) {
			t.Fatal(last)
		}
		last, _, _ = strings.Cut(last, `,"seconds"`)
		hashes = append(hashes, last)
	}
	if hashes[0] != hashes[1] {
		t.Errorf("%s, and then %s", hashes[0], hashes[1])
	}
}

// TestMatchDiffers gives the second engine something else: it must be noticed.
func TestMatchDiffers(t *testing.T) {
	cmd := newMatch(nil)
	cmd.SetContext(t.Context())
	cmd.SetOut(io.Discard)
	m := newMatchRun(cmd)
	if err := m.fold(newLineReader(strings.NewReader(matchOpening), "test")); err != nil {
		t.Fatal(err)
	}
	m.tape.Steps[len(m.tape.Steps)-1].Order.Qty++
	if err := m.finish(false); err == nil || !strings.HasPrefix(err.Error(), "internal error: after 2 commands a second engine has hash ") {
		t.Error(err)
	}
}
