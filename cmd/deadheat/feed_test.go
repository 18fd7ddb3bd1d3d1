package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
)

// TestFeedOrder checks the order in which a feed is disturbed: copies are
// shuffled too, and the snapshot takes what is low in offset at last.
func TestFeedOrder(t *testing.T) {
	var b bytes.Buffer
	if err := kambitest.WriteNDJSON(&b, kambitest.GenConfig{Seed: 2}, 500); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "feed.ndjson")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	plain, err := kambitest.LoadSequence(path)
	if err != nil {
		t.Fatal(err)
	}
	middle := plain.Messages()[250].Offset
	s := &feedServe{input: path, seed: 9, shuffle: 4, window: 30, duplicate: 0.2, snapshotAt: middle}
	got, err := s.feed(func(string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	want, err := plain.Duplicate(0.2, 9).Shuffle(4, 30).SnapshotAt(middle)
	if err != nil {
		t.Fatal(err)
	}
	offsets := func(f kambitest.Feed) (list []int64) {
		for _, m := range f.(*kambitest.Sequence).Messages() {
			list = append(list, m.Offset)
		}
		return list
	}
	if !slices.Equal(offsets(got), offsets(want)) || slices.IsSorted(offsets(got)) {
		t.Errorf("served %v\nwant %v", offsets(got), offsets(want))
	}

	// Without the flags the file is served as it is; a seed of 0 is a seed.
	s = &feedServe{input: path, window: defaultWindow}
	if got, err = s.feed(func(string) bool { return false }); err != nil || !slices.Equal(offsets(got), offsets(plain)) {
		t.Errorf("plain: %v, %v", err, offsets(got))
	}
	if got, err = s.feed(func(flag string) bool { return flag == "shuffle" }); err != nil || slices.IsSorted(offsets(got)) {
		t.Errorf("--shuffle 0: %v, not shuffled", err)
	}
}

func TestRateValue(t *testing.T) {
	for text, want := range map[string]rateValue{"max": 0, "1": 1, "0.5": 0.5, "200000": 200000} {
		var r rateValue
		if err := r.Set(text); err != nil || r != want {
			t.Errorf("%s: %v, %v", text, r, err)
		}
	}
	for _, text := range []string{"", "0", "-1", "NaN", "Inf", "1e99", "fast"} {
		if err := new(rateValue).Set(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
