package schema

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Limits of texts in commands, in bytes.
const (
	MaxID     = 64 // of ids of accounts, orders, commands and markets
	MaxReason = 256
)

// CheckID refuses what is no id: 1 to [MaxID] bytes of printable text that does
// not begin or end with a space. What names the id in the error.
func CheckID(what, id string) error {
	if id == "" {
		return fmt.Errorf("%s is missing", what)
	}
	if id[0] == ' ' || id[len(id)-1] == ' ' {
		return fmt.Errorf("%s %q begins or ends with a space", what, id)
	}
	return checkText(what, id, MaxID)
}

// checkText refuses bytes that are not UTF-8, since a writer would change them
// and two ids could become one, and what does not show, such as line ends.
func checkText(what, text string, most int) error {
	if len(text) > most {
		return fmt.Errorf("%s has %d bytes: want at most %d", what, len(text), most)
	}
	if !utf8.ValidString(text) {
		return fmt.Errorf("%s %q is not UTF-8", what, text)
	}
	for _, c := range text {
		if !unicode.IsPrint(c) {
			return fmt.Errorf("%s %q is not printable", what, text)
		}
	}
	return nil
}

func checkOptID(what string, id Opt[string]) error {
	if !id.OK {
		return nil
	}
	return CheckID(what, id.V)
}

// first is the first fault of several.
func first(faults ...error) error {
	for _, err := range faults {
		if err != nil {
			return err
		}
	}
	return nil
}

// fault is an error when something is wrong.
func fault(wrong bool, format string, args ...any) error {
	if !wrong {
		return nil
	}
	return fmt.Errorf(format, args...)
}

func checkLeast(what string, n, least int64) error {
	return fault(n < least, "%s is %d: want %d or more", what, n, least)
}

func checkOptLeast(what string, n Opt[int64], least int64) error {
	return fault(n.OK && n.V < least, "%s is %d: want %d or more", what, n.V, least)
}

func checkOptTime(what string, t Opt[Time]) error {
	return fault(t.OK && t.V < 1, "%s is %s: want a time after 1970", what, t.V)
}

func checkOptPrice(what string, p Opt[Decimal]) error {
	return fault(p.OK && p.V.Units < 1, "%s is %s: want more than 0", what, p.V)
}

// checkRange refuses bounds that nothing lies between.
func checkRange(low, high string, from, to Opt[Decimal]) error {
	return first(
		checkOptPrice(low, from),
		checkOptPrice(high, to),
		fault(from.OK && to.OK && from.V.Cmp(to.V) > 0, "%s is %s, above %s, which is %s", low, from.V, high, to.V),
	)
}

// checkPresence refuses a value that is missing where it is wanted, or there
// where nothing would come of it.
func checkPresence(what string, there, wanted bool, owner string) error {
	if there == wanted {
		return nil
	}
	if wanted {
		return fmt.Errorf("%s is missing: %s needs it", what, owner)
	}
	return fmt.Errorf("%s is given: %s has none", what, owner)
}
