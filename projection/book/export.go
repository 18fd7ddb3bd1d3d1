package book

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"

	"github.com/deadheat-io/deadheat/journal/schema"
)

// Export writes the state as one canonical JSON object,
// {"killed":…,"limits":…,"markets":[{…,"book":[order…]}…],"time":…}: markets sorted by id,
// orders as [Book.Orders] goes, the same bytes for the same state. What the
// window remembers is not in it.
func (b *Book) Export(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	limits, err := json.Marshal(b.limits)
	if err != nil {
		return err
	}
	killed, err := json.Marshal(killedView{b.kills.all, b.kills.accounts})
	if err != nil {
		return err
	}
	out.WriteString(`{"killed":`)
	out.Write(killed)
	out.WriteString(`,"limits":`)
	out.Write(limits)
	out.WriteString(`,"markets":[`)
	for i, id := range b.Markets() {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := b.exportMarket(out, id); err != nil {
			return err
		}
	}
	out.WriteString(`],"time":"`)
	out.WriteString(schema.Time(b.time).String())
	out.WriteString("\"}\n")
	return out.Flush()
}

// killedView is how the partition's kill switches print.
type killedView struct {
	All      bool     `json:"all"`
	Accounts []string `json:"accounts,omitempty"`
}

// exportMarket writes a market order by order, since one may have very many.
func (b *Book) exportMarket(out *bufio.Writer, id string) error {
	info, _ := b.Market(id)
	head, err := json.Marshal(info)
	if err != nil {
		return err
	}
	out.Write(head[:len(head)-1])
	out.WriteString(`,"book":[`)
	first := true
	for o := range b.Orders(id) {
		line, err := json.Marshal(o)
		if err != nil {
			return err
		}
		if !first {
			out.WriteByte(',')
		}
		first = false
		out.Write(line)
	}
	_, err = out.WriteString("]}")
	return err
}

// keyPrefix begins the keys of [Book.Keys], for people.
const keyPrefix = "market/"

// Keys lists what exists: "market/ID", sorted.
func (b *Book) Keys() []string {
	keys := b.Markets()
	for i := range keys {
		keys[i] = keyPrefix + keys[i]
	}
	return keys
}

// Get returns the canonical JSON of one key, or of a market by its bare id; nil
// when it does not exist.
func (b *Book) Get(key string) ([]byte, error) {
	id := strings.TrimPrefix(key, keyPrefix)
	if b.markets[id] == nil {
		return nil, nil
	}
	var text strings.Builder
	out := bufio.NewWriter(&text)
	if err := b.exportMarket(out, id); err != nil {
		return nil, err
	}
	err := out.Flush()
	return []byte(text.String()), err
}
