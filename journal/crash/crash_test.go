package crash_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/deadheat-io/deadheat/journal/crash"
)

// frozen are the names as they were given out. Names may be added.
var frozen = []crash.Point{
	"after-apply", "after-batch-commit", "after-flush", "after-produce-before-promise", "after-promise", "before-apply",
	"before-batch-commit", "before-encode", "before-flush", "before-produce", "claim-appended", "claim-read-back",
	"genesis-written", "lineage-checked", "output-sent", "outputs-confirmed", "segment-rolled", "segment-written",
	"session-resumed", "snapshot-begin", "snapshot-end", "snapshot-mid", "topic-made",
}

func TestNamesAreFrozen(t *testing.T) {
	all := slices.Sorted(slices.Values(crash.All()))
	if !slices.Equal(all, frozen) {
		t.Errorf("the points are %q, they must be %q", all, frozen)
	}
}

func TestAtTellsTheHook(t *testing.T) {
	crash.At(crash.BeforeApply) // without a hook, nothing
	var passed []crash.Point
	crash.Hook = func(p crash.Point) { passed = append(passed, p) }
	defer func() { crash.Hook = nil }()
	crash.At(crash.BeforeApply)
	crash.At(crash.AfterApply)
	if want := []crash.Point{crash.BeforeApply, crash.AfterApply}; !slices.Equal(passed, want) {
		t.Errorf("the hook was told %q, want %q", passed, want)
	}
}

func TestAtAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(1000, func() { crash.At(crash.BeforeApply) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAt(b *testing.B) {
	for b.Loop() {
		crash.At(crash.BeforeApply)
	}
}

func ExampleAt() {
	crash.Hook = func(p crash.Point) { fmt.Println("passed", p) } // a test would end the process here
	defer func() { crash.Hook = nil }()
	crash.At(crash.AfterPromise)
	// Output: passed after-promise
}
