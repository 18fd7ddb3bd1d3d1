//go:build race

package local_test

// stride thins out the crash images: the race detector makes each ten times
// slower, and looks for something else.
const stride = 12
