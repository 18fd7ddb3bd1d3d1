package segment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// sector is the smallest piece that a disk writes whole. What a crash leaves
// unwritten inside a file is made of such pieces, aligned, full of zeros.
const sector = 512

// minPiece is the shortest piece of a sector that says anything: a shorter one
// may have become zero by a few changed bits.
const minPiece = 16

// countEmpty counts the sectors of b that hold nothing but zeros, when b
// stands at the position in the file. The first and the last piece may be
// parts of a sector; they count when they are not too short.
//
// The writer stores the count, so that a reader who finds more of them knows
// that something was never written, whatever zeros the records themselves have.
func countEmpty(b []byte, pos int64) int {
	n := 0
	for len(b) > 0 {
		piece := b[:min(int64(len(b)), sector-pos%sector)]
		if len(piece) >= minPiece && binary.LittleEndian.Uint64(piece) == 0 && zeros(piece) {
			n++
		}
		b, pos = b[len(piece):], pos+int64(len(piece))
	}
	return n
}

// zeroBlock is what zeros compares with.
var zeroBlock [4096]byte

func zeros(b []byte) bool {
	for len(b) > len(zeroBlock) {
		if !bytes.Equal(b[:len(zeroBlock)], zeroBlock[:]) {
			return false
		}
		b = b[len(zeroBlock):]
	}
	return bytes.Equal(b, zeroBlock[:len(b)])
}

// allZero tells whether the bytes of [from, to) are all zeros; none are.
func allZero(r io.ReaderAt, from, to int64) (bool, error) {
	buf := make([]byte, min(to-from, sector))
	for from < to {
		b := buf[:min(to-from, int64(len(buf)))]
		if err := readFull(r, b, from); err != nil {
			return false, err
		}
		if !zeros(b) {
			return false, nil
		}
		from += int64(len(b))
		if len(buf) == sector { // most answers are known by now
			buf = make([]byte, Chunk)
		}
	}
	return true, nil
}

// readFull reads exactly len(b) bytes.
func readFull(r io.ReaderAt, b []byte, pos int64) error {
	n, err := r.ReadAt(b, pos)
	switch {
	case n == len(b):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	}
	return err
}
