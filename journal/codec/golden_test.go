package codec_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

var update = flag.Bool("update", false, "write the golden file anew; only before its version is released")

const goldenFile = "../../testdata/golden/v1/records.jsonl"

// golden is a line of the file: one for each kind.
type golden struct {
	Name  string          `json:"name"`
	Value string          `json:"value"` // hex of the record's value
	Form  json.RawMessage `json:"form"`  // what it says
}

// form is a decoded record.
type form struct {
	Kind  schema.Kind `json:"kind"`
	Lane  string      `json:"lane"`
	Epoch int64       `json:"epoch"`
	Seq   int64       `json:"seq"`
	Time  int64       `json:"time"`
	Body  schema.Body `json:"body"`
}

func decodeForm(t *testing.T, value []byte) []byte {
	t.Helper()
	var r journal.Record
	if err := codec.DecodeRecord(value, &r); err != nil {
		t.Fatal(err)
	}
	body, err := codec.DecodeBody(r.Kind, r.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Body = codec.Body(body)
	if again := codec.AppendRecord(nil, &r); !bytes.Equal(again, value) {
		t.Fatalf("%s\n     decoded %x\n encodes to %x", r.Kind, value, again)
	}
	b, err := json.Marshal(form{r.Kind, r.Lane, r.Epoch, r.Seq, r.Time, body})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// goldenBody is a body in which every value is another one.
func goldenBody(kind schema.Kind) []byte {
	body := generate(kind, new(full))
	switch b := body.(type) {
	case *schema.Surfaced: // an item has one of the two
		event, offer := b.Items[0], b.Items[0]
		event.Offer, offer.Event = nil, nil
		b.Items = []schema.SurfacedItem{event, offer}
	case *schema.Executions:
		b.Items = make([]schema.Execution, len(executionUses)) // one of each type
		for i, s := 0, new(full); i < len(b.Items); i++ {
			fillExecution(reflect.ValueOf(&b.Items[i]).Elem(), s, schema.ExecutionType(i+1))
		}
	}
	return codec.Body(body)
}

// goldenValue is the record of that body.
func goldenValue(kind schema.Kind) []byte {
	return codec.AppendRecord(nil, &journal.Record{
		Kind: kind, Lane: "feed", Epoch: 3, Seq: 1000 + int64(kind), Time: 1_767_225_600_000_000_000 + int64(kind),
		Body: goldenBody(kind),
	})
}

// TestGolden proves that records of version 1 are read for ever as they were
// written. A kind that is not in the file yet must be added to it.
func TestGolden(t *testing.T) {
	if *update {
		var file bytes.Buffer
		for _, kind := range schema.Kinds() {
			value := goldenValue(kind)
			line, err := json.Marshal(golden{kind.String(), hex.EncodeToString(value), decodeForm(t, value)})
			if err != nil {
				t.Fatal(err)
			}
			file.Write(append(line, '\n'))
		}
		if err := os.WriteFile(goldenFile, file.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	missing := make(map[string]schema.Kind)
	for _, kind := range schema.Kinds() {
		missing[kind.String()] = kind
	}
	for line := range bytes.Lines(file) {
		var g golden
		if err := json.Unmarshal(line, &g); err != nil {
			t.Fatal(err)
		}
		delete(missing, g.Name)
		t.Run(g.Name, func(t *testing.T) {
			value, err := hex.DecodeString(g.Value)
			if err != nil {
				t.Fatal(err)
			}
			if have := decodeForm(t, value); !bytes.Equal(have, g.Form) {
				t.Errorf("decodes to\n%s\nthe file says\n%s", have, g.Form)
			}
		})
	}
	for name := range missing {
		t.Errorf("%s is not in %s", name, goldenFile)
	}
}
