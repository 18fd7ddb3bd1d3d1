package journal

import (
	"time"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// MaxRecord is the largest record, key and value together, in bytes. It is
// below the usual limit of a Kafka batch (1 MiB), so that every journal takes
// what one of them takes.
const MaxRecord = 1<<20 - 1<<12

// Record is one entry of a partition.
//
// The value is one canonical msgpack array; the fields from Kind to Body are
// its content. Body is the msgpack of the kind's body, decoded on demand by
// package codec.
type Record struct {
	Offset int64 // place in the partition; set by the journal
	Kind   schema.Kind
	Lane   string // writer's lane; "" for GENESIS and for outputs
	Epoch  int64  // of the lane
	Seq    int64  // contiguous in (lane, epoch); of outputs, their number
	Time   int64  // ns since 1970, UTC; of the writer's clock, stamped once
	Key    []byte // id of the entity or market, as text
	Body   []byte
	Value  []byte // the whole value as stored; set by the reader, ignored by writers
}

// When is the record's time.
func (r *Record) When() time.Time { return time.Unix(0, r.Time).UTC() }
