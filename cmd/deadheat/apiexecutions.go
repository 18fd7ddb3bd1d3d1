package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
)

const (
	// maxStreams is how many clients may follow executions at a time.
	maxStreams = 256
	// streamBeat is how often a stream without news shows that it lives.
	streamBeat = 10 * time.Second
	// streamWrite is how long a client may take what is sent to it. One that is
	// slower is cut off; it comes back with the last id that it has.
	streamWrite = 10 * time.Second
)

// cursor is a place in the executions of a partition: an output record by its
// number, and one execution in it.
type cursor struct{ number, item int64 }

// parseCursor reads "NUMBER" or "NUMBER.ITEM".
func parseCursor(text string) (c cursor, err error) {
	number, item, found := strings.Cut(text, ".")
	if c.number, err = strconv.ParseInt(number, 10, 64); err == nil && found {
		c.item, err = strconv.ParseInt(item, 10, 64)
	}
	if err != nil || c.number < 0 || c.item < 0 {
		return cursor{}, fmt.Errorf("%q: want NUMBER or NUMBER.ITEM, such as 17.0", text)
	}
	return c, nil
}

// executions streams what happens in the markets of a partition, as server-sent
// events. The id of each is its number; a client that comes back with the last
// one (Last-Event-ID, or ?from= for the first one wanted) misses nothing and gets
// nothing twice.
func (e *engine) executions(w http.ResponseWriter, r *http.Request) {
	u, from, err := e.streamOf(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "%v", err)
		return
	}
	if e.streams.Add(1) > maxStreams {
		e.streams.Add(-1)
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusServiceUnavailable, "%d clients follow executions already", maxStreams)
		return
	}
	defer e.streams.Add(-1)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	context.AfterFunc(e.stopping, cancel)
	start, end, err := e.journal.Bounds(ctx, u.desk.outputs)
	switch at := from.number; {
	case err != nil:
		refuse(w, http.StatusServiceUnavailable, "%v", err)
		return
	case at < 0:
		from.number = end
	case at < start || at > end:
		refuse(w, http.StatusBadRequest, "execution %d is not there: %s holds %d to %d", at, u.desk.outputs, start, end)
		return
	}
	reader, err := e.journal.Read(ctx, u.desk.outputs, from.number)
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, "%v", err)
		return
	}
	defer reader.Close()
	s := &stream{w: w, control: http.NewResponseController(w), unit: u, next: from, live: r.URL.Query().Get("from") == "" && r.Header.Get("Last-Event-ID") == ""}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	s.follow(ctx, reader)
}

// streamOf finds what a client wants to follow, and from where: number -1 is
// from now on.
func (e *engine) streamOf(r *http.Request) (*unit, cursor, error) {
	var units []*unit
	want := r.URL.Query().Get("partition")
	for _, u := range e.units {
		if u.desk != nil && (want == "" || want == strconv.Itoa(int(u.part.Partition.Index))) {
			units = append(units, u)
		}
	}
	switch {
	case len(units) == 0:
		return nil, cursor{}, fmt.Errorf("there is no partition %q of orders", want)
	case len(units) > 1:
		return nil, cursor{}, fmt.Errorf("there are %d partitions: say which with ?partition=", len(units))
	}
	if text := r.Header.Get("Last-Event-ID"); text != "" {
		c, err := parseCursor(text)
		c.item++ // that one was received
		return units[0], c, err
	}
	if text := r.URL.Query().Get("from"); text != "" {
		c, err := parseCursor(text)
		return units[0], c, err
	}
	return units[0], cursor{number: -1}, nil
}

// stream is one client that follows executions.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	unit    *unit
	next    cursor
	live    bool // the first number that comes is the first one wanted
	buf     []byte
}

// follow sends what comes until the client goes or the process ends.
func (s *stream) follow(ctx context.Context, reader journal.Reader) {
	for {
		limited, cancel := context.WithTimeout(ctx, streamBeat)
		records, err := reader.Next(limited)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, context.DeadlineExceeded):
			if s.send([]byte(": nothing new\n\n")) != nil {
				return
			}
			continue
		}
		for i := range records {
			if err == nil {
				err = s.add(&records[i])
			}
		}
		if err != nil {
			_ = s.send(append(s.buf, "event: error\ndata: "+strings.ReplaceAll(err.Error(), "\n", " ")+"\n\n"...))
			return
		}
		if s.send(s.buf) != nil {
			return
		}
		s.buf = s.buf[:0]
	}
}

// add takes one output record: the next by number, and none that came before.
func (s *stream) add(r *journal.Record) error {
	x, err := decodeExecuted(r)
	switch {
	case err != nil:
		return err
	case s.live:
		s.next, s.live = cursor{number: x.number}, false
	case x.number < s.next.number:
		return nil // a second copy
	case x.number > s.next.number:
		return &journal.CorruptError{Position: s.unit.desk.outputs.At(r.Offset), Reason: fmt.Sprintf("execution %d where %d comes next", x.number, s.next.number)}
	}
	p := s.unit.part.Partition
	place := orderjson.Place{Topic: p.Topic, Partition: p.Index, Offset: x.Cause, Time: x.time, Market: x.market}
	for i := s.next.item; i < int64(len(x.Items)); i++ {
		place.N = x.First + i
		s.buf = fmt.Appendf(s.buf, "id: %d.%d\ndata: ", x.number, i)
		s.buf = append(orderjson.AppendExecution(s.buf, place, &x.Items[i]), '\n', '\n')
	}
	s.next = cursor{number: x.number + 1}
	return nil
}

func (s *stream) send(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	_ = s.control.SetWriteDeadline(time.Now().Add(streamWrite)) // also past that of the server
	if _, err := s.w.Write(b); err != nil {
		return err
	}
	return s.control.Flush()
}
