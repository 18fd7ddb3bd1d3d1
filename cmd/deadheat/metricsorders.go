package main

import "github.com/prometheus/client_golang/prometheus"

// collectOrders reads what there is to know of a unit's orders and markets.
func (c *engineCollector) collectOrders(u *unit, counter func(*prometheus.Desc, int64, ...string)) {
	if u.desk != nil {
		s, p := u.desk.counts(), u.part.Partition.String()
		counter(booksDesc, s.Commands, p, "command")
		counter(booksDesc, s.Rejected, p, "rejected")
		counter(booksDesc, s.Repeated, p, "repeated")
		counter(booksDesc, s.Trades, p, "trade")
		counter(booksDesc, s.Ended, p, "expired")
	}
	if u.bridge != nil {
		s, feed := u.bridge.Stats(), u.part.Topic.Name
		for event, n := range map[string]int64{
			"created": s.Created, "halted": s.Halted, "resumed": s.Resumed, "closed": s.Closed, "skipped": s.Skipped,
			"reopened": s.Reopened, "refused": s.Refused, "stale": s.Stale, "failed": s.Failed,
		} {
			counter(bridgeDesc, n, feed, event)
		}
	}
}

// collectIntake reads the counters of the order intake.
func (c *engineCollector) collectIntake(gauge, counter func(*prometheus.Desc, int64, ...string)) {
	if c.e.intake == nil {
		return
	}
	s := c.e.intake.Stats()
	gauge(flyingDesc, s.Flying)
	for event, n := range map[string]int64{
		"request": s.Requests, "sent": s.Commands, "append": s.Appends, "accepted": s.Accepted, "rejected": s.Rejected,
		"duplicate": s.Duplicates, "unknown": s.Unknown, "unsent": s.Unsent, "refused": s.Refused, "too_large": s.TooLarge,
		"full": s.Full, "not_ready": s.NotReady, "left": s.Left, "claim": s.Claims, "lane_lost": s.Lost,
	} {
		counter(ordersDesc, n, event)
	}
}
