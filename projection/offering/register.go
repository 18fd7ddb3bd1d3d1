package offering

import "github.com/deadheat-io/deadheat/journal/codec"

// register is a value and the feed offset that it came with. The value is
// canonical msgpack as it stood in the record; offset 0 is a register that was
// never written, or was erased.
type register struct {
	at int64
	v  []byte
}

// write takes a value if it is newer, and tells whether it did.
func (r *register) write(at int64, v []byte) bool {
	if at <= r.at {
		return false
	}
	*r = register{at, v}
	return true
}

// erase forgets a value that is not newer than at, and tells whether there was
// one.
func (r *register) erase(at int64) bool {
	if r.at == 0 || r.at > at {
		return false
	}
	*r = register{}
	return true
}

// text is the value as a text; "" when it is absent or none.
func (r *register) text() string {
	if r.v == nil {
		return ""
	}
	rd := codec.Read(r.v)
	if rd.Nil() {
		return ""
	}
	return rd.Str()
}

// has tells whether the value is a list that holds the word.
func (r *register) has(word string) bool {
	if r.v == nil {
		return false
	}
	rd := codec.Read(r.v)
	if rd.Nil() {
		return false
	}
	for n := rd.Array(); n > 0 && rd.Err() == nil; n-- {
		if string(rd.StrBytes()) == word {
			return true
		}
	}
	return false
}

// encode writes the register as two values, its offset relative to base, which
// makes the frequent case short.
func (r *register) encode(w *codec.Writer, base int64) {
	w.Int(r.at - base)
	rawOrNil(w, r.v)
}

func decodeRegister(r *codec.Reader, base int64) register {
	reg := register{at: r.Int() + base, v: r.Raw()}
	if reg.at == 0 {
		reg.v = nil
	}
	return reg
}

func rawOrNil(w *codec.Writer, v []byte) {
	if v == nil {
		w.Nil()
	} else {
		w.Raw(v)
	}
}

// life is what events and bet offers share: when they were last deleted, and
// when a full message last described them.
type life struct {
	gone  int64 // offset of the last delete
	whole int64 // offset of the last full message above gone; 0 when there is none
}

// visible tells whether the entity exists, as far as is known.
func (l *life) visible() bool { return l.whole > l.gone }
