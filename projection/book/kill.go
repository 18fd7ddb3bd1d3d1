package book

import (
	"slices"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// maxKills is how many accounts may be switched off in a market, or in the
// partition.
const maxKills = 10_000

// kills are the kill switches of a market, or of the partition.
type kills struct {
	all      bool
	accounts []string // sorted
}

// hold tells whether an account may not trade.
func (k *kills) hold(account string) bool {
	if k.all || len(k.accounts) == 0 {
		return k.all
	}
	_, found := slices.BinarySearch(k.accounts, account)
	return found
}

// set turns a switch on, or off. It is false when there are too many.
func (k *kills) set(account schema.Opt[string], on bool) bool {
	if !account.OK {
		k.all = on
		return true
	}
	i, found := slices.BinarySearch(k.accounts, account.V)
	switch {
	case on && !found && len(k.accounts) == maxKills:
		return false
	case on && !found:
		k.accounts = slices.Insert(k.accounts, i, account.V)
	case !on && found:
		if k.accounts = slices.Delete(k.accounts, i, i+1); len(k.accounts) == 0 {
			k.accounts = nil // as if it had never been on
		}
	}
	return true
}

// kill turns a kill switch on, which cancels what it covers, or releases it.
func (b *Book) kill(m *market, c *command, k *schema.Kill, e *entry) schema.RejectCode {
	if code := b.scope(m, c.market); code != 0 {
		return code
	}
	switches := &b.kills
	if m != nil {
		switches = &m.kills
	}
	if !switches.set(k.Account, !k.Release) {
		return schema.RejectKills
	}
	if m != nil {
		b.touch(m)
	} else {
		b.metaDirty = true
	}
	if !k.Release {
		e.orders = b.sweep(m, k.Account, k.Cmd)
	}
	return 0
}

func (k *kills) encode(w *codec.Writer) {
	w.Bool(k.all)
	w.Words(k.accounts)
}

func (k *kills) decode(rd *codec.Reader) {
	k.all, k.accounts = rd.Bool(), rd.Words()
	if !slices.IsSorted(k.accounts) {
		rd.Failed("kill switches are not in order")
	}
}
