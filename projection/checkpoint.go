package projection

import (
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
)

// checkpointFormat numbers the form of an encoded checkpoint.
const checkpointFormat = 1

var errCheckpointFormat = errors.New("the checkpoint's format is not known to this build")

// Checkpoint says which position a stored state belongs to. It is written in
// the same batch as the state.
type Checkpoint struct {
	Next       int64    // first offset not folded
	Last       [32]byte // digest of the record before it
	ChainState []byte   // inner state of the chain
	Chain      [32]byte // its value, for people
	Hash       Digest   // state hash
	Lanes      []journal.LaneState
	Outputs    int64 // number of the next output
	Confirmed  int64 // outputs below this were seen in the output topic
	OutputNext int64 // first offset of the output topic that was not read
}

// Encode is the checkpoint as a store keeps it.
func (c *Checkpoint) Encode() []byte {
	w := codec.NewWriter()
	w.Array(10)
	w.Int(checkpointFormat)
	w.Int(c.Next)
	w.Bin(c.Last[:])
	w.Bin(c.ChainState)
	w.Bin(c.Chain[:])
	hash := c.Hash.Bytes()
	w.Bin(hash[:])
	w.Array(len(c.Lanes))
	for _, l := range c.Lanes {
		w.Array(4)
		w.Str(l.Name)
		w.Int(l.Epoch)
		w.Str(l.Nonce)
		w.Int(l.Next)
	}
	w.Int(c.Outputs)
	w.Int(c.Confirmed)
	w.Int(c.OutputNext)
	return w.Bytes()
}

func decodeCheckpoint(b []byte) (*Checkpoint, error) {
	r := codec.Read(b)
	r.Tuple(10)
	if f := r.Int(); r.Err() == nil && f != checkpointFormat {
		return nil, fmt.Errorf("%w: it is %d, and the known one is %d", errCheckpointFormat, f, checkpointFormat)
	}
	c := &Checkpoint{Next: r.Int()}
	c.Last = bytes32(&r)
	c.ChainState = r.Bin()
	c.Chain = bytes32(&r)
	c.Hash = DigestOf(bytes32(&r))
	c.Lanes = make([]journal.LaneState, r.Array())
	for i := range c.Lanes {
		r.Tuple(4)
		c.Lanes[i] = journal.LaneState{Name: r.Str(), Epoch: r.Int(), Nonce: r.Str(), Next: r.Int()}
	}
	c.Outputs, c.Confirmed, c.OutputNext = r.Int(), r.Int(), r.Int()
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	return c, nil
}

func bytes32(r *codec.Reader) (b [32]byte) {
	if have := r.Bin(); len(have) == len(b) {
		copy(b[:], have)
	} else {
		r.Failed("%d bytes where %d come", len(have), len(b))
	}
	return b
}

// Checkpoint is the fold's position and hash; changed keys go to put.
func (f *Fold) Checkpoint(put func(key, value []byte)) (*Checkpoint, error) {
	hash := f.Hash(put)
	state, err := f.chain.State()
	if err != nil {
		return nil, err
	}
	if f.last.Value != nil {
		f.digest = journal.RecordDigest(&f.last)
		f.last = journal.Record{}
	}
	return &Checkpoint{
		Next: f.next, Last: f.digest, ChainState: state, Chain: f.chain.Sum(),
		Hash: hash, Lanes: f.lanes.States(), Outputs: f.outputs,
	}, nil
}

// Restore sets the fold to a checkpoint. each must give every key of the state.
// The error is a [journal.CorruptError] when the keys are not those that the
// checkpoint's state hash was made of.
func (f *Fold) Restore(c *Checkpoint, each func(func(key, value []byte) error) error) error {
	chain, err := journal.RestoreChain(c.ChainState)
	if err != nil {
		return f.unreadable(c.Next, err)
	}
	if err := f.load(c.Next, each); err != nil {
		return err
	}
	if f.hash.Sum() != c.Hash {
		return &journal.CorruptError{
			Position: f.source.Partition.At(c.Next),
			Reason: fmt.Sprintf("the stored state hashes to %s, its checkpoint says %s: the store is damaged; remove it to fold again from the journal",
				f.hash.Sum(), c.Hash),
		}
	}
	f.chain, f.next, f.digest, f.outputs = chain, c.Next, c.Last, c.Outputs
	f.lanes.Restore(c.Lanes)
	return nil
}

// pairs are keys and values, one after the other, in one piece of memory.
type pairs struct {
	bytes []byte
	ends  []int
}

// pairsBytes is about how much is read before it is hashed and loaded.
const pairsBytes = 256 << 10

// load reads the state in one goroutine, and hashes and loads it in another.
func (f *Fold) load(next int64, each func(func(key, value []byte) error) error) error {
	var group errgroup.Group
	read := make(chan pairs, 4)
	stop := make(chan struct{})
	group.Go(func() error {
		defer close(read)
		var p pairs
		send := func() error {
			select {
			case read <- p:
				p = pairs{bytes: make([]byte, 0, pairsBytes)}
				return nil
			case <-stop:
				return errLoadStopped
			}
		}
		err := each(func(key, value []byte) error {
			p.bytes = append(p.bytes, key...)
			p.ends = append(p.ends, len(p.bytes))
			p.bytes = append(p.bytes, value...)
			p.ends = append(p.ends, len(p.bytes))
			if len(p.bytes) < pairsBytes {
				return nil
			}
			return send()
		})
		if err != nil {
			return err
		}
		return send()
	})
	err := f.loadPairs(next, read)
	close(stop)
	if readErr := group.Wait(); err == nil {
		err = readErr
	}
	return err
}

var errLoadStopped = errors.New("loading stopped")

func (f *Fold) loadPairs(next int64, read <-chan pairs) error {
	for p := range read {
		at := 0
		for i := 0; i < len(p.ends); i += 2 {
			key, value := p.bytes[at:p.ends[i]], p.bytes[p.ends[i]:p.ends[i+1]]
			at = p.ends[i+1]
			if err := f.proj.Load(key, value, f.hash.load(key, value)); err != nil {
				return f.unreadable(next, err)
			}
		}
	}
	return nil
}

func (f *Fold) unreadable(next int64, err error) error {
	return &journal.CorruptError{
		Position: f.source.Partition.At(next),
		Reason:   fmt.Sprintf("the stored state cannot be read: %v; it is damaged, or of another build: remove the store to fold again from the journal", err),
	}
}
