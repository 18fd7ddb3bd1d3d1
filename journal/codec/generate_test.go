package codec_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// bodies has the body type of every kind that is not an entity message.
var bodies = map[schema.Kind]func() schema.Body{
	schema.KindGenesis:        func() schema.Body { return new(schema.Genesis) },
	schema.KindClaim:          func() schema.Body { return new(schema.Claim) },
	schema.KindRetire:         func() schema.Body { return new(schema.Retire) },
	schema.KindFeedUp:         func() schema.Body { return new(schema.FeedUp) },
	schema.KindFeedDown:       func() schema.Body { return new(schema.FeedDown) },
	schema.KindSnapshotBegin:  func() schema.Body { return new(schema.SnapshotBegin) },
	schema.KindSnapshotEnd:    func() schema.Body { return new(schema.SnapshotEnd) },
	schema.KindReplayBegin:    func() schema.Body { return new(schema.ReplayBegin) },
	schema.KindReplayEnd:      func() schema.Body { return new(schema.ReplayEnd) },
	schema.KindRejectedRaw:    func() schema.Body { return new(schema.RejectedRaw) },
	schema.KindFeedUnknown:    func() schema.Body { return new(schema.FeedUnknown) },
	schema.KindOfferingConfig: func() schema.Body { return new(schema.OfferingConfig) },
	schema.KindSurfaced:       func() schema.Body { return new(schema.Surfaced) },
	schema.KindOrderNew:       func() schema.Body { return new(schema.OrderNew) },
	schema.KindOrderCancel:    func() schema.Body { return new(schema.OrderCancel) },
	schema.KindOrderReplace:   func() schema.Body { return new(schema.OrderReplace) },
	schema.KindMassCancel:     func() schema.Body { return new(schema.MassCancel) },
	schema.KindKill:           func() schema.Body { return new(schema.Kill) },
	schema.KindMarket:         func() schema.Body { return new(schema.Market) },
	schema.KindBookLimits:     func() schema.Body { return new(schema.BookLimits) },
	schema.KindTick:           func() schema.Body { return new(schema.Tick) },
	schema.KindExecutions:     func() schema.Body { return new(schema.Executions) },
}

// messageUses says which fields of a message its kind records, beside those
// that every kind does.
var messageUses = map[schema.Kind]string{
	schema.KindEventAdded: "Event", schema.KindEventUpdated: "Event",
	schema.KindEventDeleted: "ID", schema.KindBetOfferDeleted: "ID",
	schema.KindEventStatus: "ID Status", schema.KindEventCashOut: "ID Status",
	schema.KindBetOfferStatus: "ID Status", schema.KindBetOfferCashOut: "ID Status",
	schema.KindEventTags: "ID Words", schema.KindBetOfferLineTypes: "ID Words",
	schema.KindEventParticipants: "ID Participants",
	schema.KindEventScore:        "ID Doc", schema.KindMatchClock: "ID Doc",
	schema.KindBetOfferAdded: "Offer", schema.KindBetOfferUpdated: "Offer",
	schema.KindOutcomeOdds:   "ID Outcome Odds",
	schema.KindOutcomeStatus: "ID Outcome Status", schema.KindOutcomeCashOut: "ID Outcome Status",
}

const everyMessage = "Kind Flow Offset Type Rest More"

// executionUses says which fields of an execution its type records, beside type
// and number.
var executionUses = map[schema.ExecutionType]string{
	schema.ExecAccepted:  "Price Qty Order",
	schema.ExecRejected:  "Command Cmd Code",
	schema.ExecTrade:     "Price Qty Order Maker",
	schema.ExecCancelled: "Price Qty Order Reason Cmd",
	schema.ExecReplaced:  "Price Qty Order Kept Cmd",
	schema.ExecExpired:   "Price Qty Order Reason",
	schema.ExecTriggered: "Price Qty Order",
}

// required names the lists and documents that are never absent.
var required = map[string]bool{
	"Message.Words": true, "Message.Participants": true, "Message.Odds": true, "Message.Doc": true,
	"Message.Event": true, "Message.Offer": true, "FeedUnknown.Message": true, "RejectedRaw.Raw": true,
	"OfferingConfig.Criteria": true, "OfferingConfig.Jurisdictions": true, "Surfaced.Items": true,
	"SurfacedEvent.Participants": true, "SurfacedOffer.Outcomes": true,
	"SurfacedOutcome.Odds": true, "SurfacedPrice.Offerings": true, "Executions.Items": true,
}

// TestGeneratorKnowsEveryField fails when a kind or a field of a message was
// added that the tests of this package would not see.
func TestGeneratorKnowsEveryField(t *testing.T) {
	uses := strings.Fields(everyMessage)
	for _, kind := range schema.Kinds() {
		if kind.Entity() {
			if messageUses[kind] == "" {
				t.Errorf("messageUses has no %s", kind)
			}
			uses = append(uses, strings.Fields(messageUses[kind])...)
		} else if make := bodies[kind]; make == nil {
			t.Errorf("bodies has no %s", kind)
		} else if got := make().RecordKind(); got != kind {
			t.Errorf("the body of %s says that it is of %s", kind, got)
		}
	}
	for f := range reflect.TypeFor[schema.Message]().Fields() {
		if !slices.Contains(uses, f.Name) {
			t.Errorf("no kind uses Message.%s", f.Name)
		}
	}
	uses = []string{"Type", "Seq"}
	for n := range 1 << 8 {
		kind := schema.ExecutionType(n)
		uses = append(uses, strings.Fields(executionUses[kind])...)
		if kind.Known() != (executionUses[kind] != "") {
			t.Errorf("executionUses has another %s", kind)
		}
	}
	for f := range reflect.TypeFor[schema.Execution]().Fields() {
		if !slices.Contains(uses, f.Name) {
			t.Errorf("no execution uses %s", f.Name)
		}
	}
}

// source makes the choices of a generated value.
type source interface {
	pick(n int) int // one of 0 to n-1; 0 is the emptier choice
	integer() int64
	text() string
}

// generate makes a body of the kind.
func generate(kind schema.Kind, s source) schema.Body {
	if kind.Entity() {
		m := &schema.Message{Kind: kind}
		v := reflect.ValueOf(m).Elem()
		for _, name := range strings.Fields(everyMessage + " " + messageUses[kind]) {
			if name != "Kind" {
				fill(v.FieldByName(name), s, required["Message."+name])
			}
		}
		switch {
		case m.Event != nil:
			m.ID = m.Event.ID
		case m.Offer != nil:
			m.ID = m.Offer.ID
		}
		return m
	}
	body := bodies[kind]()
	fill(reflect.ValueOf(body).Elem(), s, true)
	return body
}

// fill sets a value and everything in it.
func fill(v reflect.Value, s source, must bool) {
	switch v.Interface().(type) {
	case schema.Flow:
		v.SetUint(uint64(schema.FlowSnapshot) + uint64(s.pick(3)))
		return
	case schema.JSON:
		if must || s.pick(2) == 1 {
			v.SetString(fmt.Sprintf(`{"a":%d,"b":[null,"é"]}`, s.integer()))
		}
		return
	case schema.Decimal:
		v.Set(reflect.ValueOf(decimal(s)))
		return
	case schema.Kind: // of a command
		v.SetUint(uint64(commands[s.pick(len(commands))]))
		return
	case schema.Execution:
		fillExecution(v, s, schema.ExecutionType(1+s.pick(len(executionUses))))
		return
	case interface{ Known() bool }:
		v.SetUint(known(v, s))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(s.text())
	case reflect.Int32: // a partition
		v.SetInt(s.integer() & math.MaxInt32)
	case reflect.Int64:
		v.SetInt(s.integer())
	case reflect.Uint8:
		v.SetUint(uint64(s.pick(256)))
	case reflect.Bool:
		v.SetBool(s.pick(2) == 1)
	case reflect.Pointer:
		if must || s.pick(2) == 1 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), s, true)
		}
	case reflect.Slice:
		fillSlice(v, s, must)
	case reflect.Struct:
		if ok := v.FieldByName("OK"); ok.IsValid() && strings.HasPrefix(v.Type().Name(), "Opt[") {
			if ok.SetBool(s.pick(2) == 1); ok.Bool() {
				fill(v.FieldByName("V"), s, true)
			}
			return
		}
		for f, field := range v.Fields() {
			fill(field, s, required[v.Type().Name()+"."+f.Name])
		}
	default:
		panic("no generator for " + v.Type().String())
	}
}

// commands are the kinds that can be rejected.
var commands = []schema.Kind{
	schema.KindOrderNew, schema.KindOrderCancel, schema.KindOrderReplace, schema.KindMassCancel,
	schema.KindMarket, schema.KindKill, schema.KindBookLimits,
}

// decimal is any that there is: mostly those at which a text changes its length.
func decimal(s source) schema.Decimal {
	const most = 1e18
	return schema.Decimal{Units: (s.integer()%most + most) % most, Places: uint8(s.pick(schema.MaxPlaces + 1))}
}

// known picks one of the numbers that an enumeration knows.
func known(v reflect.Value, s source) uint64 {
	var numbers []uint64
	for n := range uint64(1 << 8) {
		if v.SetUint(n); v.Interface().(interface{ Known() bool }).Known() {
			numbers = append(numbers, n)
		}
	}
	return numbers[s.pick(len(numbers))]
}

// fillExecution sets what an execution of the type uses.
func fillExecution(v reflect.Value, s source, kind schema.ExecutionType) {
	v.FieldByName("Type").SetUint(uint64(kind))
	for _, name := range strings.Fields("Seq " + executionUses[kind]) {
		fill(v.FieldByName(name), s, true)
	}
	switch e := v.Addr().Interface().(*schema.Execution); kind {
	case schema.ExecTrade:
		e.Price = schema.Some(decimal(s)) // always there
	case schema.ExecRejected:
		e.Order.Account, e.Order.ID = s.text(), s.text()
	}
}

func fillSlice(v reflect.Value, s source, must bool) {
	n := []int{-1, 0, 1, 17, 2}[s.pick(5)]
	if n < 0 && !must {
		return
	}
	if v.Type().Elem().Kind() == reflect.Struct {
		n = min(n, 2) // or a bet offer takes all day
	}
	v.Set(reflect.MakeSlice(v.Type(), max(n, 0), max(n, 0)))
	for i := range v.Len() {
		if _, full := s.(*full); full && i > 0 && v.Type().Elem().Kind() == reflect.Struct {
			s = empty{} // so that a full value holds absent ones, too
		}
		fill(v.Index(i), s, true)
	}
}

// drawn draws from rapid: mostly values at which an encoding changes its form.
type drawn struct{ t *rapid.T }

var edges = []int64{
	0, 1, 127, 128, 255, 256, 1<<16 - 1, 1 << 16, 1<<32 - 1, 1 << 32, math.MaxInt64,
	-1, -32, -33, -128, -129, -1 << 15, -1<<15 - 1, -1 << 31, -1<<31 - 1, math.MinInt64, 1<<31 - 1,
}

func (d drawn) pick(n int) int { return rapid.IntRange(0, n-1).Draw(d.t, "pick") }

func (d drawn) integer() int64 {
	return rapid.OneOf(rapid.SampledFrom(edges), rapid.Int64()).Draw(d.t, "integer")
}

func (d drawn) text() string {
	if rapid.IntRange(0, 9).Draw(d.t, "long") == 0 {
		n := rapid.SampledFrom([]int{31, 32, 255, 256, 1<<16 - 1, 1 << 16}).Draw(d.t, "length")
		return strings.Repeat("x", n)
	}
	return rapid.StringN(0, 8, -1).Draw(d.t, "text")
}

// full has everything, each value another one; empty has nothing.
type full struct{ n int64 }

func (f *full) pick(n int) int { return n - 1 }
func (f *full) integer() int64 { f.n++; return f.n * 37 }
func (f *full) text() string   { f.n++; return fmt.Sprintf("t%d", f.n) }

type empty struct{}

func (empty) pick(int) int   { return 0 }
func (empty) integer() int64 { return 0 }
func (empty) text() string   { return "" }
