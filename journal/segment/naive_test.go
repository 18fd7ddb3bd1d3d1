package segment

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
)

// naiveBatch is a batch as naiveRead finds it.
type naiveBatch struct {
	at, next int
	body     []byte
	frames   bool // they fill the body exactly
}

// naiveRead reads a segment file as FORMAT.md tells it, and by nothing else: no
// buffer, no laziness, and none of the package's own code.
func naiveRead(b []byte, headerSize int, base int64) (list []naiveBatch) {
	table := crc32.MakeTable(crc32.Castagnoli)
	u32 := func(at int) int { return int(binary.BigEndian.Uint32(b[at:])) }
	for at := headerSize; at+40 <= len(b); {
		size, count := u32(at+4), u32(at+16)
		switch {
		case !bytes.Equal(b[at:at+4], []byte{0xde, 0xad, 0xbe, 0xa7}),
			int(crc32.Checksum(b[at:at+36], table)) != u32(at+36),
			size > 64<<20 || count < 1 || 16*count > size,
			int64(binary.BigEndian.Uint64(b[at+8:])) != base,
			at+40+size > len(b),
			int(crc32.Checksum(b[at+40:at+40+size], table)) != u32(at+32):
			return list
		}
		end, frame := at+40+size, at+40
		for range count {
			if frame+16 > end {
				frame = -1
				break
			}
			if frame += 16 + u32(frame) + u32(frame+4); frame > end {
				frame = -1
				break
			}
		}
		base += int64(count)
		list = append(list, naiveBatch{at, end, b[at+40 : end], frame == end})
		at = end
	}
	return list
}

// sealAgain makes the checksums of the batch at a place right, whatever it holds.
func sealAgain(b []byte, at int) {
	if at+40 > len(b) {
		return
	}
	end := at + 40 + int(binary.BigEndian.Uint32(b[at+4:]))
	if end <= len(b) && end >= at+40 {
		binary.BigEndian.PutUint32(b[at+32:], crc32.Checksum(b[at+40:end], castagnoli))
	}
	binary.BigEndian.PutUint32(b[at+36:], crc32.Checksum(b[at:at+36], castagnoli))
}

// FuzzNaive changes a good file, also in ways that keep the checksums right, and
// compares what Scanner and Recover make of it with what the naive reader does.
func FuzzNaive(f *testing.F) {
	good := sample()
	f.Add([]byte{0, 0, 0}, uint16(0), false)                          // as it is
	f.Add([]byte{0, 90, 1, 1, 2, 0x80}, uint16(0), false)             // two flips
	f.Add([]byte{0, 4 + 3, 1}, uint16(0), true)                       // a length, checksums right
	f.Add([]byte{0, 16 + 3, 7}, uint16(0), true)                      // a count
	f.Add([]byte{0, 8 + 7, 1}, uint16(0), true)                       // a base offset
	f.Add([]byte{0, 40 + 3, 9}, uint16(0), true)                      // a key's length
	f.Add([]byte{3, 200, 0xff, 0, 50, 1}, uint16(600), true)          // and a cut
	f.Add(bytes.Repeat([]byte{1, 1, 1, 2, 2, 2}, 8), uint16(1), true) // many
	f.Fuzz(func(t *testing.T, edits []byte, cut uint16, sealed bool) {
		b := slices.Clone(good.b)
		header := int(testHeader.Size())
		for ; len(edits) >= 3; edits = edits[3:] { // of a batch, counted from its beginning
			at := header + (int(edits[0])<<8|int(edits[1]))%(len(b)-header)
			b[at] ^= edits[2]
		}
		if sealed {
			for _, at := range good.starts {
				sealAgain(b, at)
			}
		}
		b = b[:len(b)-int(cut)%(len(b)-header+1)]
		compareNaive(t, b, naiveRead(b, header, testHeader.Base))
	})
}

func compareNaive(t *testing.T, b []byte, want []naiveBatch) {
	t.Helper()
	s := NewScanner(bytes.NewReader(b), int64(len(b)), "fuzz", testHeader)
	for i := 0; ; i++ {
		got, err := s.Next()
		if err != nil {
			if i != len(want) {
				t.Fatalf("the scanner stops after %d batches, there are %d: %v", i, len(want), err)
			}
			break
		}
		if i == len(want) || int(got.Pos) != want[i].at || !bytes.Equal(got.Body, want[i].body) || (checkFrames(got.Body, got.BatchHeader) == nil) != want[i].frames {
			t.Fatalf("batch %d at %d differs from the naive reader's", i, got.Pos)
		}
	}
	whole, broken := 0, false // batches with whole frames, up to one without
	for whole < len(want) && !broken {
		if broken = !want[whole].frames; !broken {
			whole++
		}
	}
	end := testHeader.Size()
	if whole > 0 {
		end = int64(want[whole-1].next)
	}
	tail, err := recoverBytes(b)
	switch {
	case err != nil && !journal.IsCorrupt(err):
		t.Fatalf("recover: %v", err)
	case broken && err == nil:
		t.Fatalf("recover takes a batch whose records do not fill it: %+v", tail)
	case tail.Batches != whole || tail.Size != end:
		t.Fatalf("recover finds %d batches up to byte %d, there are %d up to %d", tail.Batches, tail.Size, whole, end)
	case err == nil && tail.Size+tail.Torn != int64(len(b)):
		t.Fatalf("recover leaves bytes out: %+v of %d", tail, len(b))
	}
}
