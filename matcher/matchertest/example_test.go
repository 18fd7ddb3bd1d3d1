package matchertest_test

import (
	"fmt"

	"github.com/deadheat-io/deadheat/matcher/matchertest"
)

func Example() {
	w := matchertest.Mixed(1000)
	got := matchertest.Run(w.Prepare(), w.Ops)
	fmt.Println(w.Check(got), got == w.Want)
	// Output: <nil> true
}
