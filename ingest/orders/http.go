package orders

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/crash"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
)

// DuplicateHeader is set where the answer is that of an earlier command.
const DuplicateHeader = "Deadheat-Duplicate"

// retryAfter is what clients are told to wait, in seconds, when there is no room.
const retryAfter = 1

// Register adds the intake's paths to a server. Time-outs of connections are the
// server's own.
func (in *Intake) Register(mux *http.ServeMux) {
	mux.HandleFunc("POST /v1/orders", in.counted(in.post))
	mux.HandleFunc("GET /v1/orders/{market}/{account}/{id}", in.counted(in.get))
}

// counted bounds how many requests are under way.
func (in *Intake) counted(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		in.n.requests.Add(1)
		if !take(&in.n.open, 1, in.c.Limits.Requests) {
			in.n.full.Add(1)
			writeRefusal(w, refuse(http.StatusServiceUnavailable, CodeBusy, "", "too many requests are under way; nothing was sent, try again"))
			return
		}
		defer in.n.open.Add(-1)
		serve(w, r)
	}
}

// post takes one command, or a batch.
func (in *Intake) post(w http.ResponseWriter, r *http.Request) {
	size := r.ContentLength
	if size < 0 {
		size = in.c.Limits.Body // it does not say; the body may not be larger
	}
	size = min(size, in.c.Limits.Body)
	if !take(&in.n.bodies, size, in.c.Limits.Bodies) {
		in.n.full.Add(1)
		writeRefusal(w, refuse(http.StatusServiceUnavailable, CodeBusy, "", "the requests under way are too large together; nothing was sent, try again"))
		return
	}
	defer in.n.bodies.Add(-size)
	q, refused := in.readRequest(w, r)
	if refused != nil {
		if refused.Code == orderjson.CodeTooLarge {
			in.n.tooLarge.Add(1)
		}
		in.n.refused.Add(1)
		writeRefusal(w, refused)
		return
	}
	if err := r.Context().Err(); err != nil { // nobody waits, and nothing is sent
		in.n.left.Add(1)
		return
	}
	sends, refused := in.submit(q)
	if refused != nil {
		writeRefusal(w, refused)
		return
	}
	v := in.wait(r.Context(), sends)
	if r.Context().Err() != nil {
		in.n.left.Add(1) // what was sent stays sent
		return
	}
	if q.batch {
		in.writeBatch(r.Context(), w, q, v)
	} else {
		in.writeSingle(r.Context(), w, q, v)
	}
}

// part is where one record of a command went: number i of a send.
type part struct {
	p *partition
	s *send
	i int
}

// submit sends everything of a request that can be sent, or nothing.
func (in *Intake) submit(q *request) ([]*send, *refusal) {
	if q.commands == 0 {
		return nil, nil
	}
	if q.commands > in.c.Limits.Flying {
		return nil, refuse(http.StatusRequestEntityTooLarge, orderjson.CodeTooLarge, "", "the batch has %d commands, of at most %d: send less at a time", q.commands, in.c.Limits.Flying)
	}
	used := make([]*send, len(in.parts))
	for i := range q.orders {
		in.assign(&q.orders[i], used)
	}
	if refused := in.room(q.commands, used); refused != nil {
		return nil, refused
	}
	var sends []*send
	for i, s := range used {
		if s != nil {
			sends = append(sends, s)
			in.parts[i].queued.put(s)
		}
	}
	return sends, nil
}

// assign puts a command into the sends of its partitions.
func (in *Intake) assign(o *order, used []*send) {
	if o.refused != nil {
		return
	}
	crash.At(crash.BeforeEncode)
	entry := journal.Entry{Kind: o.command.Body.RecordKind(), Key: []byte(o.command.Market), Body: codec.Body(o.command.Body)}
	if len(entry.Key) == 0 {
		entry.Key = nil
	}
	for _, p := range in.targets(o.command.Market) {
		s := used[p.at.Index]
		if s == nil {
			s = &send{done: make(chan struct{})}
			used[p.at.Index] = s
		}
		o.parts = append(o.parts, part{p, s, len(s.entries)})
		s.entries = append(s.entries, entry)
		s.bytes += int64(len(entry.Key) + len(entry.Body))
	}
}

// room takes the room that a request needs, if orders may be taken.
func (in *Intake) room(commands int64, used []*send) *refusal {
	var parts []*partition
	var bytes int64
	for i, s := range used {
		if s != nil {
			bytes += s.bytes
			parts = append(parts, in.parts[i])
		}
	}
	if err := in.ready(parts); err != nil {
		in.n.notReady.Add(1)
		return refuse(http.StatusServiceUnavailable, CodeNotReady, "", "orders cannot be taken now, and nothing was sent: %v", err)
	}
	if bytes > in.c.Limits.FlyingBytes {
		return refuse(http.StatusRequestEntityTooLarge, orderjson.CodeTooLarge, "", "the commands take %d bytes, of at most %d: send less at a time", bytes, in.c.Limits.FlyingBytes)
	}
	switch err := in.admit(commands, bytes); {
	case errors.Is(err, errStopping):
		in.n.notReady.Add(1)
		return refuse(http.StatusServiceUnavailable, CodeStopping, "", "%v, and nothing was sent", err)
	case err != nil:
		in.n.full.Add(1)
		return refuse(http.StatusServiceUnavailable, CodeBusy, "", "%v, and nothing was sent; try again", err)
	}
	return nil
}

// verdicts are the sends that have ended in time. Others must not be looked at.
type verdicts map[*send]bool

// wait waits for the sends until they have ended, the time is over, the client has
// gone or the intake has ended.
func (in *Intake) wait(ctx context.Context, sends []*send) verdicts {
	v := make(verdicts, len(sends))
	timer := time.NewTimer(in.c.Wait)
	defer timer.Stop()
	for _, s := range sends {
		select {
		case <-s.done:
			v[s] = true
			continue
		default:
		}
		select {
		case <-s.done:
			v[s] = true
		case <-timer.C:
			timer.Reset(0) // for those that come behind
		case <-ctx.Done():
			return v
		case <-in.stopped:
			select {
			case <-s.done: // both may be so
				v[s] = true
			default:
			}
		}
	}
	return v
}

// get tells what is known of an order.
func (in *Intake) get(w http.ResponseWriter, r *http.Request) {
	market, account, id := r.PathValue("market"), r.PathValue("account"), r.PathValue("id")
	for what, name := range map[string]string{"market": market, "account": account, "id": id} {
		if err := schema.CheckID(what, name); err != nil {
			in.n.refused.Add(1)
			writeRefusal(w, refuse(http.StatusBadRequest, orderjson.CodeBadValue, what, "%v", err))
			return
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), in.c.Wait)
	defer cancel()
	p := in.targets(market)[0]
	a, found, err := p.answers.Find(ctx, market, account, id)
	switch {
	case err != nil:
		in.n.notReady.Add(1)
		writeRefusal(w, refuse(http.StatusServiceUnavailable, CodeNotReady, "", "the fold of %s does not answer: %v", p.at, err))
	case !found:
		writeJSON(w, http.StatusNotFound, appendUnknown(nil, "no such order is known here: it was never journalled, or it has ended and so many came after it that its id is forgotten (the window of BOOK_LIMITS)"))
	default:
		writeJSON(w, http.StatusOK, appendFound(nil, p, &a))
	}
}

// writeJSON writes an answer with its line end.
func writeJSON(w http.ResponseWriter, status int, body []byte) {
	write(w, "application/json", status, append(body, '\n'))
}

func write(w http.ResponseWriter, media string, status int, body []byte) {
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone asks again
}

func writeRefusal(w http.ResponseWriter, r *refusal) {
	if r.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	writeJSON(w, r.status, appendRefusal(nil, r))
}
