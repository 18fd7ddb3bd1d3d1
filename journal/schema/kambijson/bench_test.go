package kambijson_test

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
	"github.com/go-json-experiment/json/jsontext"
)

// corpus is the real capture, or a mix much like it.
func corpus(b *testing.B) (messages [][]byte, average int64) {
	if os.Getenv("DEADHEAT_CAPTURE_DIR") != "" {
		messages = captured(b)
	} else {
		for i := range 100 {
			m := msg("OUTCOME_ODDS_UPDATED", `"outcomeOddsUpdated":{"betOfferId":2669810324,"outcomeId":4262869515,`+
				`"odds":[{"offerings":["main"],"odds":{"decimal":13.0}}]}`)
			if i%3 == 0 {
				m = []byte(full)
			}
			messages = append(messages, m)
		}
	}
	for _, m := range messages {
		average += int64(len(m))
	}
	return messages, average / int64(len(messages))
}

// BenchmarkTokens is the measure for BenchmarkDecode: the strict parser alone.
func BenchmarkTokens(b *testing.B) {
	messages, size := corpus(b)
	in := new(bytes.Buffer)
	d := jsontext.NewDecoder(in)
	b.SetBytes(size)
	i := 0
	for b.Loop() {
		*in = *bytes.NewBuffer(messages[i])
		d.Reset(in)
		for {
			if _, err := d.ReadToken(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
		i = (i + 1) % len(messages)
	}
}

func BenchmarkDecode(b *testing.B) {
	messages, size := corpus(b)
	d := kambijson.NewDecoder()
	b.SetBytes(size)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := d.Decode(messages[i], schema.FlowRealtime); err != nil {
			b.Fatal(err)
		}
		i = (i + 1) % len(messages)
	}
}

func BenchmarkAppend(b *testing.B) {
	texts, size := corpus(b)
	d := kambijson.NewDecoder()
	var messages []*schema.Message
	for _, m := range texts {
		body, err := d.Decode(m, schema.FlowRealtime)
		if err != nil {
			b.Fatal(err)
		}
		messages = append(messages, body.(*schema.Message))
	}
	b.SetBytes(size)
	b.ReportAllocs()
	var buf []byte
	i := 0
	for b.Loop() {
		buf = kambijson.Append(buf[:0], messages[i])
		i = (i + 1) % len(messages)
	}
}
