//go:build !race

package main

// idleTime is how long a run under test must be silent to be done.
const idleTime = "1s"
