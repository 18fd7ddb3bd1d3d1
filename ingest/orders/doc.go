// Package orders takes orders over HTTP, journals them, and answers from the
// fold what became of them.
//
// It promises one true answer. ACCEPTED and REJECTED with a position come from a
// fold that has passed the record: they hold for ever. What was sent and is not
// answered in time is UNKNOWN, and never REJECTED; the same id with the same
// content, sent again, gets the answer of the record that decided, in the same
// bytes, with the header Deadheat-Duplicate. REJECTED without a position was
// refused before anything was journalled, for what the bytes alone show or for
// want of room, and says nothing about the id.
//
// A command about a market goes to the partition [PartitionOf] its id; one about
// all markets goes to every partition. The intake writes the lane intake/NODE of
// each. After any failed append it opens the lane anew, and when another process
// has claimed the same lane it stops, since what it sends would not count.
//
// It refuses to judge what depends on state, such as whether there is such a
// market, and it refuses to queue without a limit: what finds no room is answered
// 503 before anything of it is sent. A client that goes away withdraws nothing.
package orders
