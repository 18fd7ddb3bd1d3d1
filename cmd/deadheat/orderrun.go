package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/deadheat-io/deadheat/ingest/orders"
	"github.com/deadheat-io/deadheat/journal"
)

// openIntake makes what takes orders in. It takes none before run.
func (e *engine) openIntake() error {
	if !e.c.takesOrders() {
		return nil
	}
	wait, err := time.ParseDuration(e.c.Orders.Wait)
	if err != nil {
		return fmt.Errorf("orders.wait: %w", err)
	}
	var answers []orders.Answers // by partition: units are in their order
	for _, u := range e.units {
		if u.desk != nil {
			u.ticker = &ticker{desk: u.desk, journal: e.journal, part: u.part.Partition, who: who()}
			answers = append(answers, u.desk)
		}
	}
	e.intake, err = orders.New(orders.Config{
		Journal: e.journal, Topic: ordersTopic, Answers: answers, Node: e.c.node(), Who: who(), Logger: e.log,
		Limits: orders.Limits{Flying: min(e.c.Orders.InFlight, deskSize/2)}, Wait: wait, Stop: drainTime,
		Ready: e.fitForOrders,
		Fresh: func(ctx context.Context, partition int32) error { return e.deskUnit(partition).ticker.fresh(ctx) },
	})
	return err
}

// deskUnit is the unit of a partition of orders.
func (e *engine) deskUnit(partition int32) *unit {
	for _, u := range e.units {
		if u.desk != nil && u.part.Partition.Index == partition {
			return u
		}
	}
	return nil
}

// maxSkew is how far fold time may be ahead of this process's clock.
const maxSkew = 2 * time.Second

// fitForOrders tells why no order may be taken now.
func (e *engine) fitForOrders() error {
	for _, u := range e.units {
		if u.desk == nil {
			continue
		}
		end, reachable, _ := u.ends.last()
		if !reachable {
			return fmt.Errorf("the journal does not answer for %s", u.part.Partition)
		}
		if next := u.runner.Status().Next; end-next >= maxReadyLag {
			return fmt.Errorf("the fold of %s is %d records behind", u.part.Partition, end-next)
		}
		if ahead := time.Until(time.Unix(0, int64(u.desk.now().time))); ahead > maxSkew {
			return fmt.Errorf("this clock is %s behind the time in %s: set it right", ahead.Round(time.Millisecond), u.part.Partition)
		}
	}
	return nil
}

// takeOrders runs what orders need until the context ends: the time of every
// partition, and the intake.
func (e *engine) takeOrders(ctx context.Context, group *errgroup.Group) {
	if e.intake == nil {
		return
	}
	for _, u := range e.units {
		if u.ticker != nil {
			group.Go(func() error { return u.ticker.run(ctx) })
		}
	}
	for _, u := range e.units {
		if u.bridge != nil {
			group.Go(func() error { return u.bridge.Run(ctx) })
		}
	}
	group.Go(func() error {
		if err := e.intake.Run(ctx); err != nil {
			return &intakeError{err}
		}
		return nil
	})
	group.Go(func() error { return e.watchIntake(ctx) })
}

// intakeError is why the intake has ended for good.
type intakeError struct{ err error }

func (e *intakeError) Error() string { return e.err.Error() }
func (e *intakeError) Unwrap() error { return e.err }

// overtaken tells whether another process has claimed the lane, and nothing
// worse happened.
func (e *intakeError) overtaken() bool {
	return errors.Is(e.err, journal.ErrLaneLost) && !errors.Is(e.err, journal.ErrFailed)
}

// watchIntake tells the intake when another process claims its lane.
func (e *engine) watchIntake(ctx context.Context) error {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
		for _, u := range e.units {
			if u.desk == nil {
				continue
			}
			lane, err := u.runner.Lane(ctx, 0, journal.LaneIntake+e.c.node())
			switch {
			case err == nil:
				e.intake.Overtaken(u.part.Partition.Index, lane.Epoch)
			case !errors.Is(err, context.Canceled):
				return nil // the runner has ended and says why
			}
		}
	}
}
