package segment

import (
	"encoding/binary"
	"fmt"
)

// Frame is one record of a body. Key and Value are parts of the body.
type Frame struct {
	Key, Value []byte
	Time       int64 // ms
}

// Cut splits the first record off a body. The slices cannot be appended to
// without being copied.
func Cut(body []byte) (f Frame, rest []byte, err error) {
	if len(body) < FrameHeaderSize {
		return f, nil, fmt.Errorf("%d bytes left in the batch, less than a frame header", len(body))
	}
	key, value := uint64(binary.BigEndian.Uint32(body)), uint64(binary.BigEndian.Uint32(body[4:]))
	if end := FrameHeaderSize + key + value; end > uint64(len(body)) {
		return f, nil, fmt.Errorf("key of %d and value of %d bytes do not fit into the %d left in the batch", key, value, len(body))
	}
	mid, end := FrameHeaderSize+key, FrameHeaderSize+key+value
	f.Time = int64(binary.BigEndian.Uint64(body[8:]))
	f.Key, f.Value = body[FrameHeaderSize:mid:mid], body[mid:end:end]
	return f, body[end:], nil
}

// checkFrames says what is wrong with the records of a body whose checksum is
// right: nothing, unless a faulty program wrote it.
func checkFrames(body []byte, h BatchHeader) error {
	for i := range h.Count {
		_, rest, err := Cut(body)
		if err != nil {
			return fmt.Errorf("record %d of the batch: %w", i, err)
		}
		body = rest
	}
	if len(body) > 0 {
		return fmt.Errorf("%d bytes after the last record of the batch", len(body))
	}
	return nil
}
