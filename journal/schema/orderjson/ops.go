package orderjson

import (
	"encoding"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// Names of the commands.
const (
	OpMarket     = "market"
	OpNew        = "new"
	OpCancel     = "cancel"
	OpReplace    = "replace"
	OpMassCancel = "mass_cancel"
	OpKill       = "kill"
	OpLimits     = "limits"
)

const opChoice = "new, cancel, replace, mass_cancel, kill, market or limits"

// op is one command: the fields that it needs and may have besides, and how its
// body comes of them.
type op struct {
	name         string
	kind         schema.Kind
	needs, takes fieldSet
	build        func(*scanner) schema.Command
}

// ops has what comes most often first.
var ops = [...]op{
	{
		OpNew, schema.KindOrderNew, setOf(fMarket, fAccount, fID, fSide, fType, fQty),
		setOf(fTIF, fPrice, fStopPrice, fDisplayQty, fExpireAt, fPostOnly, fSTP, fSentAt), buildNew,
	},
	{OpCancel, schema.KindOrderCancel, setOf(fMarket, fAccount, fID), setOf(fCmd, fSentAt), buildCancel},
	{
		OpReplace, schema.KindOrderReplace, setOf(fMarket, fAccount, fID),
		setOf(fCmd, fPrice, fQty, fDisplayQty, fStopPrice, fExpireAt, fSentAt), buildReplace,
	},
	{OpMassCancel, schema.KindMassCancel, 0, setOf(fMarket, fAccount, fAll, fCmd, fSentAt), buildMassCancel},
	{OpKill, schema.KindKill, 0, setOf(fMarket, fAccount, fAll, fRelease, fCmd, fSentAt, fReason), buildKill},
	{
		OpMarket, schema.KindMarket, setOf(fMarket, fAction),
		setOf(fKind, fTick, fLot, fLadder, fLow, fHigh, fCmd, fReason), buildMarket,
	},
	{
		OpLimits, schema.KindBookLimits, 0,
		setOf(fMarket, fAccountOrders, fMarketOrders, fMaxQty, fMinPrice, fMaxPrice, fWindow, fMarkets, fCmd), buildLimits,
	},
}

// OpOf is the name of a kind's command; of another kind, the kind's own name.
func OpOf(kind schema.Kind) string {
	for i := range ops {
		if ops[i].kind == kind {
			return ops[i].name
		}
	}
	return kind.String()
}

// word reads a field that has one of a few words; an absent one leaves what is there.
func (s *scanner) word(f field, into encoding.TextUnmarshaler) {
	if !s.seen.has(f) || s.err != nil {
		return
	}
	s.bytes = append(s.bytes[:0], clip(s.text(f), maxTold)...)
	if err := into.UnmarshalText(s.bytes); err != nil {
		s.fail(CodeBadValue, f.String(), "%v", err)
	}
}

func buildNew(s *scanner) schema.Command {
	o := &schema.OrderNew{
		Account: s.text(fAccount), ID: s.text(fID), Qty: s.whole(fQty),
		Price: s.optDecimal(fPrice), StopPrice: s.optDecimal(fStopPrice), DisplayQty: s.optWhole(fDisplayQty),
		ExpireAt: s.optTime(fExpireAt), PostOnly: s.bool(fPostOnly), SentAt: s.optTime(fSentAt),
	}
	s.word(fSide, &o.Side)
	s.word(fType, &o.Type)
	o.TIF = schema.GTC
	if o.Type == schema.OrderMarket {
		o.TIF = schema.IOC // it never rests
	}
	s.word(fTIF, &o.TIF)
	s.word(fSTP, &o.STP)
	return o
}

func buildCancel(s *scanner) schema.Command {
	return &schema.OrderCancel{Account: s.text(fAccount), ID: s.text(fID), Cmd: s.optText(fCmd), SentAt: s.optTime(fSentAt)}
}

func buildReplace(s *scanner) schema.Command {
	return &schema.OrderReplace{
		Account: s.text(fAccount), ID: s.text(fID), Cmd: s.optText(fCmd), Price: s.optDecimal(fPrice), Qty: s.optWhole(fQty),
		DisplayQty: s.optWhole(fDisplayQty), StopPrice: s.optDecimal(fStopPrice), ExpireAt: s.optTime(fExpireAt), SentAt: s.optTime(fSentAt),
	}
}

func buildMassCancel(s *scanner) schema.Command {
	s.aimed("cancels every order of every market")
	return &schema.MassCancel{Account: s.optText(fAccount), Cmd: s.optText(fCmd), SentAt: s.optTime(fSentAt)}
}

func buildKill(s *scanner) schema.Command {
	s.aimed("is the switch of everything")
	return &schema.Kill{
		Account: s.optText(fAccount), Release: s.bool(fRelease), Cmd: s.optText(fCmd), SentAt: s.optTime(fSentAt), Reason: s.optText(fReason),
	}
}

// aimed wants a command about many orders to say of whom they are, or that all
// are meant: a field forgotten must not hit everybody.
func (s *scanner) aimed(what string) {
	named := s.seen.has(fMarket) || s.seen.has(fAccount)
	switch {
	case s.bool(fAll) && named:
		s.fail(CodeBadValue, "all", "all is true beside a market or an account: say which of both is meant")
	case !s.bool(fAll) && !named:
		s.fail(CodeMissingField, "account", "account and market are missing: want one of them, or all set to true, which %s", what)
	}
}

func buildMarket(s *scanner) schema.Command {
	m := &schema.Market{
		Tick: s.optDecimal(fTick), Lot: s.optWhole(fLot), Ladder: s.ladder, Low: s.optDecimal(fLow), High: s.optDecimal(fHigh),
		Cmd: s.optText(fCmd), Reason: s.optText(fReason),
	}
	s.word(fAction, &m.Action)
	s.word(fKind, &m.Kind.V)
	m.Kind.OK = s.seen.has(fKind)
	return m
}

func buildLimits(s *scanner) schema.Command {
	return &schema.BookLimits{
		AccountOrders: s.optWhole(fAccountOrders), MarketOrders: s.optWhole(fMarketOrders), MaxQty: s.optWhole(fMaxQty),
		MinPrice: s.optDecimal(fMinPrice), MaxPrice: s.optDecimal(fMaxPrice),
		Window: s.optWhole(fWindow), Markets: s.optWhole(fMarkets), Cmd: s.optText(fCmd),
	}
}
