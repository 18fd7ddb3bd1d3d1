package codec_test

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

func raw(b []byte) ([]byte, error) {
	r := codec.Read(b)
	v := r.Raw()
	return v, r.Done()
}

// TestNotCanonical has msgpack in a longer form than needed.
func TestNotCanonical(t *testing.T) {
	long := func(head string, n int) []byte { return append([]byte(head), make([]byte, n)...) }
	for name, b := range map[string][]byte{
		"uint8 of a fixint":    []byte("\xcc\x7f"),
		"uint16 of a uint8":    []byte("\xcd\x00\xff"),
		"uint32 of a uint16":   []byte("\xce\x00\x00\xff\xff"),
		"uint64 of a uint32":   []byte("\xcf\x00\x00\x00\x00\xff\xff\xff\xff"),
		"int8 of a fixint":     []byte("\xd0\xe0"),
		"int8 not negative":    []byte("\xd0\x01"),
		"int16 of an int8":     []byte("\xd1\xff\x80"),
		"int16 not negative":   []byte("\xd1\x7f\xff"),
		"int32 of an int16":    []byte("\xd2\xff\xff\x80\x00"),
		"int64 of an int32":    []byte("\xd3\xff\xff\xff\xff\x80\x00\x00\x00"),
		"int64 not negative":   []byte("\xd3\x7f\xff\xff\xff\xff\xff\xff\xff"),
		"str8 of a fixstr":     long("\xd9\x1f", 31),
		"str16 of a str8":      long("\xda\x00\xff", 255),
		"str32 of a str16":     long("\xdb\x00\x00\xff\xff", 1<<16-1),
		"bin16 of a bin8":      long("\xc5\x00\xff", 255),
		"bin32 of a bin16":     long("\xc6\x00\x00\xff\xff", 1<<16-1),
		"array16 of a fix":     long("\xdc\x00\x0f", 15),
		"array32 of a array16": long("\xdd\x00\x00\xff\xff", 1<<16-1),
	} {
		if _, err := raw(b); !errors.Is(err, codec.ErrNotCanonical) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRefused has bytes that are no value of the journal's subset.
func TestRefused(t *testing.T) {
	for name, b := range map[string]string{
		"nothing": "", "never used": "\xc1", "map": "\x81\x01\x01", "map16": "\xde\x00\x00", "float32": "\xca\x00\x00\x00\x00",
		"float64": "\xcb\x00\x00\x00\x00\x00\x00\x00\x00", "fixext": "\xd4\x01\x01", "ext8": "\xc7\x00\x01",
		"uint64 beyond int64": "\xcf\x80\x00\x00\x00\x00\x00\x00\x00", "not UTF-8": "\xa1\xff",
		"surrogate": "\xa3\xed\xa0\x80", "left over": "\x01\x01", "array cut": "\x92\x01", "text cut": "\xa2a",
		"bytes cut": "\xc4\x02a", "length cut": "\xda\x01", "integer cut": "\xce\x01\x02\x03",
	} {
		if _, err := raw([]byte(b)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestDepth(t *testing.T) {
	nested := func(n int) []byte { return append(bytes.Repeat([]byte{0x91}, n), 0x01) }
	if _, err := raw(nested(codec.MaxDepth)); err != nil {
		t.Errorf("a value in %d arrays: %v", codec.MaxDepth, err)
	}
	if _, err := raw(nested(codec.MaxDepth + 1)); err == nil {
		t.Errorf("a value in %d arrays is accepted", codec.MaxDepth+1)
	}
	if _, err := raw(nested(1 << 20)); err == nil {
		t.Error("a million arrays are accepted")
	}
}

func TestInt(t *testing.T) {
	for _, edge := range edges {
		for _, n := range []int64{edge - 1, edge, edge + 1} { // the ends wrap around, which is as good
			w := codec.NewWriter()
			w.Int(n)
			r := codec.Read(w.Bytes())
			if got := r.Int(); got != n || r.Done() != nil {
				t.Errorf("%d: %x reads as %d, %v", n, w.Bytes(), got, r.Err())
			}
		}
	}
}

// TestFirstErrorSticks reads on behind an error.
func TestFirstErrorSticks(t *testing.T) {
	r := codec.Read([]byte("\xc1\x01\xa1a"))
	_ = r.Int()
	first := r.Err()
	if r.Int() != 0 || r.Str() != "" || r.Bin() != nil || r.Raw() != nil || r.Array() != 0 || r.Bool() || r.Nil() {
		t.Error("a value came after an error")
	}
	r.Failed("another")
	if first == nil || r.Done() != first {
		t.Errorf("first %v, in the end %v", first, r.Done())
	}
}

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestHugeLengths has heads that promise up to 4 GiB: nothing may be allocated
// for what is not there.
func TestHugeLengths(t *testing.T) {
	const limit = 16 << 10 // for errors and what a test runs beside
	reads := map[string]func(*codec.Reader){
		"Array": func(r *codec.Reader) { r.Array() }, "Str": func(r *codec.Reader) { _ = r.Str() },
		"Bin": func(r *codec.Reader) { r.Bin() }, "Raw": func(r *codec.Reader) { r.Raw() },
		"Words": func(r *codec.Reader) { r.Words() }, "Participants": func(r *codec.Reader) { r.Participants() },
		"Prices": func(r *codec.Reader) { r.Prices() }, "Offer": func(r *codec.Reader) { r.Offer() },
	}
	for _, head := range []string{"\xdd\xff\xff\xff\xff", "\xdc\xff\xff", "\xdb\xff\xff\xff\xff", "\xc6\xff\xff\xff\xff", "\xc5\xff\xff"} {
		for name, read := range reads {
			got := allocated(func() {
				r := codec.Read([]byte(head + "\x01\x02"))
				if read(&r); r.Done() == nil {
					t.Errorf("%s accepts %x", name, head)
				}
			})
			if got > limit {
				t.Errorf("%s of %x allocates %d bytes", name, head, got)
			}
		}
		for _, kind := range schema.Kinds() {
			b := codec.Body(generate(kind, new(full)))
			for i := range b {
				damaged := append(append(bytes.Clone(b[:i]), head...), b[i:]...)
				if got := allocated(func() { _, _ = codec.DecodeBody(kind, damaged) }); got > limit+100*uint64(len(damaged)) {
					t.Fatalf("%s with %x at %d allocates %d bytes", kind, head, i, got)
				}
			}
		}
	}
}

// TestAmplification has lists whose values look as small as they can be: what
// is allocated is bounded by the bytes at hand.
func TestAmplification(t *testing.T) {
	const size, most = 1 << 20, 32
	list := append([]byte("\xdd\x00\x0f\x00\x00"), bytes.Repeat([]byte{0xc0}, size)...)
	offer := append([]byte("\x97\x01\xc0\xc0\xc0\xc0\x95\xc0\xc0\xc0\xc0\xc0\xdd\x00\x01\x20\x00"), make([]byte, size)...)
	items := append([]byte("\x93\x01\x00\xdd\x00\x01\x80\x00"), bytes.Repeat([]byte{0xc0}, size)...)
	for name, read := range map[string]func(){
		"Executions":   func() { _, _ = codec.DecodeBody(schema.KindExecutions, items) },
		"Words":        func() { r := codec.Read(list); r.Words() },
		"Participants": func() { r := codec.Read(list); r.Participants() },
		"Prices":       func() { r := codec.Read(list); r.Prices() },
		"Offer":        func() { r := codec.Read(offer); r.Offer() },
	} {
		if got := allocated(read); got > most*size {
			t.Errorf("%s allocates %d times its bytes", name, got/size)
		}
	}
}

// TestNoAllocation holds for what a fold does with every record.
func TestNoAllocation(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	b := codec.Body(generate(schema.KindBetOfferAdded, new(full)))
	allocs := testing.AllocsPerRun(100, func() {
		r := codec.Read(b)
		_ = r.MessageHead(schema.KindBetOfferAdded)
		r.Raw()
		if r.Done() != nil {
			t.Error(r.Done())
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// FuzzReader compares the reader with the oracle.
func FuzzReader(f *testing.F) {
	for _, n := range edges {
		w := codec.NewWriter()
		w.Int(n)
		f.Add(w.Bytes())
	}
	for _, s := range []string{"", "é", strings.Repeat("x", 32), strings.Repeat("x", 256)} {
		w := codec.NewWriter()
		w.Array(4)
		w.Str(s)
		w.Bin([]byte(s))
		w.Bool(s == "")
		w.Nil()
		f.Add(w.Bytes())
	}
	f.Add([]byte("\xdd\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := raw(b)
		if err != nil {
			return
		}
		if !bytes.Equal(v, b) {
			t.Fatalf("%x: Raw returns %x", b, v)
		}
		if other, err := oracle(b); err != nil || !bytes.Equal(other, b) {
			t.Fatalf("the oracle makes %x of %x, %v", other, b, err)
		}
	})
}
