package book

import (
	"math/rand"
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// Random steps are worth something as long as they get everywhere: each code
// that a fold can come to, each kind of execution, sweeps of several markets,
// and prices of each venue.
func TestRandomStepsGetEverywhere(t *testing.T) {
	codes, types := map[schema.RejectCode]int{}, map[schema.ExecutionType]int{}
	trades, wide := map[string]int{}, map[schema.Kind]int{}
	for seed := range 40 {
		f := newTestFold()
		for _, s := range randomSteps(rand.New(rand.NewSource(int64(seed))), 400) {
			codes[f.apply(t, s).Code]++
			if len(f.last) > 1 {
				wide[s.body.RecordKind()]++
			}
			for _, out := range f.last {
				for _, x := range out.Items {
					if types[x.Type]++; x.Type == schema.ExecTrade {
						trades[out.market]++
					}
				}
			}
		}
	}
	for _, code := range []schema.RejectCode{
		schema.RejectUnknownMarket, schema.RejectMarketExists, schema.RejectMarketHalted, schema.RejectMarketClosed, schema.RejectUnknownOrder,
		schema.RejectOffLadder, schema.RejectBadStop, schema.RejectBadDisplay, schema.RejectTooLate, schema.RejectBadPostOnly, schema.RejectWouldCross,
		schema.RejectIDReused, schema.RejectStaleCause, schema.RejectPriceLimit, schema.RejectQtyLimit, schema.RejectAccountOrders,
		schema.RejectMarketOrders, schema.RejectOffTick, schema.RejectOffLot, schema.RejectKilled, schema.RejectTooOld,
	} {
		if codes[code] < 5 {
			t.Errorf("%s: %d times", code, codes[code])
		}
	}
	for kind := schema.ExecutionType(1); kind.Known(); kind++ {
		if types[kind] < 50 {
			t.Errorf("%s: %d times", kind, types[kind])
		}
	}
	for i := range venues {
		if trades[venues[i].id] < 50 {
			t.Errorf("%d trades in %q", trades[venues[i].id], venues[i].id)
		}
	}
	for _, kind := range []schema.Kind{schema.KindMassCancel, schema.KindKill, schema.KindTick} {
		if wide[kind] < 5 {
			t.Errorf("%s was about several markets %d times", kind, wide[kind])
		}
	}
	t.Log(codes, types, trades, wide)
}
