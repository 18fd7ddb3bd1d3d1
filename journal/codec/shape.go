package codec

// Shape reads one value and fails unless it has a certain form.
type Shape func(*Reader)

// Forms of the values that a fold keeps as bytes. Those that begin with Opt take
// nil, which is absent.
var (
	Str             Shape = func(r *Reader) { r.Str() }
	OptStr          Shape = func(r *Reader) { r.optStr() }
	OptInt          Shape = func(r *Reader) { r.optInt() }
	Words           Shape = func(r *Reader) { r.required(r.Words) }
	OptWords        Shape = func(r *Reader) { r.Words() }
	Participants    Shape = func(r *Reader) { r.present(); r.Participants() }
	OptParticipants Shape = func(r *Reader) { r.Participants() }
	Prices          Shape = func(r *Reader) { r.present(); r.Prices() }
	OptPrices       Shape = func(r *Reader) { r.Prices() }
	Document        Shape = func(r *Reader) { r.document() }
	OptDocument     Shape = func(r *Reader) { r.json() }
	EventTerms      Shape = func(r *Reader) { r.EventTerms() }
	OfferTerms      Shape = func(r *Reader) { r.OfferTerms() }
	OutcomeTerms    Shape = func(r *Reader) { r.OutcomeTerms() }
)

// Checked reads a value of the form without making it and returns its bytes, a
// part of the reader's own; nil after an error.
func (r *Reader) Checked(shape Shape) []byte {
	from, quiet := r.at, r.quiet
	r.quiet = true
	shape(r)
	r.quiet = quiet
	if r.err != nil {
		return nil
	}
	return r.b[from:r.at:r.at]
}

// present fails at a nil.
func (r *Reader) present() {
	if r.Nil() {
		r.fail("a list is missing")
	}
}

// list reads n values; in quiet mode it makes none of them.
func list[T any](r *Reader, n int, read func() T) []T {
	if r.quiet {
		for ; n > 0 && r.err == nil; n-- {
			read()
		}
		return []T{}
	}
	values := make([]T, n)
	for i := range values {
		values[i] = read()
	}
	return values
}
