package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection/offering"
)

// command is a command that was decided on.
type command struct {
	want
	body schema.Market
}

// parcel is an append that is under way.
type parcel struct {
	partition int32
	commands  []command
	answer    chan answer
}

type answer struct {
	first int64
	err   error
}

// step looks at offers and markets as they are, appends what they ask for, and
// waits until the books have folded it.
func (b *Bridge) step(ctx context.Context, offers []int64, orphans []string) error {
	wants, cause, err := b.look(ctx, offers)
	if err != nil {
		return err
	}
	for _, market := range orphans {
		if _, ok := b.owner[market]; !ok {
			wants = append(wants, want{market: market, state: b.m.gone, reason: "offer gone"})
		}
	}
	byPartition := make([][]want, b.c.Partitions)
	for _, w := range wants {
		p := b.c.PartitionOf(w.market, b.c.Partitions)
		if p < 0 || p >= b.c.Partitions {
			return fmt.Errorf("bridge: PartitionOf puts market %q into partition %d of %d", w.market, p, b.c.Partitions)
		}
		byPartition[p] = append(byPartition[p], w)
	}
	var parcels []*parcel
	for p, wants := range byPartition {
		commands, err := b.decide(ctx, int32(p), wants, cause)
		if err != nil {
			return errors.Join(err, b.land(ctx, parcels))
		}
		for part := range slices.Chunk(commands, batch) {
			parcel, err := b.append(ctx, int32(p), part)
			if err != nil {
				return errors.Join(err, b.land(ctx, parcels))
			}
			parcels = append(parcels, parcel)
		}
	}
	return b.confirm(ctx, parcels)
}

// look finds what the markets of offers should be, and the cause of it.
func (b *Bridge) look(ctx context.Context, offers []int64) (wants []want, cause schema.Cause, err error) {
	slices.Sort(offers)
	shown := make([]offering.Shown, len(offers))
	cause = schema.Cause{Topic: b.c.Source.Topic, Partition: b.c.Source.Index}
	var up bool
	err = b.offering(ctx, func(p *offering.Offering, next int64) {
		for i, id := range offers {
			shown[i] = p.Show(id)
		}
		cause.Offset = next - 1
		b.mu.Lock()
		up = b.session == live
		b.mu.Unlock()
	})
	if err != nil {
		return nil, cause, err
	}
	for i := range shown {
		wants = b.wants(wants, &shown[i], up)
	}
	return wants, cause, nil
}

// wants adds what the markets of one offer should be: of those that it has, and
// of those that it had.
func (b *Bridge) wants(wants []want, s *offering.Shown, up bool) []want {
	var had []string
	f := b.offers[s.ID]
	if f != nil {
		had = f.markets
	}
	has := b.own(s, f)
	state, reason := b.m.wanted(s, up)
	for _, market := range has {
		wants = append(wants, want{market, s.ID, state, reason})
	}
	for _, market := range had {
		if _, ok := b.owner[market]; ok {
			continue
		}
		w := want{market, s.ID, b.m.gone, "outcome gone"}
		if s.Status == offering.OfferGone {
			w.reason = reason
		}
		wants = append(wants, w)
	}
	return wants
}

// own takes note of which markets an offer has; f is what is remembered of it.
func (b *Bridge) own(s *offering.Shown, f *followed) []string {
	if f == nil {
		f = &followed{}
	}
	for _, market := range f.markets {
		if b.owner[market] == s.ID {
			delete(b.owner, market)
		}
	}
	if s.Status == offering.OfferGone {
		delete(b.offers, s.ID)
		return nil
	}
	b.offers[s.ID] = f
	markets, err := b.m.markets(b.c.Name, s)
	if err != nil && b.m.covers(s) && !f.skipped {
		f.skipped = true
		b.count(func(s *Stats) { s.Skipped++ })
		b.notice("an offer has no market: its id would be none", "offer", s.ID, "error", err)
	}
	f.markets = markets
	for _, market := range markets {
		b.owner[market] = s.ID
	}
	return markets
}

// decide compares what the markets of a partition should be with what they last
// took.
func (b *Bridge) decide(ctx context.Context, p int32, wants []want, cause schema.Cause) ([]command, error) {
	if len(wants) == 0 {
		return nil, nil
	}
	taken, err := b.c.Books.Taken(ctx, p, b.c.Source, names(wants))
	if err != nil {
		return nil, err
	}
	var commands []command
	for i := range wants {
		w := &wants[i]
		deed, body := w.decide(&taken[i], cause)
		switch deed {
		case send:
			if body.Action == schema.MarketCreate {
				create := b.m.create
				create.Cause, create.Reason = body.Cause, body.Reason
				body = create
			}
			commands = append(commands, command{*w, body})
		case wait:
			b.postpone(w.market, w.offer)
		case reopened:
			if f := b.offers[w.offer]; f != nil && !f.reopened {
				f.reopened = true
				b.count(func(s *Stats) { s.Reopened++ })
				b.notice("an offer is open again and its market was closed for ever", "offer", w.offer, "market", w.market)
			}
		}
	}
	return commands, nil
}

func names(wants []want) []string {
	names := make([]string, len(wants))
	for i := range wants {
		names[i] = wants[i].market
	}
	return names
}

// append queues commands of one partition.
func (b *Bridge) append(ctx context.Context, p int32, commands []command) (*parcel, error) {
	entries := make([]journal.Entry, len(commands))
	now := b.c.Now().UnixNano()
	for i := range commands {
		c := &commands[i]
		entries[i] = journal.Entry{Kind: schema.KindMarket, Time: now, Key: []byte(c.market), Body: codec.Body(&c.body)}
	}
	sent := &parcel{p, commands, make(chan answer, 1)}
	l := &b.lanes[p]
	if err := l.lane.Append(ctx, entries, func(first int64, err error) { sent.answer <- answer{first, err} }); err != nil {
		l.lane = nil
		return nil, &transientError{err}
	}
	return sent, nil
}

// wait waits for what became of an append.
func (p *parcel) wait(ctx context.Context) answer {
	select {
	case a := <-p.answer:
		return a
	case <-ctx.Done():
		return answer{err: ctx.Err()}
	}
}

// land waits for appends whose commands are of no interest any more: everything
// will be compared again.
func (b *Bridge) land(ctx context.Context, parcels []*parcel) error {
	var errs []error
	for _, sent := range parcels {
		if a := sent.wait(ctx); a.err != nil {
			b.lanes[sent.partition].lane = nil
			errs = append(errs, &transientError{a.err})
		}
	}
	return errors.Join(errs...)
}

// confirm waits until appends are durable and folded, and sees what the book took
// of them.
func (b *Bridge) confirm(ctx context.Context, parcels []*parcel) error {
	for i, sent := range parcels {
		a := sent.wait(ctx)
		if a.err != nil {
			b.lanes[sent.partition].lane = nil
			return errors.Join(&transientError{a.err}, b.land(ctx, parcels[i+1:]))
		}
		if err := b.folded(ctx, sent, a.first+int64(len(sent.commands))); err != nil {
			return errors.Join(err, b.land(ctx, parcels[i+1:]))
		}
	}
	return nil
}

func (b *Bridge) folded(ctx context.Context, sent *parcel, end int64) error {
	p := sent.partition
	state, err := b.c.Books.Fold(p).Lane(ctx, end, b.c.Lane)
	if err != nil {
		return err
	}
	if ours := b.lanes[p].epoch; state.Epoch != ours {
		return overtaken(b.c.partition(p), state.Epoch, ours)
	}
	wants := make([]want, len(sent.commands))
	for i := range sent.commands {
		wants[i] = sent.commands[i].want
	}
	taken, err := b.c.Books.Taken(ctx, p, b.c.Source, names(wants))
	if err != nil {
		return err
	}
	for i := range sent.commands {
		b.verify(&sent.commands[i], &taken[i])
	}
	return nil
}

// verify sees whether the book took a command.
func (b *Bridge) verify(c *command, t *Taken) {
	switch {
	case t.Known && t.Cause == c.body.Cause.V:
		b.count(func(s *Stats) { s.took(c.body.Action) })
	case t.Known && above(t.Cause, c.body.Cause.V):
		b.count(func(s *Stats) { s.Stale++ })
		b.postpone(c.market, c.offer)
	default:
		b.count(func(s *Stats) { s.Refused++ })
		f := b.offers[c.offer]
		if f == nil || !f.refused {
			b.notice("the book does not take a market command", "market", c.market, "action", c.body.Action, "of", b.c.partition(b.c.PartitionOf(c.market, b.c.Partitions)))
		}
		if f != nil {
			f.refused = true
		}
	}
}
