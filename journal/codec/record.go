package codec

import (
	"fmt"
	"math"
	"sync"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// Format is the number that every record value begins with. A build that does
// not know a format stops at it.
const Format = 1

// recordFields is the length of a record's array:
// format, kind, lane, epoch, seq, time, body.
const recordFields = 7

// FormatError says that a value is of a format that this build does not know.
type FormatError struct{ Format int64 }

func (e *FormatError) Error() string {
	return fmt.Sprintf("record format %d is not known to this build (it knows %d); use a newer build", e.Format, Format)
}

// KindError says that a record is of a kind that this build does not know.
type KindError struct {
	Kind   schema.Kind // 0 when a Kind cannot hold the number
	Number int64       // as it stands in the record
}

func kindError(number int64) *KindError {
	e := &KindError{Number: number}
	if number > 0 && number <= math.MaxUint16 {
		e.Kind = schema.Kind(number)
	}
	return e
}

func (e *KindError) Error() string {
	return fmt.Sprintf("record kind %d is not known to this build; use a newer build", e.Number)
}

// DecodeError says that a value is not a record, or a body not of its kind.
type DecodeError struct {
	Kind schema.Kind // 0 when the kind could not be read
	Err  error
}

func (e *DecodeError) Error() string {
	if e.Kind == 0 {
		return "malformed record: " + e.Err.Error()
	}
	return fmt.Sprintf("malformed %s: %v", e.Kind, e.Err)
}

func (e *DecodeError) Unwrap() error { return e.Err }

var writers = sync.Pool{New: func() any { return NewWriter() }}

// AppendRecord appends the record's value to dst. A record without a body gets
// nil for one, so that the array is whole; no kind has such a body.
func AppendRecord(dst []byte, r *journal.Record) []byte {
	w := writers.Get().(*Writer)
	w.Use(dst)
	w.Array(recordFields)
	w.Int(Format)
	w.Int(int64(r.Kind))
	w.Str(r.Lane)
	w.Int(r.Epoch)
	w.Int(r.Seq)
	w.Int(r.Time)
	if len(r.Body) == 0 {
		w.Nil()
	} else {
		w.Raw(r.Body)
	}
	dst = w.Bytes()
	w.Use(nil)
	writers.Put(w)
	return dst
}

// RecordSize is an upper bound of the value's size, without encoding it.
func RecordSize(r *journal.Record) int { return 64 + len(r.Lane) + len(r.Body) }

// DecodeRecord fills everything of the record but its offset and key from a
// value. Body and Value are parts of value.
//
// Its errors are [*FormatError], [*KindError] and [*DecodeError]; the caller
// knows the position and adds it.
func DecodeRecord(value []byte, r *journal.Record) error {
	rd := Read(value)
	fields := rd.Array() // judged after the format: another one may have more
	format := rd.Int()
	if rd.err == nil && format != Format {
		return &FormatError{format}
	}
	if fields != recordFields {
		rd.fail("array of %d values where %d come", fields, recordFields)
	}
	kind := rd.Int()
	if rd.err != nil {
		return &DecodeError{Err: rd.err}
	}
	if kind <= 0 || kind > math.MaxUint16 || !schema.Kind(kind).Known() {
		return kindError(kind)
	}
	lane := rd.StrBytes()
	if string(lane) != r.Lane { // records of one lane share the name's memory
		r.Lane = string(lane)
	}
	r.Kind, r.Epoch, r.Seq, r.Time = schema.Kind(kind), rd.Int(), rd.Int(), rd.Int()
	r.Body, r.Value = rd.Raw(), value
	if err := rd.Done(); err != nil {
		return &DecodeError{r.Kind, err}
	}
	if r.Epoch < 0 || r.Seq < 0 {
		return &DecodeError{r.Kind, fmt.Errorf("epoch %d, seq %d: want no negative number", r.Epoch, r.Seq)}
	}
	return nil
}
