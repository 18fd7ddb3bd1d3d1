package kambijson

import (
	"bytes"
	"hash/maphash"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/go-json-experiment/json/jsontext"
)

// Decoder decodes messages. One decoder serves a whole session: it keeps its
// buffers and the texts that come often. It is not safe for concurrent use.
type Decoder struct {
	json    *jsontext.Decoder
	in      bytes.Buffer
	message []byte
	err     error // the first one; everything reads as nothing after it
	tokens  int   // read from the message

	name     []byte // of the member that next found
	unquoted []byte
	texts    texts

	out     []byte // canonical JSON being collected
	spare   []byte
	members []member
	top     frame

	// Lists are collected here and copied out at their exact size.
	words        []string
	participants []schema.Participant
	outcomes     []schema.Outcome
	prices       []schema.Price
	ids          []int64
}

// NewDecoder makes a decoder.
func NewDecoder() *Decoder {
	d := &Decoder{texts: texts{seed: maphash.MakeSeed()}}
	d.json = jsontext.NewDecoder(&d.in)
	return d
}

// Decode turns one JSON message into its body: a [*schema.Message] for the
// kinds of entity messages, a [*schema.FeedUnknown] for any other object. The
// body holds no part of the message's bytes. An error is an [*Error].
func (d *Decoder) Decode(message []byte, flow schema.Flow) (schema.Body, error) {
	d.start(message)
	defer d.release()
	m := new(schema.Message)
	h := head{message: m}
	d.envelope(&h)
	d.finish()
	if d.err != nil {
		return nil, d.err
	}
	if h.payload == nil {
		// Rare, so that reading it twice costs less than always keeping it.
		whole, err := d.canonical(message)
		if err != nil {
			return nil, err
		}
		return &schema.FeedUnknown{Flow: flow, Offset: h.offset, Message: whole}, nil
	}
	if !h.offset.OK || h.offset.V == 0 {
		d.fail("offset is missing or is not an integer from 1")
		return nil, d.err
	}
	m.Kind, m.Flow, m.Offset = h.payload.kind, flow, h.offset.V
	if !h.typ.OK {
		m.Type = schema.Some("")
	} else if h.typ.V != h.payload.typ {
		m.Type = h.typ
	}
	return m, nil
}

// head is what the envelope holds; its members come in any order.
type head struct {
	typ     schema.Opt[string]
	offset  schema.Opt[int64]
	payload *payload
	message *schema.Message
}

func (d *Decoder) envelope(h *head) {
	if d.peek() != object {
		d.failValue("not an object")
		return
	}
	outer := d.open()
	for d.next() {
		switch string(d.name) {
		case "type":
			h.typ = schema.Some(d.text())
			if h.typ.V == "" {
				// Type cannot tell an empty one from none.
				d.keepScalar("type", []byte(`""`))
			}
		case "offset":
			h.offset = d.offset()
		default:
			d.payload(h)
		}
	}
	h.message.Rest = d.rest(outer)
}

// offset reads the feed offset; whether it may be unset depends on the kind,
// which may come behind it.
func (d *Decoder) offset() (n schema.Opt[int64]) {
	if d.peek() != number {
		d.skip()
		return n
	}
	if v, ok := parseInt(d.scalar()); ok && v >= 0 {
		n = schema.Some(v)
	}
	return n
}

// maxKept bounds what buffers hold between messages.
const maxKept = 256 << 10

// release lets go of the message, and of buffers that one huge message grew.
func (d *Decoder) release() {
	if len(d.message) > maxKept {
		d.json.Reset(new(bytes.Buffer)) // the parser holds on to what it read
	}
	d.message, d.name, d.in = nil, nil, bytes.Buffer{}
	if cap(d.out) > maxKept || cap(d.unquoted) > maxKept {
		d.out, d.spare, d.unquoted, d.members = nil, nil, nil, nil
	}
	if cap(d.words)+cap(d.participants)+cap(d.outcomes)+cap(d.prices)+cap(d.ids) > maxKept/64 {
		d.words, d.participants, d.outcomes, d.prices, d.ids = nil, nil, nil, nil, nil
	}
}
