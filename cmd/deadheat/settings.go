package main

import (
	"context"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"
)

// over puts what is configured over the settings in force.
func (o *OfferingSettings) over(have schema.OfferingConfig) schema.OfferingConfig {
	if o == nil {
		return have
	}
	if o.Window != nil {
		have.Window = *o.Window
	}
	if o.Criteria != nil {
		have.Criteria = o.Criteria
	}
	if o.Jurisdictions != nil {
		have.Jurisdictions = o.Jurisdictions
	}
	return have
}

// configure appends the offering's settings to the journal when the file has
// others than those in force: the fold must see the change where it happened.
func (e *engine) configure(ctx context.Context, u *unit) error {
	if u.offers == nil {
		return nil
	}
	_, end, err := e.journal.Bounds(ctx, u.part.Partition)
	if err != nil {
		return err
	}
	if _, err := u.runner.Lane(ctx, end, journal.LaneOperator); err != nil {
		return err
	}
	var have schema.OfferingConfig
	if err := u.runner.Do(ctx, func(*projection.View) { have = u.offers.Config() }); err != nil {
		return err
	}
	want := e.c.Projections.Offering.over(have)
	if string(codec.Body(&want)) == string(codec.Body(&have)) {
		return nil
	}
	e.log.Info("journalling new settings", "partition", u.part.Partition.String(), "offering", want)
	lane, err := journal.OpenLane(ctx, journal.LaneConfig{
		Journal: e.journal, Partition: u.part.Partition, Name: journal.LaneOperator, Fold: u.runner, Encode: codec.Body,
	})
	if err != nil {
		return err
	}
	answer := make(chan error, 1)
	entry := journal.Entry{Kind: want.RecordKind(), Time: time.Now().UnixNano(), Body: codec.Body(&want)}
	if err := lane.Append(ctx, []journal.Entry{entry}, func(_ int64, err error) { answer <- err }); err != nil {
		return err
	}
	return <-answer
}
