package orders

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
	"github.com/go-json-experiment/json/jsontext"
)

// What a command is answered with. PARTIAL is for one that went to several
// partitions, of which some took it and some refused it.
const (
	Accepted = "ACCEPTED"
	Rejected = "REJECTED"
	Unknown  = "UNKNOWN"
	Partial  = "PARTIAL"
)

// reply is what is told of one command.
type reply struct {
	status    int // of HTTP
	body      []byte
	duplicate bool
}

// writeSingle answers a request with one command.
func (in *Intake) writeSingle(ctx context.Context, w http.ResponseWriter, q *request, v verdicts) {
	r := in.reply(ctx, q, &q.orders[0], v)
	if r.duplicate {
		w.Header().Set(DuplicateHeader, "true")
	}
	if r.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	writeJSON(w, r.status, r.body)
}

// writeBatch answers a batch, a line for each of its lines.
func (in *Intake) writeBatch(ctx context.Context, w http.ResponseWriter, q *request, v verdicts) {
	var out []byte
	for i := range q.orders {
		r := in.reply(ctx, q, &q.orders[i], v)
		out = append(out, r.body...)
		if r.duplicate {
			out = append(out[:len(out)-1], `,"duplicate":true}`...)
		}
		out = append(out, '\n')
	}
	write(w, "application/x-ndjson", http.StatusOK, out)
}

// reply finds what is to be told of one command, and counts it.
func (in *Intake) reply(ctx context.Context, q *request, o *order, v verdicts) reply {
	if o.refused != nil {
		return reply{status: o.refused.status, body: appendRefusal(nil, o.refused)}
	}
	ends := make([]ending, len(o.parts))
	for i, at := range o.parts {
		ends[i] = endingOf(at, v)
		in.count(&ends[i])
	}
	r := reply{status: httpStatus(ends), duplicate: true}
	for i := range ends {
		r.duplicate = r.duplicate && ends[i].status != Unknown && ends[i].answer.Repeated()
	}
	if len(ends) > 1 {
		r.body = appendMany(nil, o, ends)
	} else {
		r.body = appendEnding(nil, o, &ends[0])
	}
	if q.matched {
		r.body = in.appendMatched(ctx, r.body, ends)
	}
	return r
}

// ending is what became of a command in one partition.
type ending struct {
	p      *partition
	status string
	answer *Answer // nil when not known
	unsent bool
	text   string // why not known
}

const again = "; send the same command again to find out"

// endingOf tells what a send's outcome means for one of its records.
func endingOf(at part, v verdicts) ending {
	e := ending{p: at.p, status: Unknown}
	switch {
	case !v[at.s]:
		e.text = "the answer did not come in time: the command may be in the journal, or come into it" + again
	case at.s.outcome == unsent:
		e.unsent = true
		e.text = fmt.Sprintf("it was not sent: %v", at.s.err)
	case at.s.outcome == unknown:
		e.text = fmt.Sprintf("the command may be in the journal: %v", at.s.err) + again
	case !at.s.answers[at.i].Known:
		e.text = "the command is in the journal, and what came of it is not known: another process may have taken this node's lane" + again
	default:
		e.answer = &at.s.answers[at.i]
		e.status = Accepted
		if e.answer.Code != 0 {
			e.status = Rejected
		}
	}
	return e
}

func (in *Intake) count(e *ending) {
	switch {
	case e.status == Accepted:
		in.n.accepted.Add(1)
	case e.status == Rejected:
		in.n.rejected.Add(1)
	case e.unsent:
		in.n.unsent.Add(1)
	default:
		in.n.unknown.Add(1)
	}
	if e.answer != nil && e.answer.Repeated() {
		in.n.duplicates.Add(1)
	}
}

// summary is one word for several partitions.
func summary(ends []ending) string {
	status := ends[0].status
	for i := range ends {
		if ends[i].status == Unknown {
			return Unknown
		}
		if ends[i].status != status {
			status = Partial
		}
	}
	return status
}

// httpStatus is the status of a single answer.
func httpStatus(ends []ending) int {
	unsent := true
	for i := range ends {
		unsent = unsent && ends[i].unsent
	}
	switch summary(ends) {
	case Accepted:
		return http.StatusOK
	case Partial:
		return http.StatusMultiStatus
	case Rejected:
		if ends[0].answer.Code == schema.RejectIDReused {
			return http.StatusConflict
		}
		return http.StatusUnprocessableEntity
	}
	if unsent {
		return http.StatusServiceUnavailable
	}
	return http.StatusGatewayTimeout
}

// appendEnding tells what became of a command in its only partition.
func appendEnding(dst []byte, o *order, e *ending) []byte {
	switch {
	case e.unsent:
		return appendRefusal(dst, refuse(http.StatusServiceUnavailable, CodeNotStored, "", "%s", e.text))
	case e.status == Unknown:
		return appendUnknown(dst, e.text)
	}
	dst = appendAnswer(append(dst, '{'), e.p, e.answer)
	if many(o.command.Body) {
		dst = strconv.AppendInt(append(dst, `,"orders":`...), e.answer.Orders, 10)
	}
	return append(dst, '}')
}

// appendMany tells what became of a command in every partition.
func appendMany(dst []byte, o *order, ends []ending) []byte {
	dst = append(dst, `{"status":"`...)
	dst = append(append(dst, summary(ends)...), `","positions":[`...)
	orders := int64(0)
	for i := range ends {
		if i > 0 {
			dst = append(dst, ',')
		}
		e := &ends[i]
		if e.status == Unknown {
			dst = append(dst, `{"topic":`...)
			dst = quote(dst, e.p.at.Topic)
			dst = strconv.AppendInt(append(dst, `,"partition":`...), int64(e.p.at.Index), 10)
			dst = quote(append(dst, `,"status":"UNKNOWN","error":`...), e.text)
		} else {
			dst = appendPosition(append(dst, '{'), e.p, e.answer)
			dst = append(append(append(dst, `,"status":"`...), e.status...), '"')
			dst = appendCode(appendTime(dst, e.answer), e.answer)
			orders += e.answer.Orders
		}
		dst = append(dst, '}')
	}
	dst = append(dst, ']')
	if many(o.command.Body) && summary(ends) != Unknown {
		dst = strconv.AppendInt(append(dst, `,"orders":`...), orders, 10)
	}
	return append(dst, '}')
}

// many tells whether a command may end many orders.
func many(body schema.Command) bool {
	switch b := body.(type) {
	case *schema.MassCancel:
		return true
	case *schema.Kill:
		return !b.Release
	case *schema.Market:
		return b.Action == schema.MarketClose || b.Action == schema.MarketEndDay
	}
	return false
}

// appendAnswer tells what a record that decided did. It must hold nothing but what
// the fold remembers of that record: the same command again gets the same bytes.
func appendAnswer(dst []byte, p *partition, a *Answer) []byte {
	status := Accepted
	if a.Code != 0 {
		status = Rejected
	}
	dst = append(append(append(dst, `"status":"`...), status...), `","position":{`...)
	dst = append(appendPosition(dst, p, a), '}')
	dst = appendCode(appendTime(dst, a), a)
	if a.Order.Number != 0 {
		dst = appendState(append(dst, `,"order":`...), &a.Order)
	}
	return dst
}

// appendPosition appends the members of the position that decided.
func appendPosition(dst []byte, p *partition, a *Answer) []byte {
	dst = quote(append(dst, `"topic":`...), p.at.Topic)
	dst = strconv.AppendInt(append(dst, `,"partition":`...), int64(p.at.Index), 10)
	return strconv.AppendInt(append(dst, `,"offset":`...), a.Original, 10)
}

func appendTime(dst []byte, a *Answer) []byte {
	return append(time.Unix(0, a.Time).UTC().AppendFormat(append(dst, `,"time":"`...), time.RFC3339Nano), '"')
}

func appendCode(dst []byte, a *Answer) []byte {
	if a.Code == 0 {
		return dst
	}
	return quote(append(dst, `,"code":`...), a.Code.String())
}

func appendState(dst []byte, o *schema.OrderState) []byte {
	dst = quote(append(dst, `{"account":`...), o.Account)
	dst = quote(append(dst, `,"id":`...), o.ID)
	dst = quote(append(dst, `,"side":`...), o.Side.String())
	dst = strconv.AppendInt(append(dst, `,"leaves":`...), o.Remaining, 10)
	dst = strconv.AppendInt(append(dst, `,"filled":`...), o.Filled, 10)
	return append(dst, '}')
}

// appendFound is the answer that an order was given, and how it stands.
func appendFound(dst []byte, p *partition, a *Answer) []byte {
	dst = appendAnswer(append(dst, '{'), p, a)
	if a.Open.OK {
		dst = appendState(append(dst, `,"open":`...), &a.Open.V)
	}
	return append(dst, '}')
}

func appendUnknown(dst []byte, text string) []byte {
	return append(quote(append(dst, `{"status":"UNKNOWN","error":`...), text), '}')
}

func appendRefusal(dst []byte, r *refusal) []byte {
	dst = quote(append(dst, `{"status":"REJECTED","code":`...), r.Code)
	if r.Field != "" {
		dst = quote(append(dst, `,"field":`...), r.Field)
	}
	return append(quote(append(dst, `,"error":`...), r.Text), '}')
}

// appendMatched adds what the records that decided did.
func (in *Intake) appendMatched(ctx context.Context, body []byte, ends []ending) []byte {
	ctx, cancel := context.WithTimeout(ctx, in.c.Wait)
	defer cancel()
	list := []byte(`,"executions":[`)
	for i := range ends {
		e := &ends[i]
		if e.answer == nil {
			return body
		}
		did, err := e.p.answers.Executions(ctx, e.answer.Original, e.answer.Did)
		if err != nil {
			list = fmt.Appendf(nil, "what %s did cannot be told any more: %v", e.p.at.At(e.answer.Original), err)
			return append(quote(append(body[:len(body)-1], `,"executions":null,"error":`...), string(list)), '}')
		}
		for k := range did {
			if list[len(list)-1] != '[' {
				list = append(list, ',')
			}
			list = orderjson.AppendExecution(list, orderjson.Place{
				Topic: e.p.at.Topic, Partition: e.p.at.Index, Offset: e.answer.Original, N: did[k].N, Time: e.answer.Time, Market: did[k].Market,
			}, &did[k].Execution)
		}
	}
	return append(append(body[:len(body)-1], list...), ']', '}')
}

// quote appends a text; what is not UTF-8 comes out as U+FFFD.
func quote(dst []byte, text string) []byte {
	dst, _ = jsontext.AppendQuote(dst, text)
	return dst
}
