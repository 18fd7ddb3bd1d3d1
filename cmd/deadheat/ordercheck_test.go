package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/deadheat-io/deadheat/ingest/orders"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/book"
)

// The checker of orders reads the whole journal back and holds it against what
// clients were answered while processes died. What a fresh fold answers is the
// model; that commands count once, that quantities add up and that time is
// respected is written down once more, naively.

// ledger is what a place holds of one partition of orders, and its fresh fold.
type ledger struct {
	*history
	*refold
	book    *book.Book
	answers map[int64]book.Answer // by the offset of the command
	bodies  map[int64]schema.Body // of what took effect, but for claims
	did     map[int64][]execution // by the offset of the cause
	twice   int
}

// execution is one of the output topic's.
type execution struct {
	market string
	n      int64
	time   int64
	schema.Execution
}

// foldOrders folds everything anew. It holds the outputs against law 8, what took
// effect against the law of lanes, and samples against their places.
func foldOrders(h *history, told, toldOutputs []sample) (l *ledger, err error) {
	l = &ledger{
		history: h, book: book.New(), answers: map[int64]book.Answer{}, bodies: map[int64]schema.Body{}, did: map[int64][]execution{},
	}
	l.book.Notify(func(a *book.Answer) { l.answers[a.Offset] = *a })
	if l.refold, err = h.fold(l.book, told); err != nil {
		return nil, err
	}
	if err := checkChains(h.outputs, toldOutputs); err != nil {
		return nil, fmt.Errorf("executions: %w", err)
	}
	if err := checkApplied(h.feed, l.applied); err != nil {
		return nil, err
	}
	if l.twice, err = checkOutputs(h.outputs, l.refold.outputs); err != nil {
		return nil, err
	}
	for _, at := range l.applied {
		if l.bodies[at], err = codec.DecodeBody(h.feed[at].Kind, h.feed[at].Body); err != nil {
			return nil, err
		}
	}
	l.did, err = l.readOutputs(l.refold.outputs)
	return l, err
}

// readOutputs sorts executions by their cause.
func (l *ledger) readOutputs(outputs []projection.Output) (map[int64][]execution, error) {
	did := map[int64][]execution{}
	for i := range outputs {
		var r journal.Record
		if err := codec.DecodeRecord(outputs[i].Value, &r); err != nil {
			return nil, err
		}
		body, err := codec.DecodeBody(r.Kind, r.Body)
		if err != nil {
			return nil, err
		}
		x := body.(*schema.Executions)
		for k := range x.Items {
			did[x.Cause] = append(did[x.Cause], execution{string(outputs[i].Key), x.First + int64(k), r.Time, x.Items[k]})
		}
	}
	return did, nil
}

// check runs everything that concerns clients. requests are how many of each
// content may have journalled it; nil if that is not known.
func (l *ledger) check(list []heard, requests map[string]int) error {
	if err := l.checkOnce(); err != nil {
		return err
	}
	if err := checkSums(l.did); err != nil {
		return err
	}
	if err := l.checkRequests(requests); err != nil {
		return err
	}
	told := make([]toldAnswer, len(list))
	for i := range list {
		var err error
		if told[i], err = l.checkAnswer(&list[i]); err != nil {
			return fmt.Errorf("%s was answered %s: %w", list[i].line, list[i].text, err)
		}
	}
	if err := checkFirsts(told); err != nil {
		return err
	}
	return checkWitness(told)
}

// nameOf is what a command is known by, "" if by nothing.
func nameOf(market string, body schema.Body) string {
	cmd := func(account string, id schema.Opt[string]) string {
		if !id.OK {
			return ""
		}
		return fmt.Sprintf("command %q %q %q", market, account, id.V)
	}
	switch b := body.(type) {
	case *schema.OrderNew:
		return fmt.Sprintf("order %q %q %q", market, b.Account, b.ID)
	case *schema.OrderCancel:
		return cmd(b.Account, b.Cmd)
	case *schema.OrderReplace:
		return cmd(b.Account, b.Cmd)
	case *schema.MassCancel:
		return cmd(b.Account.V, b.Cmd)
	case *schema.Kill:
		return cmd(b.Account.V, b.Cmd)
	case *schema.Market:
		return cmd("", b.Cmd)
	case *schema.BookLimits:
		return cmd("", b.Cmd)
	}
	return ""
}

// checkOnce holds every record against all before it: the first of a name
// decides, the same again does nothing, and another of that name is refused.
func (l *ledger) checkOnce() error {
	first := map[string]int64{}
	for _, at := range l.applied {
		r := &l.feed[at]
		if !r.Kind.Command() {
			continue
		}
		a, answered := l.answers[at]
		if !answered {
			return fmt.Errorf("record %d, %s, took effect and has no answer", at, r.Kind)
		}
		name := nameOf(string(r.Key), l.bodies[at])
		by, known := first[name]
		switch same := known && contentOf(string(r.Key), l.bodies[at]) == contentOf(string(r.Key), l.bodies[by]); {
		case name == "" || !known:
			first[name] = at
			if a.Original != at {
				return fmt.Errorf("record %d is answered by %d, and is the first of its name", at, a.Original)
			}
		case same && (a.Original != by || a.Code != l.answers[by].Code || a.Order != l.answers[by].Order):
			return fmt.Errorf("record %d repeats %d and is answered by %d", at, by, a.Original)
		case !same && a.Code != schema.RejectIDReused:
			return fmt.Errorf("record %d has the name of %d and another body, and is answered %s", at, by, a.Code)
		}
		if err := checkEffect(r.Kind, &a, l.did[at]); err != nil {
			return fmt.Errorf("record %d: %w", at, err)
		}
	}
	return nil
}

// checkEffect holds what a command did against its answer.
func checkEffect(kind schema.Kind, a *book.Answer, did []execution) error {
	var accepted, rejected, replaced, others int
	for i := range did {
		switch did[i].Type {
		case schema.ExecAccepted:
			accepted++
		case schema.ExecRejected:
			rejected++
		case schema.ExecReplaced:
			replaced++
		case schema.ExecExpired: // time goes on whatever the command is
		default:
			others++
		}
	}
	switch {
	case a.Repeated() && accepted+rejected+replaced+others > 0:
		return fmt.Errorf("it repeats %d, and something happened", a.Original)
	case a.Repeated():
	case !a.Accepted() && (rejected != 1 || accepted+replaced+others > 0):
		return fmt.Errorf("it was refused with %s, and something happened", a.Code)
	case a.Accepted() && (rejected > 0 || (kind == schema.KindOrderNew) != (accepted == 1) || kind == schema.KindOrderReplace && replaced != 1 && others != 1): // a replaced order ends when all it may have is filled
		return fmt.Errorf("%s was accepted, and %d accepted, %d replaced, %d rejected and %d others came of it", kind, accepted, replaced, rejected, others)
	}
	return nil
}

// checkSums adds up: what is bought is sold, and no order trades more than it
// has.
func checkSums(did map[int64][]execution) error {
	type order struct{ filled, qty int64 }
	known, sums := map[string]*order{}, map[string]int64{}
	for _, cause := range slices.Sorted(maps.Keys(did)) {
		for _, x := range did[cause] {
			name := func(o *schema.OrderState) string { return fmt.Sprintf("%s %d", x.market, o.Number) }
			switch x.Type {
			case schema.ExecAccepted:
				if known[name(&x.Order)] != nil {
					return fmt.Errorf("order %s is accepted twice, at last by record %d", name(&x.Order), cause)
				}
				known[name(&x.Order)] = &order{qty: x.Qty}
			case schema.ExecReplaced:
				known[name(&x.Order)].qty = x.Qty
			case schema.ExecTrade:
				for _, side := range []*schema.OrderState{&x.Order, &x.Maker} {
					o := known[name(side)]
					if o == nil {
						return fmt.Errorf("order %s trades at record %d and was never accepted", name(side), cause)
					}
					o.filled += x.Qty
					if o.filled != side.Filled || o.filled > o.qty || side.Remaining < 0 || o.filled+side.Remaining > o.qty {
						return fmt.Errorf("order %s of %d has traded %d at record %d, its state is %+v", name(side), o.qty, o.filled, cause, *side)
					}
					if sum := &x.Qty; side.Side == schema.SideBuy || side.Side == schema.SideLay {
						sums[x.market] += *sum
					} else {
						sums[x.market] -= *sum
					}
				}
			}
		}
	}
	for market, sum := range sums {
		if sum != 0 {
			return fmt.Errorf("market %s: %d more were bought than sold", market, sum)
		}
	}
	return nil
}

// checkRequests counts records: none was journalled more often than it was sent.
func (l *ledger) checkRequests(requests map[string]int) error {
	if requests == nil {
		return nil
	}
	have := map[string]int{}
	for i := range l.feed {
		r := &l.feed[i]
		if !r.Kind.Command() {
			continue
		}
		body, err := codec.DecodeBody(r.Kind, r.Body)
		if err != nil {
			return err
		}
		content := contentOf(string(r.Key), body)
		if have[content]++; have[content] > requests[content] {
			return fmt.Errorf("record %d holds for the %d-th time what was sent %d times at most", r.Offset, have[content], requests[content])
		}
	}
	return nil
}

// toldAnswer is an answer and the record that decided it.
type toldAnswer struct {
	*heard
	at int64
}

// checkAnswer holds one answer against the fresh fold.
func (l *ledger) checkAnswer(h *heard) (toldAnswer, error) {
	var x struct{ Position struct{ Offset int64 } }
	if err := json.Unmarshal([]byte(h.text), &x); err != nil {
		return toldAnswer{}, err
	}
	at := x.Position.Offset
	if at < 1 || at >= int64(len(l.feed)) {
		return toldAnswer{}, fmt.Errorf("the journal has %d records: it is lost", len(l.feed))
	}
	a, answered := l.answers[at]
	if body := l.bodies[at]; !answered || contentOf(string(l.feed[at].Key), body) != h.content() {
		return toldAnswer{}, fmt.Errorf("that record is %s of %q and took effect: %t", l.feed[at].Kind, l.feed[at].Key, answered)
	}
	text, did, matched := strings.Cut(h.text, `,"executions":[`)
	if matched {
		text += "}"
	}
	if told, late, _ := strings.Cut(text, `,"executions":null,"error":`); late != "" { // they were not published in time
		text = told + "}"
	}
	if want := tellOf(&a, h.body); text != want {
		return toldAnswer{}, fmt.Errorf("a fresh fold answers %s", want)
	}
	if want := l.tellDid(at); matched && did != want {
		return toldAnswer{}, fmt.Errorf("in a fresh fold it did %s", want)
	}
	return toldAnswer{h, at}, nil
}

// tellOf writes an answer as clients get it.
func tellOf(a *book.Answer, body schema.Body) string {
	status := orders.Accepted
	if !a.Accepted() {
		status = orders.Rejected
	}
	text := fmt.Sprintf(`{"status":%q,"position":{"topic":"orders","partition":0,"offset":%d},"time":%q`,
		status, a.Offset, time.Unix(0, a.Time).UTC().Format(time.RFC3339Nano))
	if !a.Accepted() {
		text += fmt.Sprintf(`,"code":%q`, a.Code)
	}
	if o := &a.Order; o.Number != 0 {
		text += fmt.Sprintf(`,"order":{"account":%q,"id":%q,"side":%q,"leaves":%d,"filled":%d}`, o.Account, o.ID, o.Side, o.Remaining, o.Filled)
	}
	m, market := body.(*schema.Market)
	k, kills := body.(*schema.Kill)
	_, sweeps := body.(*schema.MassCancel)
	if sweeps || kills && !k.Release || market && (m.Action == schema.MarketClose || m.Action == schema.MarketEndDay) {
		text += fmt.Sprintf(`,"orders":%d`, a.Orders)
	}
	return text + "}"
}

// tellDid writes what a record did as the end of an answer.
func (l *ledger) tellDid(at int64) string {
	var list []string
	for i := range l.did[at] {
		x := &l.did[at][i]
		list = append(list, string(orderjson.AppendExecution(nil, orderjson.Place{
			Topic: ordersTopic, Offset: at, N: x.n, Time: x.time, Market: x.market,
		}, &x.Execution)))
	}
	return strings.Join(list, ",") + "]}"
}

// checkFirsts wants at most one answer of a record not to be a repetition.
func checkFirsts(told []toldAnswer) error {
	first := map[int64]*toldAnswer{}
	for i := range told {
		if t := &told[i]; !t.duplicate {
			if first[t.at] != nil {
				return fmt.Errorf("two clients were told that theirs is record %d: %s", t.at, t.line)
			}
			first[t.at] = t
		}
	}
	return nil
}

// checkWitness takes the journal's order for the order in which the commands took
// effect: none may have been answered before one that lies before it was sent.
// What repeats a command bounds it, too.
func checkWitness(told []toldAnswer) error {
	type span struct {
		at           int64
		since, until time.Duration
		line         []byte
	}
	byRecord := map[int64]*span{}
	for i := range told {
		t := &told[i]
		s := byRecord[t.at]
		if s == nil {
			s = &span{t.at, t.since, t.until, t.line}
			byRecord[t.at] = s
		}
		s.since, s.until = min(s.since, t.since), min(s.until, t.until)
	}
	var spans []*span
	for _, s := range byRecord {
		spans = append(spans, s)
	}
	slices.SortFunc(spans, func(a, b *span) int { return cmp.Compare(b.at, a.at) })
	soonest := &span{until: math.MaxInt64}
	for _, s := range spans { // from the last record to the first
		if soonest.until < s.since {
			return fmt.Errorf("record %d was answered at %s, and record %d, before it, was sent at %s: %s", soonest.at, soonest.until, s.at, s.since, s.line)
		}
		if s.until < soonest.until {
			soonest = s
		}
	}
	return nil
}
