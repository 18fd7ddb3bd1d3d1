package projection_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/projection"
)

// FuzzCheckpoint decodes arbitrary bytes: an error, or a checkpoint that encodes
// to the same bytes.
func FuzzCheckpoint(f *testing.F) {
	whole := projection.Checkpoint{
		Next: 1 << 40, ChainState: []byte("state"), Outputs: 7, Confirmed: 3, OutputNext: 9,
		Lanes: []journal.LaneState{{Name: "feed", Epoch: 2, Nonce: "n", Next: 300}, {Name: "tick"}},
	}
	f.Add(whole.Encode())
	f.Add((&projection.Checkpoint{}).Encode())
	f.Add(bytes.Replace(whole.Encode(), []byte("feed"), []byte{0xdd, 0xff, 0xff, 0xff}, 1))
	f.Add([]byte{0x9a, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := projection.DecodeCheckpoint(b)
		if err == nil && !bytes.Equal(c.Encode(), b) {
			t.Fatalf("%x decodes, and encodes to %x", b, c.Encode())
		}
	})
}

// FuzzLineage moves both ends of a journal, and the checkpoint, around: a fold
// goes on exactly when the record before the checkpoint is there and unchanged.
func FuzzLineage(f *testing.F) {
	const end = 12
	r := newRig(f)
	r.add(end - 2)
	source, err := projection.FindSource(context.Background(), r.journal, in)
	r.ok(err)
	digests := make([][32]byte, end+1)
	r.ok(journal.ReadRange(context.Background(), r.journal, in, 0, end, func(rec *journal.Record) error {
		digests[rec.Offset+1] = journal.RecordDigest(rec)
		return nil
	}))
	f.Add(uint8(0), uint8(12), uint8(5), uint8(0))
	f.Add(uint8(4), uint8(12), uint8(5), uint8(0))
	f.Add(uint8(5), uint8(12), uint8(5), uint8(0))
	f.Add(uint8(0), uint8(4), uint8(5), uint8(0))
	f.Add(uint8(0), uint8(12), uint8(5), uint8(1))
	f.Add(uint8(1), uint8(12), uint8(0), uint8(0))
	f.Fuzz(func(t *testing.T, from, to, next, flip uint8) {
		to = min(to, end)
		from = min(from, to)
		c := &projection.Checkpoint{Next: int64(next)}
		if int(next) < len(digests) {
			c.Last = digests[next]
		}
		c.Last[0] ^= flip
		err := projection.CheckLineage(context.Background(), ended{cutOff{Journal: r.journal, partition: in, start: int64(from)}, int64(to)}, source, c)
		there := next <= to && int64(from) <= max(int64(next)-1, 0)
		switch {
		case !there && !errors.Is(err, journal.ErrOutOfRange):
			t.Fatalf("[%d, %d), checkpoint at %d: %v", from, to, next, err)
		case there && flip != 0 && next > 0 && !journal.IsCorrupt(err):
			t.Fatalf("another record before %d: %v", next, err)
		case there && (flip == 0 || next == 0) && err != nil:
			t.Fatalf("[%d, %d), checkpoint at %d: %v", from, to, next, err)
		}
	})
}

// ended is a journal that has lost its tail.
type ended struct {
	cutOff
	end int64
}

func (e ended) Bounds(ctx context.Context, p journal.Partition) (start, end int64, err error) {
	start, _, err = e.cutOff.Bounds(ctx, p)
	return start, e.end, err
}
