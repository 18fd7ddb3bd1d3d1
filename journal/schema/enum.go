package schema

import (
	"fmt"
	"strings"
)

// words are the names of an enumeration, by number. Numbers are frozen as those
// of kinds are; a number without a name has no meaning.
type words struct {
	what string
	name []string
}

func (w words) known(n uint8) bool { return int(n) < len(w.name) && w.name[n] != "" }

// text is the number's name, or WHAT_n for an unknown one.
func (w words) text(n uint8) string {
	if w.known(n) {
		return w.name[n]
	}
	return fmt.Sprintf("%s_%d", w.what, n)
}

// read finds a number by its name.
func (w words) read(text []byte, n *uint8) error {
	for i, name := range w.name {
		if name != "" && name == string(text) {
			*n = uint8(i)
			return nil
		}
	}
	return fmt.Errorf("%s %q is unknown: want %s", w.what, text, w.choice())
}

// check refuses a number without a meaning.
func (w words) check(n uint8) error {
	if w.known(n) {
		return nil
	}
	return fmt.Errorf("%s is missing or unknown: want %s", w.what, w.choice())
}

// choice lists the names for people.
func (w words) choice() string {
	var names []string
	for _, name := range w.name {
		if name != "" {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
