package offering

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/projection"

	"github.com/deadheat-io/deadheat/journal/codec"
)

// goldenFile holds a journal of rules version 1 and the state hash after every
// record: history must keep its meaning for ever.
var goldenFile = filepath.Join("..", "..", "testdata", "golden", "v1", "offering.jsonl")

type goldenRecord struct {
	Kind string `json:"kind"`
	Body string `json:"body"` // hex
	Hash string `json:"hash"` // after it
}

func TestGoldenHistoryKeepsItsMeaning(t *testing.T) {
	f, err := os.Open(goldenFile)
	if errors.Is(err, os.ErrNotExist) && os.Getenv("DEADHEAT_GOLDEN") == "write" {
		writeGolden(t)
		f, err = os.Open(goldenFile)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fold, n := &testFold{p: New()}, 0
	for lines := bufio.NewScanner(f); lines.Scan(); n++ {
		var g goldenRecord
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		if got := fold.golden(t, g).String(); got != g.Hash {
			t.Fatalf("record %d, %s: the state hash is %s, it was %s", n, g.Kind, got, g.Hash)
		}
	}
	if n < 300 {
		t.Errorf("only %d records", n)
	}
}

func (f *testFold) golden(t *testing.T, g goldenRecord) projection.Digest {
	t.Helper()
	kind, err := schema.ParseKind(g.Kind)
	if err != nil {
		t.Fatal(err)
	}
	body, err := hex.DecodeString(g.Body)
	if err != nil {
		t.Fatal(err)
	}
	r := journal.Record{Offset: f.at, Kind: kind, Body: body}
	f.at++
	if err := f.p.Apply(&r, func([]byte, schema.Body) {}); err != nil {
		t.Fatal(err)
	}
	return f.sum()
}

// writeGolden writes the file of a version that has none yet.
func writeGolden(t *testing.T) {
	t.Helper()
	f, err := os.Create(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fold, out, rng := &testFold{p: New()}, json.NewEncoder(f), rand.New(rand.NewSource(22))
	for n := 0; n < 400; {
		for _, body := range stream(rng) {
			g := goldenRecord{Kind: body.RecordKind().String(), Body: hex.EncodeToString(codec.Body(body))}
			g.Hash = fold.golden(t, g).String()
			if err := out.Encode(g); err != nil {
				t.Fatal(err)
			}
			n++
		}
	}
}
