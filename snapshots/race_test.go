//go:build race

package snapshots_test

const (
	storeStride = 9
	faultEvery  = 11
)
