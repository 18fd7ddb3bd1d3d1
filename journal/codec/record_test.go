package codec_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

func TestRecordRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(schema.Kinds()).Draw(t, "kind")
		d := drawn{t}
		r := journal.Record{
			Offset: 7, Key: []byte("key"), Kind: kind, Lane: d.text(), Epoch: d.integer() & math.MaxInt64,
			Seq: d.integer() & math.MaxInt64, Time: d.integer(), Body: codec.Body(generate(kind, d)),
		}
		value := codec.AppendRecord([]byte("head"), &r)[4:]
		if len(value) > codec.RecordSize(&r) {
			t.Fatalf("%d bytes, RecordSize says %d", len(value), codec.RecordSize(&r))
		}
		back := journal.Record{Offset: 7, Key: r.Key}
		if err := codec.DecodeRecord(value, &back); err != nil {
			t.Fatal(err)
		}
		same := back.Kind == r.Kind && back.Lane == r.Lane && back.Epoch == r.Epoch && back.Seq == r.Seq &&
			back.Time == r.Time && back.Offset == 7 && bytes.Equal(back.Body, r.Body) && bytes.Equal(back.Value, value)
		if !same || !bytes.Equal(codec.AppendRecord(nil, &back), value) {
			t.Fatalf("came back as %+v\n was %+v", back, r)
		}
	})
}

// value is a record's value, written by hand.
func value(fields int, write func(*codec.Writer)) []byte {
	w := codec.NewWriter()
	w.Array(fields)
	write(w)
	return w.Bytes()
}

func record(format, kind, epoch, seq int64) []byte {
	return value(7, func(w *codec.Writer) {
		w.Int(format)
		w.Int(kind)
		w.Str("feed")
		w.Int(epoch)
		w.Int(seq)
		w.Int(1)
		w.Nil()
	})
}

func TestUnknownFormat(t *testing.T) {
	// A later format may have another number of fields, or fewer.
	longer := value(9, func(w *codec.Writer) {
		w.Int(2)
		w.Raw(bytes.Repeat([]byte{0x01}, 8))
	})
	shorter := value(1, func(w *codec.Writer) { w.Int(2) })
	for _, b := range [][]byte{record(2, 1, 1, 1), longer, shorter} {
		var f *codec.FormatError
		if err := codec.DecodeRecord(b, new(journal.Record)); !errors.As(err, &f) || f.Format != 2 {
			t.Errorf("%x: %v", b, err)
		}
	}
}

func TestUnknownKind(t *testing.T) {
	for number, kind := range map[int64]schema.Kind{
		0: 0, -1: 0, math.MinInt64: 0, 999: 999, math.MaxUint16: math.MaxUint16,
		// The low 16 bits of these are GENESIS.
		1<<16 + 1: 0, 1<<32 + 1: 0, math.MaxInt64: 0,
	} {
		var k *codec.KindError
		err := codec.DecodeRecord(record(codec.Format, number, 1, 1), new(journal.Record))
		if !errors.As(err, &k) || k.Number != number || k.Kind != kind {
			t.Errorf("%d: %#v", number, err)
		}
	}
	var k *codec.KindError
	err := codec.DecodeRecord(record(codec.Format, 70000, 1, 1), new(journal.Record))
	if !errors.As(err, &k) || !strings.Contains(err.Error(), " 70000 ") {
		t.Error(err)
	}
	if body, err := codec.DecodeBody(999, []byte{0x90}); !errors.As(err, &k) || k.Number != 999 || body != nil {
		t.Error(body, err)
	}
}

func TestMalformedRecord(t *testing.T) {
	good := record(codec.Format, 1, 1, 1)
	if err := codec.DecodeRecord(good, new(journal.Record)); err != nil {
		t.Fatal(err)
	}
	fields := func(n int) []byte {
		return append([]byte{0x90 | byte(n), codec.Format, 1}, bytes.Repeat([]byte{0xc0}, n-2)...)
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "not an array": {0x01}, "six fields": fields(6), "eight fields": fields(8),
		"negative epoch": record(codec.Format, 1, -1, 1), "negative seq": record(codec.Format, 1, 1, -1),
		"left over": append(bytes.Clone(good), 0xc0), "text for a format": []byte("\x97\xa11\x01"),
	} {
		var d *codec.DecodeError
		if err := codec.DecodeRecord(b, new(journal.Record)); !errors.As(err, &d) || d.Unwrap() == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNoBody holds because a record that no reader can read would stop all.
func TestNoBody(t *testing.T) {
	var back journal.Record
	err := codec.DecodeRecord(codec.AppendRecord(nil, &journal.Record{Kind: schema.KindFeedUp}), &back)
	if err != nil || !bytes.Equal(back.Body, []byte{0xc0}) {
		t.Errorf("body %x, %v", back.Body, err)
	}
}

// canonicalRecord proves the law for a record's value.
func canonicalRecord(t *testing.T, b []byte) {
	t.Helper()
	var r journal.Record
	if err := codec.DecodeRecord(b, &r); err != nil {
		var f *codec.FormatError
		var d *codec.DecodeError
		if !refusal(err) && !errors.As(err, &f) && !errors.As(err, &d) {
			t.Fatalf("%x: %T %v", b, err, err)
		}
		return
	}
	if again := codec.AppendRecord(nil, &r); !bytes.Equal(again, b) {
		t.Fatalf("    decoded %x\nencodes to %x", b, again)
	}
	if other, err := oracle(b); err != nil || !bytes.Equal(other, b) {
		t.Fatalf("the oracle makes %x of %x, %v", other, b, err)
	}
	canonical(t, r.Kind, r.Body)
}

func TestRecordDamage(t *testing.T) {
	for _, kind := range []schema.Kind{schema.KindClaim, schema.KindOutcomeOdds} {
		b := codec.AppendRecord(nil, &journal.Record{
			Kind: kind, Lane: "feed", Epoch: 300, Seq: 70_000, Time: 1_700_000_000_000_000_000,
			Body: codec.Body(generate(kind, new(full))),
		})
		for n := range b {
			if codec.DecodeRecord(b[:n], new(journal.Record)) == nil {
				t.Fatalf("%s cut at %d of %d is accepted", kind, n, len(b))
			}
		}
		for i := range b {
			was := b[i]
			for c := range 256 {
				b[i] = byte(c)
				canonicalRecord(t, b)
			}
			b[i] = was
		}
	}
}

// TestLaneSharesMemory is what keeps a batch of records cheap.
func TestLaneSharesMemory(t *testing.T) {
	b := record(codec.Format, 1, 1, 1)
	r := journal.Record{Lane: "feed"}
	if n := testing.AllocsPerRun(100, func() { _ = codec.DecodeRecord(b, &r) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzRecord proves the law on arbitrary bytes.
func FuzzRecord(f *testing.F) {
	for _, kind := range schema.Kinds() {
		r := journal.Record{Kind: kind, Lane: "feed", Epoch: 1, Seq: 2, Time: 3, Body: codec.Body(generate(kind, new(full)))}
		f.Add(codec.AppendRecord(nil, &r))
	}
	f.Add(record(2, 1, 1, 1))
	f.Add(record(1, 1<<16+1, 1, 1))
	f.Fuzz(func(t *testing.T, b []byte) { canonicalRecord(t, b) })
}
