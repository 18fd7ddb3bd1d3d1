package book

import (
	"math"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/matcher"
)

// maxWindow bounds the memory that BOOK_LIMITS can ask for: about 100 bytes an id.
const maxWindow = 1 << 24

// DefaultLimits are those of a partition before any BOOK_LIMITS: generous, so
// that they stop a runaway and no trader.
func DefaultLimits() schema.BookLimits {
	return schema.BookLimits{
		AccountOrders: schema.Some[int64](100_000),
		MarketOrders:  schema.Some[int64](1_000_000),
		MaxQty:        schema.Some[int64](math.MaxInt64),
		MinPrice:      schema.Some(schema.Decimal{Units: 1, Places: schema.MaxPlaces}),
		MaxPrice:      schema.Some(schema.Whole(999_999_999_999_999_999)),
		Window:        schema.Some[int64](1_000_000),
		Markets:       schema.Some[int64](100_000),
	}
}

// limit sets limits of a market, or of the partition when there is no key.
func (b *Book) limit(m *market, id string, l *schema.BookLimits) schema.RejectCode {
	target := &b.limits
	if id != "" {
		if m == nil {
			return schema.RejectUnknownMarket
		}
		if l.Window.OK || l.Markets.OK {
			return schema.RejectInvalid // of the partition only
		}
		target = &m.limits
	}
	merged := *target
	if !merge(&merged, l) {
		return schema.RejectInvalid
	}
	*target = merged
	if m != nil {
		b.touch(m)
		return 0
	}
	b.metaDirty = true
	b.window.shrink(b.windowSize())
	return 0
}

// merge lets given limits override. It is false when one is no limit, or when
// no price is left.
func merge(dst, l *schema.BookLimits) bool {
	for _, pair := range []struct {
		to   *schema.Opt[int64]
		from schema.Opt[int64]
		most int64
	}{
		{&dst.AccountOrders, l.AccountOrders, math.MaxInt64}, {&dst.MarketOrders, l.MarketOrders, math.MaxInt64},
		{&dst.MaxQty, l.MaxQty, math.MaxInt64},
		{&dst.Window, l.Window, maxWindow}, {&dst.Markets, l.Markets, matcher.MaxMarkets},
	} {
		if !pair.from.OK {
			continue
		}
		if pair.from.V < 1 || pair.from.V > pair.most {
			return false
		}
		*pair.to = pair.from
	}
	for _, pair := range []struct{ to, from *schema.Opt[schema.Decimal] }{{&dst.MinPrice, &l.MinPrice}, {&dst.MaxPrice, &l.MaxPrice}} {
		if pair.from.OK {
			if pair.from.V.Units < 1 {
				return false
			}
			*pair.to = *pair.from
		}
	}
	return !dst.MinPrice.OK || !dst.MaxPrice.OK || dst.MinPrice.V.Cmp(dst.MaxPrice.V) <= 0
}

// pick is the market's limit, or else the partition's.
func pick[T any](own, common schema.Opt[T]) T {
	if own.OK {
		return own.V
	}
	return common.V
}

// bounded holds a quantity and a limit price, if any, against the limits.
func (b *Book) bounded(m *market, qty int64, price schema.Opt[schema.Decimal]) schema.RejectCode {
	switch {
	case qty > pick(m.limits.MaxQty, b.limits.MaxQty):
		return schema.RejectQtyLimit
	case !price.OK || price.V.Units <= 0: // none, or for the engine to refuse
		return 0
	case price.V.Cmp(pick(m.limits.MinPrice, b.limits.MinPrice)) < 0 || price.V.Cmp(pick(m.limits.MaxPrice, b.limits.MaxPrice)) > 0:
		return schema.RejectPriceLimit
	}
	return 0
}

func (b *Book) windowSize() int64 { return b.limits.Window.V }

// remember adds to the window.
func (b *Book) remember(e entry) {
	b.window.add(e, b.windowSize())
	b.metaDirty = true
}
