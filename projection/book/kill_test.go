package book

import (
	"fmt"
	"slices"
	"testing"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

func killOf(account string, release bool) *schema.Kill {
	return &schema.Kill{Account: schema.Opt[string]{V: account, OK: account != ""}, Release: release}
}

// TestKillCovers turns each of the four switches on and looks who may trade
// where, then releases it, with a restart before every step. What is covered is
// cancelled, and nothing else.
func TestKillCovers(t *testing.T) {
	type seat struct{ market, account string }
	seats := []seat{{"m", "al"}, {"m", "bo"}, {"n", "al"}, {"n", "bo"}}
	for _, c := range []struct{ market, account string }{{"m", "al"}, {"", "al"}, {"m", ""}, {"", ""}} {
		t.Run(fmt.Sprintf("%q in %q", c.account, c.market), func(t *testing.T) {
			f, store, ids := newTestFold(), map[string][]byte{}, 0
			apply := func(market string, body schema.Body) Answer {
				f.commit(t, store)
				f = f.restart(t, store)
				return f.apply(t, step{market, 0, body})
			}
			place := func(s seat) schema.RejectCode {
				ids++
				return apply(s.market, limit(s.account, fmt.Sprint(ids), schema.SideBuy, 1, 5)).Code
			}
			covers := func(s seat) bool {
				return (c.market == "" || s.market == c.market) && (c.account == "" || s.account == c.account)
			}
			apply("m", create)
			apply("n", create)
			want := int64(0)
			for _, s := range seats {
				if place(s) != 0 {
					t.Fatal("an order is refused at first")
				}
				if covers(s) {
					want++
				}
			}
			if a := apply(c.market, killOf(c.account, false)); a.Code != 0 || a.Orders != want {
				t.Errorf("the switch: %s, %d orders, want %d", a.Code, a.Orders, want)
			}
			for i, s := range seats {
				code, first := schema.RejectCode(0), fmt.Sprint(i+1)
				if covers(s) {
					code = schema.RejectKilled
				}
				if got := place(s); got != code {
					t.Errorf("%+v: %s, want %s", s, got, code)
				}
				if _, open := f.b.Order(s.market, s.account, first); open == covers(s) {
					t.Errorf("%+v: the first order is open: %t", s, open)
				}
			}
			apply(c.market, killOf(c.account, true))
			for _, s := range seats {
				if got := place(s); got != 0 {
					t.Errorf("%+v: after the release %s", s, got)
				}
			}
		})
	}
}

// TestKillsAreAFew counts accounts that are switched off, in a market and in the
// partition.
func TestKillsAreAFew(t *testing.T) {
	for _, market := range []string{"m", ""} {
		f, store := newTestFold(), map[string][]byte{}
		f.apply(t, step{"m", 0, create})
		// From the last to the first: a list that is kept sorted moves.
		for i := maxKills; i > 0; i-- {
			if a := f.apply(t, step{market, 0, killOf(fmt.Sprintf("a%05d", i), false)}); a.Code != 0 {
				t.Fatalf("account %d: %s", i, a.Code)
			}
		}
		f.commit(t, store)
		f = f.restart(t, store)
		for _, c := range []struct {
			kill *schema.Kill
			want schema.RejectCode
		}{
			{killOf("b", false), schema.RejectKills}, {killOf("a00007", false), 0}, {killOf("", false), 0}, {killOf("", true), 0},
			{killOf("c", true), 0}, {killOf("a00008", true), 0}, {killOf("b", false), 0}, {killOf("c", false), schema.RejectKills},
			{killOf("b", true), 0}, {killOf("a00008", false), 0},
		} {
			if a := f.apply(t, step{market, 0, c.kill}); a.Code != c.want {
				t.Errorf("%q: %+v: %s, want %s", market, c.kill, a.Code, c.want)
			}
		}
		list := f.b.kills.accounts
		if market != "" {
			list = f.b.markets[market].kills.accounts
		}
		if len(list) != maxKills || !slices.IsSorted(list) {
			t.Errorf("%q: %d switches, sorted: %t", market, len(list), slices.IsSorted(list))
		}
		if all, accounts := f.b.Killed(); all || (market == "") != (len(accounts) == maxKills) {
			t.Errorf("%q: partition: %t, %d accounts", market, all, len(accounts))
		}
		if m, _ := f.b.Market("m"); m.Killed || (market == "m") != (len(m.KilledAccounts) == maxKills) {
			t.Errorf("%q: market: %t, %d accounts", market, m.Killed, len(m.KilledAccounts))
		}
	}
}

// TestReleaseLeavesNothing wants the state of a book whose switches were never
// on, so that two books that allow the same have the same hash.
func TestReleaseLeavesNothing(t *testing.T) {
	for _, market := range []string{"m", ""} {
		for _, account := range []string{"al", ""} {
			f := newTestFold()
			f.apply(t, step{"m", 0, create})
			f.apply(t, step{"", 1, &schema.Tick{}}) // the partition's own state is there
			before := f.sum()
			f.apply(t, step{market, 0, killOf(account, false)})
			if f.sum() == before {
				t.Errorf("%q in %q: the switch is no part of the state", account, market)
			}
			f.apply(t, step{market, 0, killOf(account, true)})
			if f.sum() != before {
				t.Errorf("%q in %q: the release leaves something in the state", account, market)
			}
		}
	}
}

// TestSweepsGoInOrder wants sweeps of the partition to go through its markets as
// they were created, whatever their ids, also behind a restart: every replica
// tells the same under the same numbers.
func TestSweepsGoInOrder(t *testing.T) {
	f, store := newTestFold(), map[string][]byte{}
	const markets = 60
	var created []string
	for i := range markets {
		id := fmt.Sprint("m", i*37%markets)
		created = append(created, id)
		f.apply(t, step{id, 0, create})
	}
	for i, body := range []schema.Body{
		&schema.MassCancel{}, &schema.MassCancel{Account: schema.Some("al")}, killOf("al", false), killOf("", false),
	} {
		f.apply(t, step{"", 0, killOf("al", true)})
		for _, id := range slices.Sorted(slices.Values(created)) {
			f.apply(t, step{id, 0, limit("al", fmt.Sprint(i), schema.SideBuy, 1, 5)})
		}
		if f.commit(t, store); i%2 == 1 {
			f = f.restart(t, store)
		}
		f.apply(t, step{"", 0, body})
		var told []string
		for k, out := range f.last {
			if out.First != int64(k) || len(out.Items) != 1 {
				t.Errorf("%+v: output %d has %d executions from %d", body, k, len(out.Items), out.First)
			}
			told = append(told, out.market)
		}
		if !slices.Equal(told, created) {
			t.Errorf("%+v: markets are told in another order than they were created in:\n%q, want\n%q", body, told, created)
		}
	}
}

// TestKillsInDisorder refuses a state whose list could not be searched.
func TestKillsInDisorder(t *testing.T) {
	for _, c := range []struct {
		accounts []string
		sound    bool
	}{{nil, true}, {[]string{"a", "b"}, true}, {[]string{"b", "a"}, false}} {
		w := codec.NewWriter()
		(&kills{accounts: c.accounts}).encode(w)
		rd := codec.Read(w.Bytes())
		if new(kills).decode(&rd); (rd.Err() == nil) != c.sound {
			t.Errorf("%q: %v", c.accounts, rd.Err())
		}
	}
}
