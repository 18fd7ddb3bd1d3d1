package projection

// DecodeCheckpoint is for fuzzing.
var DecodeCheckpoint = decodeCheckpoint
