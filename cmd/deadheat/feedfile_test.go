package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
)

// feedFile is an input of the test server and the state that it must end in.
type feedFile struct {
	name, path string
	want       []byte
	last       int64 // highest offset
	offsets    []int64
}

// generatedFile is an input that everybody has.
func generatedFile(t testing.TB, n int) feedFile {
	t.Helper()
	return generate(t, "generated", kambitest.GenConfig{Seed: 5, Events: 10, Offers: 8}, n)
}

// wideFile is one with so many events that a snapshot takes its time.
func wideFile(t testing.TB, n int) feedFile {
	t.Helper()
	return generate(t, "wide", kambitest.GenConfig{Seed: 6, Events: 300, Offers: 10}, n)
}

func generate(t testing.TB, name string, c kambitest.GenConfig, n int) feedFile {
	t.Helper()
	var b bytes.Buffer
	if err := kambitest.WriteNDJSON(&b, c, n); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name+".ndjson")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return newFeedFile(t, name, path, nil)
}

// captureFeed is the real capture beside the project.
func captureFeed(t testing.TB) feedFile {
	t.Helper()
	dir := os.Getenv("DEADHEAT_CAPTURE_DIR")
	if dir == "" {
		t.Skip("DEADHEAT_CAPTURE_DIR is not set: the real capture is not here")
	}
	f, err := os.Open(filepath.Join(dir, "kambi-football.final.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	want, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return newFeedFile(t, "capture", filepath.Join(dir, "kambi-football.ndjson.gz"), want)
}

func newFeedFile(t testing.TB, name, path string, want []byte) feedFile {
	t.Helper()
	s, err := kambitest.LoadSequence(path)
	if err != nil {
		t.Fatal(err)
	}
	f := feedFile{name: name, path: path, want: want}
	for _, m := range s.Messages() {
		f.last = max(f.last, m.Offset)
		f.offsets = append(f.offsets, m.Offset)
	}
	if f.want == nil {
		naive, err := kambitest.Fold(s.Messages())
		if err != nil {
			t.Fatal(err)
		}
		if f.want, err = naive.State(); err != nil {
			t.Fatal(err)
		}
	}
	return f
}
