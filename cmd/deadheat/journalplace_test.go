package main

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/deadheat-io/deadheat/journal/crash"
	"github.com/deadheat-io/deadheat/journal/kafka/kafkatest"
)

// journalPlace is where a node keeps its journal.
type journalPlace struct {
	name string
	// keys are the lines of the configuration that name the journal; dir is the
	// node's own directory.
	keys func(dir string) string
	// without are the points that a process with a journal there never passes.
	without []crash.Point
}

// localPlace is an embedded journal in the node's own directory.
func localPlace() journalPlace {
	return journalPlace{
		name: "local",
		keys: func(dir string) string { return fmt.Sprintf("journal: local:%s\n", filepath.Join(dir, "journal")) },
	}
}

// kafkaPlace is a journal in a cluster; every node has one of its own there.
func kafkaPlace(t testing.TB, addr string) journalPlace {
	return journalPlace{
		name: "kafka",
		keys: func(string) string {
			return fmt.Sprintf("journal: kafka:%s\nprefix: %s\n", addr, kafkatest.Topic(t))
		},
		without: []crash.Point{crash.Written, crash.SegmentRolled},
	}
}
