package codec

import (
	"encoding/json"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// AppendBody appends the body's encoding to dst. A body of a type or kind that
// this package does not know, or without something that its kind must have, is
// a mistake of the program and panics: in the journal it would stop every
// reader for ever.
func AppendBody(dst []byte, body schema.Body) []byte {
	w := writers.Get().(*Writer)
	w.Use(dst)
	w.body(body)
	dst = w.Bytes()
	w.Use(nil)
	writers.Put(w)
	return dst
}

// Body encodes one body.
func Body(body schema.Body) []byte { return AppendBody(nil, body) }

func (w *Writer) body(body schema.Body) {
	switch b := body.(type) {
	case *schema.Message:
		w.message(b)
	case *schema.Genesis:
		w.Array(4)
		w.Str(b.Journal)
		w.Str(b.Topic)
		w.Int(int64(b.Partition))
		w.Int(int64(b.Partitions))
	case *schema.Claim:
		w.strs(b.Nonce, b.Who)
	case *schema.Retire:
		w.strs(b.Lane)
	case *schema.FeedUp:
		w.strs(b.Source)
	case *schema.FeedDown:
		w.strs(b.Source, b.Reason)
	case *schema.SnapshotBegin:
		w.strs(b.Source)
	case *schema.SnapshotEnd:
		w.mark(b.Source, b.Offset)
	case *schema.ReplayBegin:
		w.mark(b.Source, b.Offset)
	case *schema.ReplayEnd:
		w.mark(b.Source, b.Offset)
	case *schema.RejectedRaw:
		w.Array(4)
		w.flow(b.Flow)
		w.Str(b.Reason)
		w.Int(b.Size)
		w.Bin(b.Raw)
	case *schema.FeedUnknown:
		w.Array(3)
		w.flow(b.Flow)
		w.optInt(b.Offset)
		w.document(b.Message)
	case *schema.OfferingConfig:
		w.offeringConfig(b)
	case *schema.Surfaced:
		w.surfaced(b)
	default:
		w.bookBody(body)
	}
}

func (w *Writer) strs(texts ...string) {
	w.Array(len(texts))
	for _, s := range texts {
		w.Str(s)
	}
}

func (w *Writer) mark(source string, offset int64) {
	w.Array(2)
	w.Str(source)
	w.Int(offset)
}

// DecodeBody decodes the body of a record of the kind. Bytes in it, such as
// those of a rejected message, are a part of b. Its errors are [*KindError] and
// [*DecodeError]; the caller knows the position and adds it.
func DecodeBody(kind schema.Kind, b []byte) (schema.Body, error) {
	if kind.Entity() {
		m := &schema.Message{Kind: kind}
		if err := DecodeMessage(b, m); err != nil {
			return nil, err
		}
		return m, nil
	}
	r := Read(b)
	body := r.body(kind)
	if body == nil {
		return nil, kindError(int64(kind))
	}
	if err := r.Done(); err != nil {
		return nil, &DecodeError{kind, err}
	}
	return body, nil
}

func (r *Reader) body(kind schema.Kind) schema.Body {
	switch kind {
	case schema.KindGenesis:
		r.Tuple(4)
		return &schema.Genesis{Journal: r.Str(), Topic: r.Str(), Partition: r.int32(), Partitions: r.int32()}
	case schema.KindClaim:
		r.Tuple(2)
		return &schema.Claim{Nonce: r.Str(), Who: r.Str()}
	case schema.KindRetire:
		r.Tuple(1)
		return &schema.Retire{Lane: r.Str()}
	case schema.KindFeedUp:
		r.Tuple(1)
		return &schema.FeedUp{Source: r.Str()}
	case schema.KindFeedDown:
		r.Tuple(2)
		return &schema.FeedDown{Source: r.Str(), Reason: r.Str()}
	case schema.KindSnapshotBegin:
		r.Tuple(1)
		return &schema.SnapshotBegin{Source: r.Str()}
	case schema.KindSnapshotEnd:
		r.Tuple(2)
		return &schema.SnapshotEnd{Source: r.Str(), Offset: r.Int()}
	case schema.KindReplayBegin:
		r.Tuple(2)
		return &schema.ReplayBegin{Source: r.Str(), Offset: r.Int()}
	case schema.KindReplayEnd:
		r.Tuple(2)
		return &schema.ReplayEnd{Source: r.Str(), Offset: r.Int()}
	case schema.KindRejectedRaw:
		r.Tuple(4)
		return &schema.RejectedRaw{Flow: r.flow(), Reason: r.Str(), Size: r.Int(), Raw: r.Bin()}
	case schema.KindFeedUnknown:
		r.Tuple(3)
		return &schema.FeedUnknown{Flow: r.flow(), Offset: r.optInt(), Message: r.document()}
	case schema.KindOfferingConfig:
		return r.offeringConfig()
	case schema.KindSurfaced:
		return r.surfaced()
	}
	return r.bookBody(kind)
}

func (r *Reader) int32() int32 {
	n := r.Int()
	if n < 0 || n > 1<<31-1 {
		r.fail("%d is not a partition number", n)
	}
	return int32(n)
}

func (w *Writer) flow(f schema.Flow) {
	must(f >= schema.FlowSnapshot && f <= schema.FlowRealtime, "a flow")
	w.Int(int64(f))
}

func (r *Reader) flow() schema.Flow {
	n := r.Int()
	if r.err == nil && (n < int64(schema.FlowSnapshot) || n > int64(schema.FlowRealtime)) {
		r.fail("flow %d is not known", n)
	}
	return schema.Flow(n)
}

// document writes canonical JSON that must be there.
func (w *Writer) document(j schema.JSON) {
	must(j != "", "a document")
	w.Str(string(j))
}

// must panics when a body lacks what its kind must have.
func must(ok bool, what string) {
	if !ok {
		panic("codec: a body must have " + what)
	}
}

// document reads canonical JSON that must be there.
func (r *Reader) document() schema.JSON {
	b := r.StrBytes()
	if r.err == nil && !json.Valid(b) {
		r.fail("text that must be JSON is not")
	}
	if r.quiet {
		return ""
	}
	return schema.JSON(b)
}
