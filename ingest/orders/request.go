package orders

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
)

// Codes of what the gate refuses, besides those of [orderjson.Error].
const (
	CodeBusy      = "busy"       // no room; nothing was sent
	CodeNotReady  = "not_ready"  // no order may be taken now; nothing was sent
	CodeStopping  = "stopping"   // the process is about to end; nothing was sent
	CodeBadMedia  = "bad_media"  // neither JSON nor lines of it
	CodeNotStored = "not_stored" // its append was not begun; nothing was sent
)

// refusal is what a request is refused with before anything is sent.
type refusal struct {
	status int // of HTTP
	orderjson.Error
}

func refuse(status int, code, field, format string, args ...any) *refusal {
	return &refusal{status, orderjson.Error{Code: code, Field: field, Text: fmt.Sprintf(format, args...)}}
}

// order is one command of a request.
type order struct {
	refused *refusal
	command orderjson.Command
	parts   []part // where it went
}

// request is what was read of one request.
type request struct {
	batch    bool
	matched  bool // executions are wanted
	orders   []order
	commands int64 // records that they will be
}

// readRequest reads a request; what is wrong with single lines is kept with them.
func (in *Intake) readRequest(w http.ResponseWriter, r *http.Request) (*request, *refusal) {
	q := new(request)
	var refused *refusal
	if q.matched, refused = readQuery(r.URL.RawQuery); refused != nil {
		return nil, refused
	}
	if q.batch, refused = readMedia(r.Header); refused != nil {
		return nil, refused
	}
	if r.ContentLength > in.c.Limits.Body {
		return nil, refuse(http.StatusRequestEntityTooLarge, orderjson.CodeTooLarge, "", "the body has %d bytes, of at most %d: send less at a time", r.ContentLength, in.c.Limits.Body)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, in.c.Limits.Body))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, refuse(http.StatusRequestEntityTooLarge, orderjson.CodeTooLarge, "", "the body has more than %d bytes: send less at a time", in.c.Limits.Body)
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, orderjson.CodeBadJSON, "", "the body did not come whole: %v", err)
	}
	q.batch = q.batch || manyLines(body)
	if !q.batch {
		in.readOrder(q, body)
		return q, nil
	}
	for line := range bytes.Lines(body) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if int64(len(q.orders)) == in.c.Limits.Lines {
			return nil, refuse(http.StatusRequestEntityTooLarge, orderjson.CodeTooLarge, "", "the batch has more than %d lines: send less at a time", in.c.Limits.Lines)
		}
		in.readOrder(q, line)
	}
	if len(q.orders) == 0 {
		return nil, refuse(http.StatusBadRequest, orderjson.CodeBadJSON, "", "the body is empty: want a command on each line")
	}
	return q, nil
}

// readOrder decodes one command.
func (in *Intake) readOrder(q *request, line []byte) {
	c, err := orderjson.Decode(line, orderjson.Options{})
	o := order{command: c}
	if e := (*orderjson.Error)(nil); errors.As(err, &e) {
		status := http.StatusBadRequest
		if e.Code == orderjson.CodeTooLarge {
			status = http.StatusRequestEntityTooLarge
			in.n.tooLarge.Add(1)
		}
		in.n.refused.Add(1)
		o.refused = &refusal{status, *e}
	} else {
		q.commands += int64(len(in.targets(c.Market)))
	}
	q.orders = append(q.orders, o)
}

// targets are the partitions that a command goes to.
func (in *Intake) targets(market string) []*partition {
	if market == "" {
		return in.parts
	}
	i := PartitionOf(market, int32(len(in.parts)))
	return in.parts[i : i+1]
}

// manyLines tells whether a body has more than one command, a line each. A
// command over several lines does not end on its first: nothing in it has braces.
func manyLines(body []byte) bool {
	first, rest, found := bytes.Cut(bytes.TrimSpace(body), []byte{'\n'})
	first = bytes.TrimSpace(first)
	return found && len(bytes.TrimSpace(rest)) > 0 && bytes.HasPrefix(first, []byte{'{'}) && bytes.HasSuffix(first, []byte{'}'})
}

// readQuery reads ?wait=matched, which is all that there is.
func readQuery(raw string) (matched bool, _ *refusal) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return false, refuse(http.StatusBadRequest, orderjson.CodeBadValue, "", "the query cannot be read: %v", err)
	}
	for name, values := range query {
		if name != "wait" {
			return false, refuse(http.StatusBadRequest, orderjson.CodeUnknownField, clip(name), "the query has %q: want wait=matched, or nothing", clip(name))
		}
		if len(values) != 1 || values[0] != "matched" {
			return false, refuse(http.StatusBadRequest, orderjson.CodeBadValue, "wait", "wait is %q: want matched", clip(values[0]))
		}
		matched = true
	}
	return matched, nil
}

// readMedia tells whether the body is said to be lines. What simple clients send
// when they are not told otherwise is taken as it comes; whoever serves the intake
// must keep pages of other sites from posting.
func readMedia(h http.Header) (lines bool, _ *refusal) {
	if encoding := h.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return false, refuse(http.StatusUnsupportedMediaType, CodeBadMedia, "", "Content-Encoding is %q: want the body as it is", clip(encoding))
	}
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	switch {
	case h.Get("Content-Type") == "":
		return false, nil
	case err != nil:
	case media == "application/json", media == "application/octet-stream", media == "application/x-www-form-urlencoded":
		return false, nil
	case media == "application/x-ndjson", media == "application/jsonl":
		return true, nil
	}
	return false, refuse(http.StatusUnsupportedMediaType, CodeBadMedia, "", "Content-Type is %q: want application/json, or application/x-ndjson for a command on each line", clip(h.Get("Content-Type")))
}

// clip cuts what a client sent, to be told back.
func clip(text string) string {
	const most = 48
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}
