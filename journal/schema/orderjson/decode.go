package orderjson

import (
	"strings"
	"sync"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// MaxLine is the longest line of a command, in bytes.
const MaxLine = 64 << 10

// Options say what a line may have.
type Options struct {
	// Time allows the field time: what the record's time shall be. It is for
	// files that are matched, never for a gate, which has a clock of its own.
	Time bool
}

// Command is one command and where it goes.
type Command struct {
	Op     string
	Market string // the record's key; "" for all markets
	Body   schema.Command
	Time   schema.Opt[schema.Time] // see [Options]
}

// Decode reads one command from a line. The line may be used again after it. An
// error is an [*Error].
func Decode(line []byte, o Options) (Command, error) {
	if len(line) > MaxLine { // before it is copied
		return Command{}, refuse(CodeTooLarge, "", "the line has %d bytes: want at most %d", len(line), MaxLine)
	}
	s := scanners.Get().(*scanner)
	defer scanners.Put(s)
	*s = scanner{in: string(line), bytes: s.bytes}
	c := s.command(o)
	if s.err != nil {
		return Command{}, s.err
	}
	return c, nil
}

var scanners = sync.Pool{New: func() any { return new(scanner) }}

// command reads the line. What it returns counts only without an error.
func (s *scanner) command(o Options) Command {
	s.object()
	if s.err != nil {
		return Command{}
	}
	op := s.findOp()
	if op == nil || !s.fits(op, o) {
		return Command{}
	}
	c := Command{Op: op.name, Market: s.text(fMarket), Body: op.build(s), Time: s.optTime(fTime)}
	if s.err == nil && s.seen.has(fMarket) {
		s.checked(schema.CheckID("market", c.Market))
	}
	if s.err == nil {
		s.checked(c.Body.Check())
	}
	if c.Time.OK && c.Time.V < 1 {
		s.fail(CodeBadValue, "time", "time is %s: want a time after 1970", c.Time.V)
	}
	return c
}

// findOp finds what the line wants done; nil after an error.
func (s *scanner) findOp() *op {
	if !s.seen.has(fOp) {
		s.fail(CodeMissingField, "op", "op is missing: want %s", opChoice)
		return nil
	}
	for i := range ops {
		if ops[i].name == s.text(fOp) {
			return &ops[i]
		}
	}
	s.fail(CodeUnknownOp, "op", "op %q is unknown: want %s", clip(s.text(fOp), maxTold), opChoice)
	return nil
}

// fits tells whether the line has the op's fields, and no others.
func (s *scanner) fits(op *op, o Options) bool {
	allowed := op.needs | op.takes | setOf(fOp)
	if o.Time {
		allowed |= setOf(fTime)
	}
	if other := s.seen &^ allowed; other != 0 {
		s.foreign(other.lowest(), op)
	} else if missing := op.needs &^ s.seen; missing != 0 {
		s.fail(CodeMissingField, missing.lowest().String(), "%s is missing: op %s needs it", missing.lowest(), op.name)
	}
	return s.err == nil
}

// foreign refuses a field that other commands have.
func (s *scanner) foreign(f field, op *op) {
	switch {
	case f == fCmd:
		s.fail(CodeUnknownField, "cmd", "cmd is given: a new order is known by its market, account and id, and takes no other name")
	case f == fTime:
		s.fail(CodeUnknownField, "time", "time is given: an order has the time at which it is journalled (sent_at is the client's)")
	default:
		s.fail(CodeUnknownField, f.String(), "%s is not a field of op %s", f, op.name)
	}
}

// checked tells what a check found. Its text begins with the field's name.
func (s *scanner) checked(err error) {
	if err == nil {
		return
	}
	text := err.Error()
	name, rest, _ := strings.Cut(text, " ")
	name = strings.TrimSuffix(name, ":")
	if _, ok := findField(name); !ok {
		name = ""
	}
	code := CodeBadValue
	if name != "" && strings.HasPrefix(rest, "is missing") {
		code = CodeMissingField
	}
	s.fail(code, name, "%s", text)
}
