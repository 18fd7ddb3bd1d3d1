package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/deadheat-io/deadheat/journal"
)

// posted is a line that is sent until it has an answer.
type posted struct {
	text   []byte
	line   int64
	answer []byte // nil: none yet
	orderAnswer
}

// Bounds of how a batch is sent again.
const (
	firstPause = 100 * time.Millisecond
	longPause  = 5 * time.Second
	postTime   = 30 * time.Second // for one answer
)

// noAnswerError says that a line got no final answer in time: nobody was there,
// there was no room, or what became of it stayed unknown.
type noAnswerError struct {
	at      string // of the first such line
	timeout time.Duration
	last    error
}

func (e *noAnswerError) Error() string {
	return fmt.Sprintf("%s: no final answer within %s: %v; what was answered is kept, start again to go on", e.at, e.timeout, e.last)
}

func (e *noAnswerError) Unwrap() []error { return []error{e.last, journal.ErrUnreachable} }

// againError says that the same lines are to be sent again.
type againError struct {
	why   error
	pause time.Duration // that the other side asks for
}

func (e *againError) Error() string { return e.why.Error() }
func (e *againError) Unwrap() error { return e.why }

var errTooLarge = errors.New("the body is too large")

// poster posts batches, one at a time.
type poster struct {
	client  *apiClient
	timeout time.Duration // without any answer
	most    int           // lines at a time; less when that is too much
}

// send posts lines until each has a final answer.
func (p *poster) send(ctx context.Context, file string, lines []posted) error {
	pause, deadline := firstPause, time.Now().Add(p.timeout)
	for {
		open := unanswered(lines)
		if len(open) == 0 {
			return nil
		}
		before := len(open)
		open = open[:min(len(open), p.most)]
		err := p.post(ctx, open)
		if errors.Is(err, errTooLarge) && len(open) > 1 {
			p.most = len(open) / 2
			continue
		}
		again, ok := errors.AsType[*againError](err)
		switch {
		case err != nil && !ok:
			return fmt.Errorf("%s:%d: %w", file, open[0].line, err)
		case len(unanswered(lines)) < before: // it goes on
			pause, deadline = firstPause, time.Now().Add(p.timeout)
		}
		if !ok {
			continue
		}
		left := unanswered(lines)
		wait := max(pause/2+rand.N(pause/2+1), again.pause)
		if time.Now().Add(wait).After(deadline) {
			return &noAnswerError{fmt.Sprintf("%s:%d", file, left[0].line), p.timeout, again.why}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		pause = min(2*pause, longPause)
	}
}

func unanswered(lines []posted) (open []*posted) {
	for i := range lines {
		if lines[i].answer == nil {
			open = append(open, &lines[i])
		}
	}
	return open
}

// post posts lines once and keeps the final answers. An againError says that some
// have none.
func (p *poster) post(ctx context.Context, lines []*posted) error {
	var body bytes.Buffer
	for _, l := range lines {
		body.Write(l.text)
		body.WriteByte('\n')
	}
	at := p.client.base + "/v1/orders"
	whole := ctx
	ctx, cancel := context.WithTimeout(ctx, min(postTime, p.timeout))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at, &body)
	if err != nil {
		return usagef("--url: %v", err)
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	answer, err := p.client.http.Do(req)
	if err != nil {
		return again(whole, &unreachableError{err})
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if whole.Err() != nil {
		return whole.Err()
	}
	single := len(lines) == 1 && finalAnswer(text)
	switch status := answer.StatusCode; {
	case status == http.StatusOK || status == http.StatusMultiStatus || single:
		return keepAnswers(at, lines, text, err)
	case status == http.StatusRequestEntityTooLarge:
		return fmt.Errorf("%w: %w", errTooLarge, newStatusError(at, status, text))
	case status >= 500 || status == http.StatusTooManyRequests:
		return &againError{newStatusError(at, status, text), retryAfter(answer.Header)}
	case status == http.StatusBadRequest:
		return &usageError{newStatusError(at, status, text)}
	default:
		return newStatusError(at, status, text)
	}
}

// again is an againError, unless the command was stopped.
func again(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &againError{why: err}
}

// retryAfter is what the other side asks to wait.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, time.Minute)
}

// Codes of lines that were refused for want of room, before anything of them was
// sent: they may do better later.
var roomCodes = map[string]bool{"busy": true, "not_ready": true, "stopping": true, "not_stored": true}

// final tells whether an answer holds for ever. A rejection without a position
// came from the line's bytes, or from want of room.
func (a *orderAnswer) final() bool {
	journalled := a.Position != nil || len(a.Positions) > 0
	return a.Status != "" && a.Status != "UNKNOWN" && (journalled || !roomCodes[a.Code])
}

// finalAnswer tells whether a body is one final answer.
func finalAnswer(text []byte) bool {
	var a orderAnswer
	return json.Unmarshal(text, &a) == nil && a.final()
}

// keepAnswers gives lines their answers. When the body was cut, the last line of
// it may be a part only, and the rest is missing.
func keepAnswers(at string, lines []*posted, text []byte, cut error) error {
	answers := answerLines(text, cut != nil)
	if len(answers) > len(lines) {
		return fmt.Errorf("%s answered more lines than it was sent: it is no such server", at)
	}
	var unknown error
	for i, line := range answers {
		l := lines[i]
		l.orderAnswer = orderAnswer{}
		if err := json.Unmarshal(line, &l.orderAnswer); err != nil || l.Status == "" {
			return fmt.Errorf("%s: the answer is not understood: %.200s", at, line)
		}
		if l.final() {
			l.answer = bytes.Clone(line)
		} else if unknown == nil {
			unknown = fmt.Errorf("%s answered %s: %s", at, l.Status, l.Error)
		}
	}
	switch {
	case len(answers) < len(lines) && cut != nil:
		return &againError{why: &unreachableError{cut}}
	case len(answers) < len(lines):
		return &againError{why: fmt.Errorf("%s answered %d lines of %d", at, len(answers), len(lines))}
	case unknown != nil:
		return &againError{why: unknown}
	}
	return nil
}

// answerLines are the lines of a body; of one that was cut, the whole ones.
func answerLines(text []byte, cut bool) (list [][]byte) {
	for line := range bytes.Lines(text) {
		if cut && !bytes.HasSuffix(line, []byte{'\n'}) {
			break
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			list = append(list, line)
		}
	}
	return list
}
