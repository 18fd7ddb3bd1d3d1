package segment

import (
	"bytes"
	"io"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
)

// FuzzScanner feeds arbitrary bytes: no panic, no memory beyond the input and
// the read buffer, and whatever is returned has right checksums and dense
// offsets. Recover must agree with the Scanner.
func FuzzScanner(f *testing.F) {
	whole := sample().b
	f.Add(whole)
	f.Add(whole[:len(whole)-700])
	f.Add(append(bytes.Clone(whole), make([]byte, 600)...))
	f.Add(whole[:testHeader.Size()+10])
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := ReadHeader(bytes.NewReader(b), int64(len(b)), "fuzz", journal.Position{})
		if err == nil && h.Size() > int64(len(b)) {
			t.Fatalf("header of %d bytes in a file of %d", h.Size(), len(b))
		}
		// The fuzzer does not guess checksums: give it the file header.
		b = append(testHeader.Append(nil), b...)
		s := NewScanner(bytes.NewReader(b), int64(len(b)), "fuzz", testHeader)
		next, batches := testHeader.Base, 0
		var last error
		for last == nil {
			var batch ScannedBatch
			if batch, last = s.Next(); last != nil {
				break
			}
			if batch.Base != next || batch.Count < 1 || s.NextOffset() != batch.Next() {
				t.Fatalf("batch at %d with %d records where %d comes next", batch.Base, batch.Count, next)
			}
			next, batches = batch.Next(), batches+1
			for rest, err := batch.Body, error(nil); err == nil && len(rest) > 0; {
				_, rest, err = Cut(rest)
			}
		}
		if cap(s.buf) > max(len(b), Chunk) {
			t.Fatalf("buffer of %d bytes for a file of %d", cap(s.buf), len(b))
		}
		if last != io.EOF && !journal.IsCorrupt(last) {
			t.Fatalf("error is neither the end nor damage: %v", last)
		}
		tail, err := recoverBytes(b)
		switch {
		case err != nil && !journal.IsCorrupt(err):
			t.Fatalf("recover: %v", err)
		case tail.Batches > batches || tail.Size+tail.Torn > int64(len(b)):
			t.Fatalf("recover found %d batches, the scanner %d: %+v", tail.Batches, batches, tail)
		case err == nil && tail.Size+tail.Torn != int64(len(b)):
			t.Fatalf("recover leaves bytes out: %+v of %d", tail, len(b))
		}
	})
}

// FuzzFlipTail changes bytes of a good file anywhere: everything before the
// change comes back, nothing else does.
func FuzzFlipTail(f *testing.F) {
	good := sample()
	f.Add(uint16(100), byte(1), uint16(0))
	f.Add(uint16(2000), byte(0x80), uint16(3000))
	f.Fuzz(func(t *testing.T, at uint16, flip byte, length uint16) {
		b := bytes.Clone(good.b[:len(good.b)-int(length)%(len(good.b)-int(testHeader.Size()))])
		i := int(testHeader.Size()) + int(at)%max(1, len(b)-int(testHeader.Size()))
		if i < len(b) {
			b[i] ^= flip
		}
		tail, err := recoverBytes(b)
		if !bytes.Equal(b[:tail.Size], good.b[:tail.Size]) {
			t.Fatalf("changed bytes were taken for good: %+v, %v", tail, err)
		}
	})
}
