package orderjson

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Codes of errors. They are a part of the interface: they may become more, and
// never change.
const (
	CodeBadJSON        = "bad_json"        // no JSON object, or more than one
	CodeTooLarge       = "too_large"       // a line above MaxLine
	CodeUnknownOp      = "unknown_op"      // a command that there is not
	CodeUnknownField   = "unknown_field"   // no field of this command
	CodeDuplicateField = "duplicate_field" // a field comes twice
	CodeMissingField   = "missing_field"   // a field that the command needs
	CodeBadType        = "bad_type"        // a text where a number belongs, a null, and the like
	CodeBadValue       = "bad_value"       // of the right type, and nonsense
)

// Error says why a line was refused.
type Error struct {
	Code  string
	Field string // "" where it is about no field, or about several
	Text  string // for people; names the field
}

// Error is the text.
func (e *Error) Error() string { return e.Text }

// Bounds of what is repeated from the line, in bytes: whoever sent it knows it.
const (
	maxTold = 48
	maxText = 320
)

// refuse makes an error. A line may hold anything, so texts are cut.
func refuse(code, field, format string, args ...any) *Error {
	return &Error{Code: code, Field: clip(field, maxTold), Text: clip(fmt.Sprintf(format, args...), maxText)}
}

// clip cuts a text to n bytes, never inside a character.
func clip(s string, n int) string {
	if len(s) <= n && utf8.ValidString(s) {
		return s
	}
	const dots = "..."
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n-len(dots)], "") + dots
	}
	return strings.ToValidUTF8(s, "")
}
