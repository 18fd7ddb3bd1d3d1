package matcher

import "testing"

// TestDo gives the same random commands to one engine by its methods and to
// another as steps.
func TestDo(t *testing.T) {
	g := generator(7)
	byMethod, byStep := New(), New()
	config := Config{Low: 2, High: 100}
	step := func(s Step) { byStep.Do(&s) }
	seen := make(map[Op]int)
	for i := range 20_000 {
		m, id := Market(g.pick(2)), ID(1+g.pick(200))
		op := OpSubmit
		if i > 1 {
			op = [...]Op{OpSubmit, OpSubmit, OpSubmit, OpSubmit, OpCancel, OpReplace, OpExpire, 0}[g.pick(8)]
			if op == 0 && g.pick(10) == 0 {
				op = [...]Op{OpCancelAccount, OpCancelMarket, OpHalt, OpResume, OpResume, OpSetBand, OpEndDay}[g.pick(7)]
			}
		} else {
			op, m = OpCreate, Market(i)
		}
		seen[op]++
		s := Step{Op: op, Market: m, ID: id, Account: Account(g.pick(5)), Low: 1, High: int64(50 + g.pick(50)), Now: int64(i)}
		switch op {
		case OpCreate:
			s.Config = &config
			byMethod.Create(m, config)
		case OpSubmit:
			s.Order = Order{
				Market: m, ID: id, Account: s.Account, Side: Side(1 + g.pick(3)), Type: LimitOrder, TIF: [...]TIF{GTC, Day, GTD, IOC}[g.pick(4)],
				Price: int64(40 + g.pick(20)), Qty: int64(1 + g.pick(9)),
			}
			if s.Order.TIF == GTD {
				s.Order.Expire = int64(i + 1 + g.pick(500))
			}
			byMethod.Submit(&s.Order)
		case OpCancel:
			byMethod.Cancel(m, id)
		case OpReplace:
			s.Replace = &Replace{Market: m, ID: id}
			s.Replace.Qty.V, s.Replace.Qty.OK = int64(1+g.pick(9)), true
			byMethod.Replace(s.Replace)
		case OpExpire:
			byMethod.Expire(s.Now)
		case OpCancelAccount:
			byMethod.CancelAccount(m, s.Account)
		case OpCancelMarket:
			byMethod.CancelMarket(m)
		case OpHalt:
			byMethod.Halt(m)
		case OpResume:
			byMethod.Resume(m)
		case OpSetBand:
			byMethod.SetBand(m, s.Low, s.High)
		case OpEndDay:
			byMethod.EndDay(m)
		}
		step(s)
		a, b := byMethod.Drain(), byStep.Drain()
		if len(a) != len(b) {
			t.Fatalf("command %d, op %d: %d reports, as a step %d", i, op, len(a), len(b))
		}
		for k := range a {
			if a[k] != b[k] {
				t.Fatalf("command %d, op %d: %+v, as a step %+v", i, op, a[k], b[k])
			}
		}
		if byMethod.Hash() != byStep.Hash() {
			t.Fatalf("command %d, op %d: the hashes differ", i, op)
		}
	}
	for op := OpCreate; op <= OpExpire; op++ {
		if seen[op] == 0 && op != OpClose {
			t.Errorf("op %d was never done", op)
		}
	}
	if code := byStep.Do(&Step{Op: OpClose}); code != OK {
		t.Errorf("close: %s", code)
	}
	if code := byStep.Do(&Step{Op: OpHalt}); code != MarketClosed {
		t.Errorf("halt after close: %s", code)
	}
	if code := byStep.Do(&Step{Op: 99}); code != BadType {
		t.Errorf("no such op: %s", code)
	}
}
