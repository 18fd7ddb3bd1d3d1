//go:build !race

package snapshots_test

// How many crash images, and operations that could fail, are left out between
// two that are tried.
const (
	storeStride = 1
	faultEvery  = 3
)
