package kambijson

import (
	"strconv"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// Append appends the message's JSON to dst: type, offset, payload and then what
// else the envelope had; the payload with sorted names; no white space. The
// message must be one that [Decoder.Decode] made, or like it: a kind that is
// no entity message, or a full message without its entity, panics.
func Append(dst []byte, m *schema.Message) []byte {
	p := payloadOf(m.Kind)
	dst = append(dst, '{')
	if !m.Type.OK || m.Type.V != "" {
		name := p.typ
		if m.Type.OK {
			name = m.Type.V
		}
		dst = append(dst, `"type":`...)
		dst = append(quote(dst, name), ',')
	}
	dst = append(dst, `"offset":`...)
	dst = strconv.AppendInt(dst, m.Offset, 10)
	dst = append(dst, `,"`...)
	dst = append(dst, p.key...)
	dst = append(dst, `":`...)
	dst = appendPayload(dst, p, m)
	if rest := inner(m.Rest); rest != "" {
		dst = append(append(dst, ','), rest...)
	}
	return append(dst, '}')
}

func appendPayload(dst []byte, p *payload, m *schema.Message) []byte {
	rest := m.More
	if p.doc {
		rest = m.Doc
	}
	w := newWriter(dst, rest)
	for _, f := range p.fields {
		switch f.role {
		case anID:
			w.int(f.name, schema.Some(m.ID))
		case anOutcomeID:
			w.int(f.name, schema.Some(m.Outcome))
		case anEvent:
			w.name(f.name)
			w.dst = AppendEvent(w.dst, m.Event)
		case anOffer:
			w.name(f.name)
			w.dst = AppendOffer(w.dst, m.Offer, false)
		case aStatus:
			w.text(f.name, schema.Some(m.Status))
		case someWords:
			w.words(f.name, m.Words)
		case someParticipants:
			array(&w, f.name, m.Participants, appendParticipant)
		case somePrices:
			array(&w, f.name, m.Odds, appendPrice)
		}
	}
	return w.done()
}

// Key is the journal key of a message: the id of its event or bet offer, in
// decimal. Messages about an outcome have the key of its bet offer.
func Key(m *schema.Message) []byte { return AppendKey(nil, m) }

// AppendKey appends the journal key of a message to dst.
func AppendKey(dst []byte, m *schema.Message) []byte {
	return strconv.AppendInt(dst, m.ID, 10)
}
