package main

import (
	"fmt"
	"strings"
)

// configError holds every fault of a configuration.
type configError struct{ faults []fault }

// fault is one thing wrong with a configuration.
type fault struct {
	file string // "" when no file is to blame
	key  string // such as sources.kambi[0].addr; "" for the whole file
	what string
}

func (f fault) String() string {
	text := f.what
	if f.key != "" {
		text = f.key + ": " + text
	}
	if f.file != "" {
		text = f.file + ": " + text
	}
	return text
}

func (e *configError) Error() string {
	if len(e.faults) == 1 {
		return "configuration: " + e.faults[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "configuration: %d faults", len(e.faults))
	for _, f := range e.faults {
		b.WriteString("\n  " + f.String())
	}
	return b.String()
}
