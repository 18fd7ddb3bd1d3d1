package codec

// A fold keeps an entity as the bytes of its values; these functions put them
// together again in the order of entity.go. An absent value is nil.

func (w *Writer) values(values [][]byte) {
	for _, v := range values {
		if v == nil {
			w.Nil()
		} else {
			w.Raw(v)
		}
	}
}

// EventBytes is an event made of its id, its register values (status, cash-out
// status, tags, participants, score, clock) and its terms.
func EventBytes(id int64, values [][]byte, terms []byte) []byte {
	w := NewWriter()
	w.Array(2 + len(values))
	w.Int(id)
	w.values(values)
	w.Raw(terms)
	return w.Bytes()
}

// OutcomeBytes is an outcome made of its id, its register values (status,
// cash-out status, odds) and its terms.
func OutcomeBytes(id int64, values [][]byte, terms []byte) []byte {
	return EventBytes(id, values, terms)
}

// OfferBytes is a bet offer made of its id, its event's id, its register values
// (status, cash-out status, line type), its terms and its outcomes.
func OfferBytes(id int64, event []byte, values [][]byte, terms []byte, outcomes [][]byte) []byte {
	w := NewWriter()
	w.Array(4 + len(values))
	w.Int(id)
	w.Raw(event)
	w.values(values)
	w.Raw(terms)
	w.Array(len(outcomes))
	w.values(outcomes)
	return w.Bytes()
}
