package codec

import "github.com/deadheat-io/deadheat/journal/schema"

// Absent is nil everywhere. A text with nothing but its default translation is
// that string; any other is [default, rest].

func (w *Writer) optStr(s schema.Opt[string]) {
	if s.OK {
		w.Str(s.V)
	} else {
		w.Nil()
	}
}

func (r *Reader) optStr() (s schema.Opt[string]) {
	if !r.Nil() {
		s = schema.Some(r.Str())
	}
	return s
}

func (w *Writer) optInt(n schema.Opt[int64]) {
	if n.OK {
		w.Int(n.V)
	} else {
		w.Nil()
	}
}

func (r *Reader) optInt() (n schema.Opt[int64]) {
	if !r.Nil() {
		n = schema.Some(r.Int())
	}
	return n
}

func (w *Writer) optBool(b schema.Opt[bool]) {
	if b.OK {
		w.Bool(b.V)
	} else {
		w.Nil()
	}
}

func (r *Reader) optBool() (b schema.Opt[bool]) {
	if !r.Nil() {
		b = schema.Some(r.Bool())
	}
	return b
}

func (w *Writer) json(j schema.JSON) {
	if j == "" {
		w.Nil()
	} else {
		w.Str(string(j))
	}
}

func (r *Reader) json() schema.JSON {
	if r.Nil() {
		return ""
	}
	return r.document()
}

// Words writes a list of texts; nil is absent, which an empty list is not.
func (w *Writer) Words(words []string) {
	if words == nil {
		w.Nil()
		return
	}
	w.strs(words...)
}

// Words reads a list of texts.
func (r *Reader) Words() []string {
	if r.Nil() {
		return nil
	}
	return list(r, r.Array(), r.Str)
}

func (w *Writer) optText(t schema.Opt[schema.Text]) {
	switch {
	case !t.OK:
		w.Nil()
	case t.V.Default.OK && t.V.Rest == "":
		w.Str(t.V.Default.V)
	default:
		w.Array(2)
		w.optStr(t.V.Default)
		w.json(t.V.Rest)
	}
}

func (r *Reader) optText() (t schema.Opt[schema.Text]) {
	if r.Nil() {
		return t
	}
	t.OK = true
	if r.at < len(r.b) && r.b[r.at] != 0x92 {
		t.V.Default = schema.Some(r.Str())
		return t
	}
	r.Tuple(2)
	t.V.Default, t.V.Rest = r.optStr(), r.json()
	if t.V.Default.OK && t.V.Rest == "" {
		r.notCanonical()
	}
	return t
}

func (w *Writer) optNamed(n schema.Opt[schema.Named]) {
	if !n.OK {
		w.Nil()
		return
	}
	w.Array(3)
	w.optInt(n.V.ID)
	w.optText(n.V.Name)
	w.json(n.V.Rest)
}

func (r *Reader) optNamed() (n schema.Opt[schema.Named]) {
	if r.Nil() {
		return n
	}
	r.Tuple(3)
	return schema.Some(schema.Named{ID: r.optInt(), Name: r.optText(), Rest: r.json()})
}

func (w *Writer) optCriterion(c schema.Opt[schema.Criterion]) {
	if !c.OK {
		w.Nil()
		return
	}
	w.Array(5)
	w.optInt(c.V.ID)
	w.optText(c.V.Label)
	w.optStr(c.V.Lifetime)
	w.optStr(c.V.OccurrenceType)
	w.json(c.V.Rest)
}

func (r *Reader) optCriterion() (c schema.Opt[schema.Criterion]) {
	if r.Nil() {
		return c
	}
	r.Tuple(5)
	return schema.Some(schema.Criterion{
		ID: r.optInt(), Label: r.optText(), Lifetime: r.optStr(), OccurrenceType: r.optStr(), Rest: r.json(),
	})
}

// Participants writes the participants of an event; nil is absent.
func (w *Writer) Participants(list []schema.Participant) {
	if list == nil {
		w.Nil()
		return
	}
	w.Array(len(list))
	for i := range list {
		p := &list[i]
		w.Array(5)
		w.optInt(p.ID)
		w.optText(p.Name)
		w.optStr(p.Type)
		w.optBool(p.Home)
		w.json(p.Rest)
	}
}

// Participants reads the participants of an event.
func (r *Reader) Participants() []schema.Participant {
	if r.Nil() {
		return nil
	}
	return list(r, r.arrayOf(6), func() schema.Participant {
		r.Tuple(5)
		return schema.Participant{
			ID: r.optInt(), Name: r.optText(), Type: r.optStr(), Home: r.optBool(), Rest: r.json(),
		}
	})
}

// Prices writes the prices of an outcome; nil is absent.
func (w *Writer) Prices(prices []schema.Price) {
	if prices == nil {
		w.Nil()
		return
	}
	w.Array(len(prices))
	for i := range prices {
		p := &prices[i]
		w.Array(4)
		w.Words(p.Offerings)
		w.optInt(schema.Opt[int64]{V: int64(p.Decimal.V), OK: p.Decimal.OK})
		w.json(p.OddsRest)
		w.json(p.Rest)
	}
}

// Prices reads the prices of an outcome.
func (r *Reader) Prices() []schema.Price {
	if r.Nil() {
		return nil
	}
	return list(r, r.arrayOf(5), func() schema.Price {
		r.Tuple(4)
		p := schema.Price{Offerings: r.Words()}
		decimal := r.optInt()
		p.Decimal = schema.Opt[schema.Odds]{V: schema.Odds(decimal.V), OK: decimal.OK}
		p.OddsRest, p.Rest = r.json(), r.json()
		return p
	})
}
