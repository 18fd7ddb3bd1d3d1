package book

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// The golden files hold a journal of rules version 1, the state hash and the
// outputs' digest after every record, and the export in the end: history must
// keep its meaning for ever.
var (
	goldenHistory = filepath.Join("testdata", "golden", "v1", "history.jsonl")
	goldenExport  = filepath.Join("testdata", "golden", "v1", "export.json")
)

type goldenRecord struct {
	Market  string `json:"market"`
	Time    int64  `json:"time"`
	Kind    string `json:"kind"`
	Body    string `json:"body"`    // hex
	Hash    string `json:"hash"`    // after it
	Outputs string `json:"outputs"` // SHA-256 of what it emitted, keys and bodies
}

func TestGoldenHistoryKeepsItsMeaning(t *testing.T) {
	if os.Getenv("DEADHEAT_GOLDEN") == "write" {
		writeGolden(t)
	}
	file, err := os.Open(goldenHistory)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	f, n := newTestFold(), 0
	for lines := bufio.NewScanner(file); lines.Scan(); n++ {
		var g goldenRecord
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		got := g
		if f.golden(t, &got); got != g {
			t.Fatalf("record %d, %s: state %s and outputs %s, they were %s and %s", n, g.Kind, got.Hash, got.Outputs, g.Hash, g.Outputs)
		}
	}
	if n < 400 {
		t.Errorf("only %d records", n)
	}
	want, err := os.ReadFile(goldenExport)
	if err != nil {
		t.Fatal(err)
	}
	var export bytes.Buffer
	if err := f.b.Export(&export); err != nil || !bytes.Equal(export.Bytes(), want) {
		t.Errorf("the export is another: %v\n%s", err, &export)
	}
}

// golden folds a record and fills in what came of it.
func (f *testFold) golden(t *testing.T, g *goldenRecord) {
	t.Helper()
	kind, err := schema.ParseKind(g.Kind)
	if err != nil {
		t.Fatal(err)
	}
	body, err := hex.DecodeString(g.Body)
	if err != nil {
		t.Fatal(err)
	}
	outputs := sha256.New()
	r := journal.Record{Offset: f.at, Time: g.Time, Key: []byte(g.Market), Kind: kind, Body: body}
	f.at++
	err = f.b.Apply(&r, func(key []byte, out schema.Body) {
		outputs.Write(key)
		outputs.Write(codec.Body(out))
	})
	if err != nil {
		t.Fatal(err)
	}
	g.Hash, g.Outputs = f.sum().String(), hex.EncodeToString(outputs.Sum(nil))
}

// writeGolden writes the files of a version that has none yet.
func writeGolden(t *testing.T) {
	t.Helper()
	for _, name := range []string{goldenHistory, goldenExport} {
		if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("%s is there: it must not change", name)
		}
	}
	if err := os.MkdirAll(filepath.Dir(goldenHistory), 0o755); err != nil {
		t.Fatal(err)
	}
	var history, export bytes.Buffer
	f, out := newTestFold(), json.NewEncoder(&history)
	for _, s := range randomSteps(rand.New(rand.NewSource(22)), 500) {
		g := goldenRecord{Market: s.market, Time: s.time, Kind: s.body.RecordKind().String(), Body: hex.EncodeToString(codec.Body(s.body))}
		f.golden(t, &g)
		if err := out.Encode(g); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.b.Export(&export); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{goldenHistory: history.Bytes(), goldenExport: export.Bytes()} {
		if err := os.WriteFile(name, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
