package journal_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/deadheat-io/deadheat/journal"
)

func TestChainByHand(t *testing.T) {
	c := journal.NewChain()
	c.Add(&journal.Record{Key: []byte("ab"), Value: []byte("c")})
	c.Add(&journal.Record{Value: []byte("dd")})
	want := sha256.Sum256([]byte("\x00\x00\x00\x02ab\x00\x00\x00\x01c\x00\x00\x00\x00\x00\x00\x00\x02dd"))
	if c.Sum() != want {
		t.Errorf("%x, want %x", c.Sum(), want)
	}
	if got := fmt.Sprintf("%x", journal.NewChain().Sum()); got != fmt.Sprintf("%x", sha256.Sum256(nil)) {
		t.Errorf("the empty chain is %s", got)
	}
}

// TestChainTellsRecordsApart has records whose bytes run together.
func TestChainTellsRecordsApart(t *testing.T) {
	seen := make(map[[32]byte]int)
	for i, log := range [][]journal.Record{
		{{Key: []byte("a"), Value: []byte("bc")}},
		{{Key: []byte("ab"), Value: []byte("c")}},
		{{Key: []byte("abc")}},
		{{Value: []byte("abc")}},
		{{Value: []byte("a")}, {Value: []byte("bc")}},
		{},
		{{}},
	} {
		c := journal.NewChain()
		for k := range log {
			c.Add(&log[k])
		}
		if other, ok := seen[c.Sum()]; ok {
			t.Errorf("logs %d and %d have one chain", i, other)
		}
		seen[c.Sum()] = i
	}
}

// TestChainState restarts the chain at any record.
func TestChainState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 200)).Draw(t, "values")
		at := rapid.IntRange(0, len(values)).Draw(t, "restart")
		whole, c := journal.NewChain(), journal.NewChain()
		for i, v := range values {
			if i == at {
				state, err := c.State()
				if err != nil {
					t.Fatal(err)
				}
				if c, err = journal.RestoreChain(state); err != nil {
					t.Fatal(err)
				}
			}
			r := &journal.Record{Offset: int64(i), Key: v[:len(v)/2], Value: v}
			whole.Add(r)
			c.Add(r)
			// Twice, for a sum must not change what goes on.
			if first, again := c.Sum(), c.Sum(); first != whole.Sum() || again != first {
				t.Fatalf("after %d records: %x, then %x, want %x", i+1, first, again, whole.Sum())
			}
		}
	})
}

func TestRestoreChainRefuses(t *testing.T) {
	state, err := journal.NewChain().State()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{nil, {}, []byte("sha"), state[:len(state)-1], append([]byte("x"), state[1:]...)} {
		if _, err := journal.RestoreChain(b); err == nil {
			t.Errorf("%d bytes are accepted", len(b))
		}
	}
}

func TestRecordDigest(t *testing.T) {
	r := journal.Record{Offset: 1, Key: []byte("k"), Value: []byte("v")}
	same := journal.Record{Offset: 2, Key: []byte("k"), Value: []byte("v"), Lane: "other"}
	if journal.RecordDigest(&r) != journal.RecordDigest(&same) {
		t.Error("the digest is of more than key and value")
	}
	same.Key = nil
	if journal.RecordDigest(&r) == journal.RecordDigest(&same) {
		t.Error("the digest is not of the key")
	}
}
