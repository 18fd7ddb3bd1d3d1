package kambijson

import "hash/maphash"

// texts remembers short texts that came lately, so that the few statuses,
// types, tags and offerings of a feed are not allocated again and again. A
// text takes the place of another one with the same slot: memory is bounded,
// whatever the feed sends.
type texts struct {
	seed  maphash.Seed
	slots [512]string
}

// maxShared is the longest text that is remembered.
const maxShared = 32

// get is the text of the bytes.
func (t *texts) get(b []byte) string {
	if len(b) == 0 || len(b) > maxShared {
		return string(b)
	}
	slot := &t.slots[maphash.Bytes(t.seed, b)%uint64(len(t.slots))]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}
