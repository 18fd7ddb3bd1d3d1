// Package ingest brings what comes from outside into a journal: feeds, orders
// and published events. It holds what all sources share.
//
// It promises that nothing is dropped on the way. A [Pump] stands between a
// source and its lane; it is bounded in records and in bytes, and when it is
// full the source waits, and with it, through the network, whoever sends. What
// the pump reports as durable is in the journal, in the order in which it was
// put.
//
// It refuses to hide a failure: after the first error of its lane a pump takes
// nothing more, and every later call answers with that error. Opening a new
// lane and finding out what the old one landed is the source's business.
package ingest
