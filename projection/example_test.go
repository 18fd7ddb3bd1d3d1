package projection_test

import (
	"fmt"

	"github.com/deadheat-io/deadheat/projection"
)

// The state hash does not depend on the order of changes, or on what a key held
// in between.
func ExampleStateHash() {
	var one, other projection.StateHash
	var a, b, a2, b2 projection.Cell

	one.Put([]byte("event/1"), []byte("NOT_STARTED"), &a)
	one.Put([]byte("event/2"), []byte("STARTED"), &b)
	one.Put([]byte("event/1"), []byte("STARTED"), &a)

	other.Put([]byte("event/1"), []byte("STARTED"), &a2)
	other.Put([]byte("event/2"), []byte("STARTED"), &b2)

	fmt.Println(one.Sum() == other.Sum())
	other.Put([]byte("event/2"), nil, &b2) // gone
	fmt.Println(one.Sum() == other.Sum())
	// Output:
	// true
	// false
}
