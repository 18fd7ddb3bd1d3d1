// Package codec turns records into bytes and back: one canonical msgpack array
// for a record, positional arrays for bodies.
//
// It promises that a value has exactly one encoding: whatever decodes without
// an error encodes to the same bytes again. Decoding is bounded by the bytes at
// hand: no length is trusted before it is checked, nothing is decoded into
// maps or interfaces, nesting is limited.
//
// It refuses what it does not know: another format number, another kind, an
// array of another length, an integer or a string in a longer form than
// needed, and bytes left over are all errors.
package codec
