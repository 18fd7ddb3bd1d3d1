//go:build race

package main

// idleTime is how long a run under test must be silent to be done. With the race
// detector, and other tests beside, a server may well pause for seconds.
const idleTime = "5s"
