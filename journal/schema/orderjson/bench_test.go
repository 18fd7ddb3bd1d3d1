package orderjson_test

import (
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema/orderjson"
)

func BenchmarkDecodeNew(b *testing.B) {
	line := []byte(lines[0].in)
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := orderjson.Decode(line, orderjson.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendCommand(b *testing.B) {
	c, err := orderjson.Decode([]byte(lines[0].in), orderjson.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		buf = orderjson.AppendCommand(buf[:0], c)
	}
}
