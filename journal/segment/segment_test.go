package segment

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deadheat-io/deadheat/journal"
)

var testHeader = Header{Journal: "0123456789abcdef", Partition: journal.Partition{Topic: "feed.demo", Index: 3}, Base: 1000}

// file builds a segment file in memory.
type file struct {
	b      []byte
	next   int64
	starts []int // where the batches begin
}

func newFile() *file { return &file{b: testHeader.Append(nil), next: testHeader.Base} }

func (f *file) add(values ...[]byte) *file {
	var frames Frames
	var batch Batch
	for i, v := range values {
		frames.Add(fmt.Appendf(nil, "k%d", i), v, 100+int64(i))
	}
	if err := batch.Add(&frames); err != nil {
		panic(err)
	}
	f.starts = append(f.starts, len(f.b))
	f.b = append(f.b, batch.Seal(f.next, int64(len(f.b)))...)
	f.next += int64(len(values))
	return f
}

func (f *file) recover() (Tail, error) { return recoverBytes(f.b) }

func recoverBytes(b []byte) (Tail, error) {
	return Recover(bytes.NewReader(b), int64(len(b)), "test.seg", testHeader)
}

func TestHeader(t *testing.T) {
	b := testHeader.Append(nil)
	read := func(b []byte) (Header, error) {
		return ReadHeader(bytes.NewReader(b), int64(len(b)), "test.seg", testHeader.Partition.At(1000))
	}
	h, err := read(append(b, "more"...))
	if err != nil || h != testHeader || h.Size() != int64(len(b)) {
		t.Fatalf("got %+v, %v", h, err)
	}
	for n := range b {
		if _, err := read(b[:n]); !errors.Is(err, ErrNoHeader) {
			t.Errorf("header cut to %d bytes: %v", n, err)
		}
		if _, err := read(make([]byte, n*10)); !errors.Is(err, ErrNoHeader) {
			t.Errorf("%d zeros: %v", n, err)
		}
		for bit := range 8 {
			bad := bytes.Clone(b)
			bad[n] ^= 1 << bit
			if _, err := read(bad); err == nil || (!journal.IsCorrupt(err) && !errors.Is(err, ErrNoHeader)) {
				t.Errorf("bit %d of byte %d flipped: %v", bit, n, err)
			}
		}
	}
	other := testHeader
	other.Partition.Index = 4
	if err := h.Check(other, "test.seg"); !journal.IsCorrupt(err) || !strings.Contains(err.Error(), "feed.demo/4:1000") {
		t.Errorf("check of another partition: %v", err)
	}
}

func TestNewerFormat(t *testing.T) {
	b := testHeader.Append(nil)
	b[offFormat+3] = 2
	b = reseal(b)
	_, err := ReadHeader(bytes.NewReader(b), int64(len(b)), "test.seg", journal.Position{})
	if err == nil || journal.IsCorrupt(err) || !strings.Contains(err.Error(), "newer build") {
		t.Fatalf("got %v", err)
	}
}

// TestRoundTrip writes random batches and reads them by every way there is.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFile()
		var want [][]byte
		for range rapid.IntRange(0, 12).Draw(t, "batches") {
			values := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 2000), 1, 8).Draw(t, "values")
			f.add(values...)
			want = append(want, values...)
		}
		s := NewScanner(bytes.NewReader(f.b), int64(len(f.b)), "test.seg", testHeader)
		var got [][]byte
		for {
			b, err := s.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			rest := b.Body
			for range b.Count {
				frame, after, err := Cut(rest)
				if err != nil {
					t.Fatal(err)
				}
				got, rest = append(got, bytes.Clone(frame.Value)), after
			}
		}
		if len(got) != len(want) || s.NextOffset() != f.next {
			t.Fatalf("%d records, want %d", len(got), len(want))
		}
		for i := range got {
			if !bytes.Equal(got[i], want[i]) {
				t.Fatalf("record %d differs", i)
			}
		}
		tail, err := f.recover()
		if err != nil || tail.Torn != 0 || tail.Next != f.next || tail.Size != int64(len(f.b)) || tail.Batches != len(f.starts) {
			t.Fatalf("recover: %+v, %v", tail, err)
		}
		offset := rapid.Int64Range(testHeader.Base, f.next).Draw(t, "offset")
		s = NewScanner(bytes.NewReader(f.b), int64(len(f.b)), "test.seg", testHeader)
		err = s.SeekOffset(offset)
		if offset == f.next {
			if err != io.EOF {
				t.Fatalf("seek to the end: %v", err)
			}
			return
		}
		b, err := s.Next()
		if err != nil || offset < b.Base || offset >= b.Base+int64(b.Count) {
			t.Fatalf("seek to %d came to %d, %v", offset, b.Base, err)
		}
	})
}

// TestExtend reads a file that grows, in steps of any size.
func TestExtend(t *testing.T) {
	f := newFile()
	for i := range 200 {
		f.add(bytes.Repeat([]byte{byte(i + 1)}, i*37%5000))
	}
	s := NewScanner(bytes.NewReader(f.b), testHeader.Size(), "test.seg", testHeader)
	for i, start := range f.starts {
		if _, err := s.Next(); err != io.EOF {
			t.Fatalf("batch %d: %v before it is there", i, err)
		}
		end := len(f.b)
		if i+1 < len(f.starts) {
			end = f.starts[i+1]
		}
		s.Extend(int64(end))
		if b, err := s.Next(); err != nil || b.Pos != int64(start) || b.Base != 1000+int64(i) {
			t.Fatalf("batch %d: %+v, %v", i, b.BatchHeader, err)
		}
	}
}

func TestBatchLimit(t *testing.T) {
	var frames Frames
	var batch Batch
	frames.Add(nil, make([]byte, MaxBody/2), 0)
	if err := batch.Add(&frames); err != nil {
		t.Fatal(err)
	}
	if err := batch.Add(&frames); err == nil || batch.Count() != 1 {
		t.Fatalf("a batch beyond the limit: %v", err)
	}
	if (&Batch{}).Seal(0, 0) != nil {
		t.Fatal("an empty batch has bytes")
	}
}

// TestCountEmpty compares with counting byte by byte.
func TestCountEmpty(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		b := make([]byte, rng.IntN(3000))
		for range rng.IntN(6) {
			if len(b) > 0 {
				b[rng.IntN(len(b))] = 1
			}
		}
		pos := rng.Int64N(2000)
		want, length, clean := 0, 0, true
		for i := range b {
			length, clean = length+1, clean && b[i] == 0
			if (pos+int64(i)+1)%sector == 0 || i == len(b)-1 {
				if clean && length >= minPiece {
					want++
				}
				length, clean = 0, true
			}
		}
		if got := countEmpty(b, pos); got != want {
			t.Fatalf("%d bytes at %d: %d empty sectors, want %d", len(b), pos, got, want)
		}
	}
}
