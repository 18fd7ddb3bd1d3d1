package book

import (
	"cmp"
	"fmt"
	"math/big"
	"strings"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// expectation is what the model knows of an answer.
type expectation struct {
	code     schema.RejectCode // 0: the model does not refuse it
	repeated *known
}

// judge is what the model says once what expired is gone.
func (m *model) judge(s step) (x expectation) {
	name := nameOf(s)
	content, sent := contentOf(s)
	if name != "" {
		k := m.find(name)
		if k != nil && k.content == content {
			return expectation{k.answer.Code, k}
		}
		if k != nil {
			return expectation{code: schema.RejectIDReused}
		}
	}
	if sent.OK && int64(sent.V) <= m.floor {
		return expectation{code: schema.RejectTooOld}
	}
	if !m.markets[s.market] {
		return x
	}
	switch b := s.body.(type) {
	case *schema.OrderNew:
		x.code = cmp.Or(
			m.switchedOff(s.market, b.Account),
			unwritable(s.market, b.Qty, b.DisplayQty.V, b.Price, b.StopPrice),
			m.overLimit(s.market, b.Qty, b.Price),
		)
		rests := b.Type == schema.OrderStop || b.Type == schema.OrderStopLimit || b.Type == schema.OrderLimit && b.TIF != schema.IOC && b.TIF != schema.FOK
		ofAccount, ofMarket := 0, 0
		for _, o := range m.open {
			if o.market == s.market {
				ofMarket++
				if o.account == b.Account {
					ofAccount++
				}
			}
		}
		if x.code == 0 && rests && ofAccount >= mostOfAccount {
			x.code = schema.RejectAccountOrders
		} else if x.code == 0 && rests && ofMarket >= mostInMarket {
			x.code = schema.RejectMarketOrders
		}
	case *schema.OrderReplace:
		if m.order(s.market, b.Account, b.ID) != nil {
			x.code = cmp.Or(
				m.switchedOff(s.market, b.Account),
				unwritable(s.market, b.Qty.V, b.DisplayQty.V, b.Price, b.StopPrice),
				m.overLimit(s.market, b.Qty.V, b.Price),
			)
		}
	}
	return x
}

// killName is what a kill switch is known by.
func killName(market string, account schema.Opt[string]) string {
	return fmt.Sprintf("%q %v", market, account)
}

func (m *model) switchedOff(market, account string) schema.RejectCode {
	for _, where := range []string{market, ""} {
		for _, who := range []schema.Opt[string]{schema.Some(account), {}} {
			if m.killed[killName(where, who)] {
				return schema.RejectKilled
			}
		}
	}
	return 0
}

// unwritable holds prices as they print, and quantities, against the venue.
func unwritable(market string, qty, display int64, prices ...schema.Opt[schema.Decimal]) schema.RejectCode {
	v := venueOf(market)
	tick := schema.Decimal{Units: v.by, Places: v.places}.String()
	for _, p := range prices {
		if !p.OK {
			continue
		}
		_, fraction, _ := strings.Cut(p.V.String(), ".")
		worth, _ := new(big.Rat).SetString(p.V.String())
		step, _ := new(big.Rat).SetString(tick)
		if len(fraction) != int(v.places) || !worth.Quo(worth, step).IsInt() {
			return schema.RejectOffTick
		}
	}
	if qty%v.lot != 0 || display%v.lot != 0 {
		return schema.RejectOffLot
	}
	return 0
}

// swept are the open orders that a command takes out of the book whatever they
// are.
func (m *model) swept(s step) (list []*placed) {
	var who schema.Opt[string]
	switch b := s.body.(type) {
	case *schema.MassCancel:
		who = b.Account
	case *schema.Kill:
		if who = b.Account; b.Release {
			return nil
		}
	default:
		return nil
	}
	for _, o := range m.open {
		if (s.market == "" || o.market == s.market) && (!who.OK || o.account == who.V) {
			list = append(list, o)
		}
	}
	return list
}

func (m *model) overLimit(market string, qty int64, price schema.Opt[schema.Decimal]) schema.RejectCode {
	l := m.limits[market]
	switch {
	case l.MaxQty.OK && qty > l.MaxQty.V:
		return schema.RejectQtyLimit
	case l.MaxPrice.OK && price.OK && price.V.Cmp(l.MaxPrice.V) > 0:
		return schema.RejectPriceLimit
	}
	return 0
}
