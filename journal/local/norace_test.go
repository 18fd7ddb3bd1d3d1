//go:build !race

package local_test

// stride is how many crash images one is taken of: all.
const stride = 1
