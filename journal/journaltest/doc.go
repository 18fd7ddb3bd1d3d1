// Package journaltest is the one conformance suite that every journal passes.
// It fixes what [journal.Journal] promises wherever records are kept: offsets,
// order, limits, times, what comes back, and how things end.
//
// It uses nothing but the interface, and a function that opens the same
// journal again. It refuses to test what journals may differ in: files, crashes
// and network faults belong to the tests of each.
package journaltest
