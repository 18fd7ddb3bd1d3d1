package matcher

// Op names a command of an engine in a [Step].
type Op uint8

// The commands. Each is the method of the same name.
const (
	OpCreate        Op = 1 + iota // Market, Config
	OpSubmit                      // Order
	OpCancel                      // Market, ID
	OpReplace                     // Replace
	OpCancelAccount               // Market, Account
	OpCancelMarket                // Market
	OpHalt                        // Market
	OpResume                      // Market
	OpClose                       // Market
	OpSetBand                     // Market, Low, High
	OpEndDay                      // Market
	OpExpire                      // Now
)

// Step is one command of an engine as a value, so that commands can be kept and
// given again to another engine. A step of an op uses what stands beside it.
type Step struct {
	Op        Op
	Market    Market
	Account   Account
	ID        ID
	Low, High int64
	Now       int64 // ns since 1970
	Order     Order
	Replace   *Replace
	Config    *Config
}

// Do carries a step out. Commands that return a number of orders give [OK], which
// their reports tell as well; an op that there is not gives [BadType] and does
// nothing. The step is not kept.
func (e *Engine) Do(s *Step) Code {
	switch s.Op {
	case OpSubmit:
		return e.Submit(&s.Order)
	case OpCancel:
		return e.Cancel(s.Market, s.ID)
	case OpReplace:
		return e.Replace(s.Replace)
	case OpExpire:
		e.Expire(s.Now)
		return OK
	}
	return e.rare(s)
}

// rare carries out what is about a whole market or account.
func (e *Engine) rare(s *Step) Code {
	switch s.Op {
	case OpCreate:
		return e.Create(s.Market, *s.Config)
	case OpHalt:
		return e.Halt(s.Market)
	case OpResume:
		return e.Resume(s.Market)
	case OpClose:
		return e.Close(s.Market)
	case OpSetBand:
		return e.SetBand(s.Market, s.Low, s.High)
	case OpCancelAccount:
		e.CancelAccount(s.Market, s.Account)
	case OpCancelMarket:
		e.CancelMarket(s.Market)
	case OpEndDay:
		e.EndDay(s.Market)
	default:
		return BadType
	}
	return OK
}
