package orderjson

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/go-json-experiment/json/jsontext"
)

// scanner reads the one flat object of a line. After the first error it reads
// nothing.
type scanner struct {
	in    string
	at    int
	err   *Error
	bytes []byte // of a word; its memory is used again
	values
}

func (s *scanner) fail(code, field, format string, args ...any) {
	if s.err == nil {
		s.err = refuse(code, field, format, args...)
	}
}

// syntax fails at the byte that comes next.
func (s *scanner) syntax(want string) {
	if s.at >= len(s.in) {
		s.fail(CodeBadJSON, "", "the line ends at byte %d: want %s", s.at, want)
		return
	}
	s.fail(CodeBadJSON, "", "byte %d is %q: want %s", s.at, s.in[s.at], want)
}

// peek skips white space and returns the byte that comes next; 0 at the end.
func (s *scanner) peek() byte {
	for ; s.at < len(s.in); s.at++ {
		switch c := s.in[s.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// take reads a byte that must come next.
func (s *scanner) take(c byte, want string) bool {
	if s.err != nil {
		return false
	}
	if s.peek() != c || s.at >= len(s.in) {
		s.syntax(want)
		return false
	}
	s.at++
	return true
}

// object reads the whole line.
func (s *scanner) object() {
	switch {
	case len(s.in) > MaxLine:
		s.fail(CodeTooLarge, "", "the line has %d bytes: want at most %d", len(s.in), MaxLine)
	case !utf8.ValidString(s.in):
		s.fail(CodeBadJSON, "", "the line is not UTF-8")
	}
	if !s.take('{', "a JSON object") {
		return
	}
	if s.peek() == '}' {
		s.at++
	} else {
		s.members()
	}
	if s.peek(); s.at < len(s.in) {
		s.syntax("nothing behind the object")
	}
}

func (s *scanner) members() {
	for s.member() {
		switch s.peek() {
		case ',':
			s.at++
		case '}':
			s.at++
			return
		default:
			s.syntax("a comma or the object's end")
			return
		}
	}
}

// member reads one field into the values.
func (s *scanner) member() bool {
	if s.peek() != '"' {
		s.syntax("the name of a field, in quotes")
		return false
	}
	name := s.quoted()
	if !s.take(':', "a colon") {
		return false
	}
	f, ok := findField(name)
	switch {
	case !ok:
		s.fail(CodeUnknownField, name, "%q is not a field of any command", clip(name, maxTold))
		return false
	case s.seen.has(f):
		s.fail(CodeDuplicateField, name, "%s comes twice", name)
		return false
	}
	s.seen |= 1 << f
	s.value(f)
	return s.err == nil
}

// value reads a field's value by the field's type.
func (s *scanner) value(f field) {
	switch {
	case f < firstDecimal:
		s.texts[f] = s.textOf(f, "a text in quotes")
	case f < firstWhole:
		s.decimals[f-firstDecimal] = s.decimalOf(f)
	case f < firstBool:
		s.wholes[f-firstWhole] = s.wholeOf(f)
	case f < firstTime:
		s.bools[f-firstBool] = s.boolOf(f)
	case f < fLadder:
		s.times[f-firstTime] = s.timeOf(f)
	default:
		s.ladder = s.listOf(f)
	}
}

// wrongType says what came in place of what was wanted.
func (s *scanner) wrongType(f field, want string) {
	what := ""
	c := s.peek()
	if c == 'n' && !strings.HasPrefix(s.in[s.at:], "null") {
		c = 0
	}
	switch c {
	case '"':
		what = "a text"
	case '{':
		what = "an object"
	case '[':
		what = "a list"
	case 't', 'f':
		what = "true or false"
	case 'n':
		what = "null"
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		what = "a number"
	default:
		s.syntax("the value of " + f.String())
		return
	}
	s.fail(CodeBadType, f.String(), "%s is %s: want %s", f, what, want)
}

// maxShared is the longest line that texts are cut out of: they keep it alive.
const maxShared = 1 << 10

func (s *scanner) textOf(f field, want string) string {
	if s.peek() != '"' {
		s.wrongType(f, want)
		return ""
	}
	text := s.quoted()
	if len(s.in) > maxShared {
		text = strings.Clone(text)
	}
	return text
}

// quoted reads a text, whose first quote comes next.
func (s *scanner) quoted() string {
	start := s.at
	escaped := false
	for i := start + 1; i < len(s.in); i++ {
		switch c := s.in[i]; {
		case c == '"':
			s.at = i + 1
			if escaped {
				return s.unescaped(start)
			}
			return s.in[start+1 : i]
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			s.at = i
			s.syntax("no control character in a text")
			return ""
		}
	}
	s.at = len(s.in)
	s.syntax("the quote that ends a text")
	return ""
}

// unescaped is the content of a text with escapes, which is rare.
func (s *scanner) unescaped(start int) string {
	b, err := jsontext.AppendUnquote(nil, s.in[start:s.at])
	if err != nil {
		s.at = start
		s.syntax("a text with escapes that JSON knows")
	}
	return string(b)
}

const wantDecimal = `a decimal in quotes, such as "101.25"`

func (s *scanner) decimalOf(f field) schema.Decimal {
	text := s.textOf(f, wantDecimal)
	if s.err != nil {
		return schema.Decimal{}
	}
	d, err := schema.ParseDecimal(text)
	if err != nil {
		s.fail(CodeBadValue, f.String(), "%s is %q: %v", f, clip(text, maxTold), err)
	}
	return d
}

// listOf reads a list of decimals.
func (s *scanner) listOf(f field) []schema.Decimal {
	if s.peek() != '[' {
		s.wrongType(f, "a list of decimals in quotes")
		return nil
	}
	s.at++
	list := []schema.Decimal{}
	if s.peek() == ']' {
		s.at++
		return list
	}
	for {
		list = append(list, s.decimalOf(f))
		if s.err != nil {
			return nil
		}
		switch s.peek() {
		case ',':
			s.at++
		case ']':
			s.at++
			return list
		default:
			s.syntax("a comma or the list's end")
			return nil
		}
	}
}

// wholeOf reads a number without point and exponent.
func (s *scanner) wholeOf(f field) int64 {
	const want = "a whole number, without quotes, point and exponent"
	c := s.peek()
	if c != '-' && (c < '0' || c > '9') {
		s.wrongType(f, want)
		return 0
	}
	start := s.at
	for s.at++; s.at < len(s.in) && s.in[s.at] >= '0' && s.in[s.at] <= '9'; s.at++ {
	}
	text := s.in[start:s.at]
	digits := strings.TrimPrefix(text, "-")
	switch {
	case s.at < len(s.in) && (s.in[s.at] == '.' || s.in[s.at]|0x20 == 'e'):
		s.fail(CodeBadType, f.String(), "%s has a point or an exponent: want %s", f, want)
		return 0
	case digits == "", len(digits) > 1 && digits[0] == '0':
		s.at = start
		s.syntax("a number as JSON has it, for " + f.String())
		return 0
	}
	if text == "-0" {
		s.fail(CodeBadValue, f.String(), "%s is -0: want no sign", f)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		s.fail(CodeBadValue, f.String(), "%s is %s: that does not fit 64 bits", f, clip(text, maxTold))
	}
	return n
}

func (s *scanner) boolOf(f field) bool {
	c := s.peek()
	for _, word := range [...]string{"true", "false"} {
		if strings.HasPrefix(s.in[s.at:], word) {
			s.at += len(word)
			return c == 't'
		}
	}
	if c == 't' || c == 'f' {
		s.syntax("true or false")
		return false
	}
	s.wrongType(f, "true or false, without quotes")
	return false
}

// timeOf reads RFC 3339 and nothing that only looks like it.
func (s *scanner) timeOf(f field) schema.Time {
	const want = `RFC 3339 in quotes, such as "2026-01-02T15:04:05Z"`
	text := s.textOf(f, want)
	if s.err != nil {
		return 0
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || text[len("2006-01-02T15")] != ':' || strings.Contains(text, ",") { // which Go lets pass
		s.fail(CodeBadValue, f.String(), "%s is %q: want %s", f, clip(text, maxTold), want)
		return 0
	}
	ns := t.UnixNano()
	if !time.Unix(0, ns).Equal(t) {
		s.fail(CodeBadValue, f.String(), "%s is %q, which ns in 64 bits do not reach: want 1970 to 2261", f, text)
	}
	return schema.Time(ns)
}
