package orderjson

import (
	"math/bits"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// field numbers a field. Fields of one type lie together, so that a field's
// value is found by its number alone.
type field uint8

const (
	fOp field = iota
	fMarket
	fAccount
	fID
	fCmd
	fReason
	fAction
	fKind
	fSide
	fType
	fTIF
	fSTP

	fTick // decimals
	fPrice
	fStopPrice
	fLow
	fHigh
	fMinPrice
	fMaxPrice

	fLot // whole numbers
	fQty
	fDisplayQty
	fAccountOrders
	fMarketOrders
	fMaxQty
	fWindow
	fMarkets

	fPostOnly // true or false
	fRelease
	fAll

	fExpireAt // times
	fSentAt
	fTime

	fLadder // a list of decimals

	fieldCount
)

// Where the fields of each type begin.
const (
	firstDecimal = fTick
	firstWhole   = fLot
	firstBool    = fPostOnly
	firstTime    = fExpireAt
)

var fieldNames = [fieldCount]string{
	"op", "market", "account", "id", "cmd", "reason", "action", "kind", "side", "type", "tif", "stp",
	"tick", "price", "stop_price", "low", "high", "min_price", "max_price",
	"lot", "qty", "display_qty", "account_orders", "market_orders", "max_qty", "window", "markets",
	"post_only", "release", "all",
	"expire_at", "sent_at", "time",
	"ladder",
}

func (f field) String() string { return fieldNames[f] }

// values are the fields of one line.
type values struct {
	seen     fieldSet
	texts    [firstDecimal]string
	decimals [firstWhole - firstDecimal]schema.Decimal
	wholes   [firstBool - firstWhole]int64
	bools    [firstTime - firstBool]bool
	times    [fLadder - firstTime]schema.Time
	ladder   []schema.Decimal
}

func (v *values) text(f field) string { return v.texts[f] }

func (v *values) whole(f field) int64 { return v.wholes[f-firstWhole] }

func (v *values) bool(f field) bool { return v.bools[f-firstBool] }

func (v *values) optText(f field) schema.Opt[string] {
	return schema.Opt[string]{V: v.texts[f], OK: v.seen.has(f)}
}

func (v *values) optWhole(f field) schema.Opt[int64] {
	return schema.Opt[int64]{V: v.wholes[f-firstWhole], OK: v.seen.has(f)}
}

func (v *values) optDecimal(f field) schema.Opt[schema.Decimal] {
	return schema.Opt[schema.Decimal]{V: v.decimals[f-firstDecimal], OK: v.seen.has(f)}
}

func (v *values) optTime(f field) schema.Opt[schema.Time] {
	return schema.Opt[schema.Time]{V: v.times[f-firstTime], OK: v.seen.has(f)}
}

// fieldSet is a set of fields.
type fieldSet uint64

func setOf(fields ...field) (s fieldSet) {
	for _, f := range fields {
		s |= 1 << f
	}
	return s
}

func (s fieldSet) has(f field) bool { return s>>f&1 != 0 }

// lowest is the first field of a set that is not empty.
func (s fieldSet) lowest() field { return field(bits.TrailingZeros64(uint64(s))) }

// slots is more than the fields, so that a name is found at the first look.
const slots = 256

// byName finds fields: a table with open addressing.
var byName = func() (table [slots]uint8) {
	for f, name := range fieldNames {
		i := slotOf(name)
		for table[i] != 0 {
			i = (i + 1) % slots
		}
		table[i] = uint8(f) + 1
	}
	return table
}()

func slotOf(name string) uint {
	n := uint(len(name))
	return (n*37 + uint(name[0])*5 + uint(name[n-1])*11 + uint(name[n/2])) % slots
}

// findField finds a field by its exact name.
func findField(name string) (field, bool) {
	if name == "" {
		return 0, false
	}
	for i := slotOf(name); byName[i] != 0; i = (i + 1) % slots {
		if f := field(byName[i] - 1); fieldNames[f] == name {
			return f, true
		}
	}
	return 0, false
}
