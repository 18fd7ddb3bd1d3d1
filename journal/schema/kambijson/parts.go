package kambijson

import (
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/go-json-experiment/json/jsontext"
)

// must tells whether a value of the kind comes next, and fails otherwise.
func (d *Decoder) must(kind jsontext.Kind, what string) bool {
	if d.peek() == kind {
		return true
	}
	d.failValue(what)
	return false
}

// is tells whether a value of the kind comes next, and keeps any other.
func (d *Decoder) is(kind jsontext.Kind, name string) bool {
	if d.peek() == kind {
		return true
	}
	d.keep(name)
	return false
}

// any reads a value of any shape.
func (d *Decoder) any() schema.JSON {
	at := len(d.out)
	d.value()
	v := schema.JSON(d.out[at:])
	d.out = d.out[:at]
	return v
}

// taken copies a collected list out. It is never nil: an empty list is not an
// absent one.
func taken[T any](collected []T) []T {
	t := make([]T, len(collected))
	copy(t, collected)
	clear(collected) // the buffer must not hold on to what the items point to
	return t
}

func (d *Decoder) wordList() []string {
	d.token()
	d.words = d.words[:0]
	for d.more() {
		d.words = append(d.words, d.text())
	}
	return taken(d.words)
}

func (d *Decoder) optWords(name string) []string {
	if d.is(list, name) {
		return d.wordList()
	}
	return nil
}

func (d *Decoder) optTranslated(name string) (t schema.Opt[schema.Text]) {
	if !d.is(object, name) {
		return t
	}
	t.OK = true
	outer := d.open()
	for d.next() {
		if string(d.name) == "defaultTranslation" {
			t.V.Default = d.optText("defaultTranslation")
		} else {
			d.keepNext()
		}
	}
	t.V.Rest = d.rest(outer)
	return t
}

func (d *Decoder) optNamed(name string) (n schema.Opt[schema.Named]) {
	if !d.is(object, name) {
		return n
	}
	n.OK = true
	outer := d.open()
	for d.next() {
		switch string(d.name) {
		case "id":
			n.V.ID = d.optInt("id")
		case "name":
			n.V.Name = d.optTranslated("name")
		default:
			d.keepNext()
		}
	}
	n.V.Rest = d.rest(outer)
	return n
}

func (d *Decoder) optCriterion(name string) (c schema.Opt[schema.Criterion]) {
	if !d.is(object, name) {
		return c
	}
	c.OK = true
	outer := d.open()
	for d.next() {
		switch string(d.name) {
		case "id":
			c.V.ID = d.optInt("id")
		case "label":
			c.V.Label = d.optTranslated("label")
		case "lifetime":
			c.V.Lifetime = d.optText("lifetime")
		case "occurrenceType":
			c.V.OccurrenceType = d.optText("occurrenceType")
		default:
			d.keepNext()
		}
	}
	c.V.Rest = d.rest(outer)
	return c
}

func (d *Decoder) participantList() []schema.Participant {
	d.token()
	d.participants = d.participants[:0]
	for d.more() {
		if d.must(object, "not an object") {
			d.participants = append(d.participants, d.participant())
		}
	}
	return taken(d.participants)
}

func (d *Decoder) participant() (p schema.Participant) {
	outer := d.open()
	for d.next() {
		switch string(d.name) {
		case "id":
			p.ID = d.optInt("id")
		case "name":
			p.Name = d.optTranslated("name")
		case "type":
			p.Type = d.optText("type")
		case "homeParticipant":
			p.Home = d.optBool("homeParticipant")
		default:
			d.keepNext()
		}
	}
	p.Rest = d.rest(outer)
	return p
}

func (d *Decoder) priceList() []schema.Price {
	d.token()
	d.prices = d.prices[:0]
	for d.more() {
		if d.must(object, "not an object") {
			d.prices = append(d.prices, d.price())
		}
	}
	return taken(d.prices)
}

func (d *Decoder) price() (p schema.Price) {
	outer := d.open()
	for d.next() {
		switch string(d.name) {
		case "offerings":
			p.Offerings = d.optWords("offerings")
		case "odds":
			if d.is(object, "odds") {
				d.decimal(&p)
			}
		default:
			d.keepNext()
		}
	}
	p.Rest = d.rest(outer)
	return p
}

// decimal reads the inner odds object of a price.
func (d *Decoder) decimal(p *schema.Price) {
	outer := d.open()
	for d.next() {
		if string(d.name) == "decimal" {
			p.Decimal = d.optOdds("decimal")
		} else {
			d.keepNext()
		}
	}
	p.OddsRest = d.rest(outer)
	if p.OddsRest == "" && !p.Decimal.OK {
		p.OddsRest = "{}" // there, and empty
	}
}
