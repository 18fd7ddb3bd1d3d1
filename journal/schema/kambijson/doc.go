// Package kambijson turns the JSON messages of a Kambi feed into the entities
// of package schema, and back.
//
// It promises that nothing is lost: for every message that [Decoder.Decode]
// takes, [Append] writes the same JSON value, with objects taken as unordered,
// numbers by their exact decimal value and texts by their content. What the
// schema has no field for is kept in the nearest Rest or More as one canonical
// JSON object (see [Canonical]). So is a known member whose value does not have
// the known shape, because a feed may change before this code does. Prices are
// never floating point.
//
// It refuses a message when what the message is about cannot be told: when it
// is not strict JSON (duplicate names, broken UTF-8, lone surrogates), when it
// is too large or too deep, when an id, the offset or the value of a change is
// missing or malformed, or when a list holds an item of the wrong kind. A
// refused message is meant to be journalled raw, with [Reason].
package kambijson
