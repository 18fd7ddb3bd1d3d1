package segment

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
)

// reseal makes the header's checksum right again.
func reseal(b []byte) []byte {
	body := b[:len(b)-crcSize]
	return binary.BigEndian.AppendUint32(body, crc32.Checksum(body, castagnoli))
}

// random is n bytes without zeros.
func random(n int) []byte {
	rng := rand.New(rand.NewPCG(uint64(n), 9))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(1 + rng.IntN(255))
	}
	return b
}

// sample is a file whose last batch is large enough for several sectors.
func sample() *file {
	return newFile().add([]byte("one"), []byte("two")).add(random(700)).add(random(900), make([]byte, 2500), random(1500))
}

// TestTornAnywhere cuts the file at every byte of the last batch.
func TestTornAnywhere(t *testing.T) {
	f := sample()
	last := f.starts[2]
	for n := last; n < len(f.b); n++ {
		tail, err := recoverBytes(f.b[:n])
		if err != nil || tail.Size != int64(last) || tail.Torn != int64(n-last) || tail.Next != 1003 {
			t.Fatalf("cut at byte %d of the last batch: %+v, %v", n-last, tail, err)
		}
	}
}

// TestUnwritten leaves out every choice of the last batch's sectors, as a
// crash may do, by sectors and by pages.
func TestUnwritten(t *testing.T) {
	f := sample()
	for _, unit := range []int{512, 4096} {
		for shift := range 60 { // where the batch stands against the sectors
			f := newFile().add(random(500+shift*9)).add(random(3000), make([]byte, 3000), random(3000))
			from := f.starts[1]
			rng := rand.New(rand.NewPCG(uint64(unit), uint64(shift)))
			for range 50 {
				b := bytes.Clone(f.b)
				lost := false
				for at := from / unit * unit; at < len(b); at += unit {
					piece := b[max(at, from):min(at+unit, len(b))]
					if rng.IntN(3) == 0 && len(piece) >= minPiece && !zeros(piece) {
						clear(piece)
						lost = true
					}
				}
				tail, err := recoverBytes(b)
				if err != nil || lost != (tail.Torn > 0) || lost == (tail.Next == f.next) {
					t.Fatalf("unit %d shift %d, lost %t: %+v, %v", unit, shift, lost, tail, err)
				}
			}
		}
	}
	zeroTail := append(bytes.Clone(f.b), make([]byte, 5000)...)
	if tail, err := recoverBytes(zeroTail); err != nil || tail.Torn != 5000 || tail.Next != f.next {
		t.Fatalf("zeros at the end: %+v, %v", tail, err)
	}
}

// TestFlips flips every bit of every batch, one at a time: it is always
// refused, with the position of the batch.
func TestFlips(t *testing.T) {
	f := newFile().add([]byte("one"), []byte("two")).add(make([]byte, 600), random(30)).add(random(100), make([]byte, 1200))
	for i := f.starts[0]; i < len(f.b); i++ {
		for bit := range 8 {
			b := bytes.Clone(f.b)
			b[i] ^= 1 << bit
			batch := 0
			for batch+1 < len(f.starts) && f.starts[batch+1] <= i {
				batch++
			}
			tail, err := recoverBytes(b)
			if !journal.IsCorrupt(err) || tail.Batches != batch {
				t.Fatalf("bit %d of byte %d in batch %d: %+v, %v", bit, i-f.starts[batch], batch, tail, err)
			}
		}
	}
}

func TestDamage(t *testing.T) {
	cases := []struct {
		name, says string
		change     func(f *file)
	}{
		{"a batch zeroed, a valid one after it", "valid batch follows", func(f *file) { clear(f.b[f.starts[1]:f.starts[2]]) }},
		{"a header zeroed, a valid batch after it", "valid batch follows", func(f *file) { clear(f.b[f.starts[1]:sector]) }},
		{"a body zeroed, a valid batch after it", "checksum", func(f *file) { clear(f.b[f.starts[1]+60 : f.starts[2]]) }},
		{"a batch missing", "begins with offset 1003, and 1002 comes next", func(f *file) {
			f.b = append(f.b[:f.starts[1]], f.b[f.starts[2]:]...)
		}},
		{"a batch twice", "begins with offset 1000", func(f *file) {
			f.b = append(f.b, f.b[f.starts[0]:f.starts[1]]...)
		}},
		{"text at the end", "no batch begins here", func(f *file) { f.b = append(f.b, strings.Repeat("garbage ", 100)...) }},
		{"a byte more after a bad body", "checksum", func(f *file) {
			clear(f.b[len(f.b)-1000:])
			f.b = append(f.b, 0)
		}},
		{"a flipped bit in a record full of zeros", "checksum", func(f *file) { f.b[f.starts[2]+2000] ^= 1 }},
		{"frames that do not fit, under a right checksum", "do not fit", func(f *file) {
			var frames Frames
			var batch Batch
			frames.Add(nil, random(100), 0)
			frames.Bytes[3] = 200
			_ = batch.Add(&frames)
			f.b = append(f.b, batch.Seal(f.next, int64(len(f.b)))...)
		}},
		{"bytes after the frames, under a right checksum", "after the last record", func(f *file) {
			var frames Frames
			var batch Batch
			frames.Add(nil, random(100), 0)
			frames.Bytes = append(frames.Bytes, 1, 2, 3)
			_ = batch.Add(&frames)
			f.b = append(f.b, batch.Seal(f.next, int64(len(f.b)))...)
		}},
		{"a body longer than the limit", "more than", func(f *file) {
			b := make([]byte, BatchHeaderSize)
			BatchHeader{Body: MaxBody + 1, Base: f.next, Count: 1}.put(b)
			f.b = append(f.b, b...)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := sample()
			c.change(f)
			tail, err := f.recover()
			if !journal.IsCorrupt(err) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "feed.demo/3:") {
				t.Fatalf("got %+v and error %v, want it to say %q", tail, err, c.says)
			}
		})
	}
}
