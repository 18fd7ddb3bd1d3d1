// Package crash names the moments at which a process may die, so that a test
// can make it die exactly there.
//
// It promises:
//
//   - [At] does nothing, at the cost of comparing one variable with nil, unless
//     a test binary has set [Hook] before anything ran;
//   - the names are frozen: tests and reports of past runs mean what they meant;
//   - every name of [All] is passed by the program somewhere, and a test of the
//     command kills it there.
//
// It refuses to be more: there is no switch in a released binary that arms it,
// no value goes in or out, and nothing may depend on it. Code that is tested
// through a hook must be the code that runs without one.
package crash

// Point is a moment at which a process may die.
type Point string

// On the way of a record into the journal.
const (
	BeforeEncode  Point = "before-encode"                // received, nothing of it is in the journal
	BeforeProduce Point = "before-produce"               // encoded, about to be written or sent
	Written       Point = "segment-written"              // in the file of an embedded journal, not synced
	AfterProduce  Point = "after-produce-before-promise" // durable, nobody was told
	AfterPromise  Point = "after-promise"                // durable, the writer was told
	SegmentRolled Point = "segment-rolled"               // an embedded journal has begun a file, and it is empty
)

// At the beginning of a partition and of a lane.
const (
	TopicMade      Point = "topic-made"      // the topic is there, its GENESIS may not be
	GenesisWritten Point = "genesis-written" // and now it is
	ClaimAppended  Point = "claim-appended"  // the claim is in the journal, whether it won is not known
	ClaimReadBack  Point = "claim-read-back" // it won, nothing was written behind it
)

// In a feed's session.
const (
	SnapshotBegin  Point = "snapshot-begin"  // the feed's SNAPSHOT_BEGIN is journalled
	SnapshotMid    Point = "snapshot-mid"    // a message of the snapshot was received
	SnapshotEnd    Point = "snapshot-end"    // its SNAPSHOT_END is journalled
	SessionResumed Point = "session-resumed" // the feed was asked for what was missed
)

// In the fold, its checkpoints and its outputs.
const (
	LineageChecked   Point = "lineage-checked"     // the journal is the one that the store was folded from
	BeforeApply      Point = "before-apply"        // a record is read, not folded
	AfterApply       Point = "after-apply"         // it is folded, not committed
	BeforeCommit     Point = "before-batch-commit" // state and position are about to be committed
	AfterCommit      Point = "after-batch-commit"  // they are committed, nobody was told
	OutputSent       Point = "output-sent"         // outputs are in the journal, not confirmed
	OutputsConfirmed Point = "outputs-confirmed"   // outputs were read back, that is not committed
	BeforeFlush      Point = "before-flush"        // an orderly run is about to write its last checkpoint
	AfterFlush       Point = "after-flush"         // and has written it
)

// All are the points, in the order in which a first run comes to them.
func All() []Point {
	return []Point{
		TopicMade, GenesisWritten, ClaimAppended, ClaimReadBack,
		SnapshotBegin, SnapshotMid, SnapshotEnd,
		BeforeEncode, BeforeProduce, Written, AfterProduce, AfterPromise, SegmentRolled,
		BeforeApply, AfterApply, OutputSent, OutputsConfirmed, BeforeCommit, AfterCommit,
		BeforeFlush, AfterFlush, LineageChecked, SessionResumed,
	}
}

// Hook is called at every point that is passed, from whatever goroutine passes
// it. Only a test binary sets it, before anything runs.
var Hook func(Point)

// At tells the hook, if there is one, that a point was passed.
func At(p Point) {
	if Hook != nil {
		Hook(p)
	}
}
