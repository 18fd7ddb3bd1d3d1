package book

import (
	"crypto/sha256"
	"encoding/binary"
	"unicode/utf8"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
)

// maxID is the longest id that a book takes, in bytes. It is frozen here, since
// the gate's own limit may change.
const maxID = 64

// key stands for a name that commands are known by: half of a SHA-256, so that
// nobody can make two names meet.
type key [16]byte

// command is a command and what its answer needs of it.
type command struct {
	market  string
	body    schema.Body
	account string
	id      string // of the order
	cmd     schema.Opt[string]
	sent    schema.Opt[schema.Time]
	key     key // of its name, if it has one
	digest  uint64
}

func newCommand(market string, body schema.Body) command {
	c := command{market: market, body: body}
	switch b := body.(type) {
	case *schema.OrderNew:
		c.account, c.id, c.sent = b.Account, b.ID, b.SentAt
	case *schema.OrderCancel:
		c.account, c.id, c.cmd, c.sent = b.Account, b.ID, b.Cmd, b.SentAt
	case *schema.OrderReplace:
		c.account, c.id, c.cmd, c.sent = b.Account, b.ID, b.Cmd, b.SentAt
	case *schema.MassCancel:
		c.account, c.cmd, c.sent = b.Account.V, b.Cmd, b.SentAt
	case *schema.Kill:
		c.account, c.cmd, c.sent = b.Account.V, b.Cmd, b.SentAt
	case *schema.Market:
		c.cmd = b.Cmd
	case *schema.BookLimits:
		c.cmd = b.Cmd
	}
	return c
}

// known tells whether the command has a name.
func (c *command) known() bool {
	return c.body.RecordKind() == schema.KindOrderNew || c.cmd.OK
}

// valid tells whether names have a length that a book can keep and tell.
func (c *command) valid() bool {
	switch c.body.RecordKind() {
	case schema.KindOrderNew, schema.KindOrderCancel, schema.KindOrderReplace:
		if c.account == "" || c.id == "" {
			return false
		}
	}
	return len(c.market) <= maxID && utf8.ValidString(c.market) &&
		len(c.account) <= maxID && len(c.id) <= maxID && len(c.cmd.V) <= maxID && (!c.cmd.OK || c.cmd.V != "")
}

// Names of orders and names of other commands are apart.
const (
	nameOfOrder   = 1
	nameOfCommand = 2
)

// orderKey stands for an order.
func (b *Book) orderKey(market, account, id string) key {
	return b.hashName(nameOfOrder, market, account, id)
}

func (b *Book) hashName(class byte, names ...string) (k key) {
	s := append(b.scratch[:0], class)
	for _, name := range names {
		s = append(binary.AppendUvarint(s, uint64(len(name))), name...)
	}
	sum := sha256.Sum256(s)
	b.scratch = s
	copy(k[:], sum[:])
	return k
}

// identify finds a command's key, and the digest of its content but for sent_at,
// which a client may well write anew.
func (b *Book) identify(c *command) (key, uint64) {
	k := key{}
	body := c.body
	switch o := c.body.(type) {
	case *schema.OrderNew:
		k = b.orderKey(c.market, c.account, c.id)
		content := *o
		content.SentAt, body = schema.Opt[schema.Time]{}, &content
	case *schema.OrderCancel:
		content := *o
		content.SentAt, body = schema.Opt[schema.Time]{}, &content
	case *schema.OrderReplace:
		content := *o
		content.SentAt, body = schema.Opt[schema.Time]{}, &content
	case *schema.MassCancel:
		content := *o
		content.SentAt, body = schema.Opt[schema.Time]{}, &content
	case *schema.Kill:
		content := *o
		content.SentAt, body = schema.Opt[schema.Time]{}, &content
	}
	if k == (key{}) {
		k = b.hashName(nameOfCommand, c.market, c.account, c.cmd.V)
	}
	b.scratch = codec.AppendBody(append(b.scratch[:0], byte(body.RecordKind())), body)
	sum := sha256.Sum256(b.scratch)
	return k, binary.BigEndian.Uint64(sum[:])
}
