package offering

import (
	"bufio"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
)

// Export writes all events and bet offers as one canonical JSON object,
// {"betOffers":{id:…},"events":{id:…}}: ids and names sorted as text, the same
// bytes for the same state. An outcome without a price has "odds":[].
func (p *Offering) Export(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	out.WriteString(`{"betOffers":{`)
	if err := exportAll(out, p.OfferIDs(), p.appendOffer); err != nil {
		return err
	}
	out.WriteString(`},"events":{`)
	if err := exportAll(out, p.EventIDs(), p.appendEvent); err != nil {
		return err
	}
	out.WriteString("}}\n")
	return out.Flush()
}

func exportAll(out *bufio.Writer, ids []int64, appendTo func([]byte, int64) ([]byte, error)) error {
	slices.SortFunc(ids, func(a, b int64) int {
		return slices.Compare(strconv.AppendInt(nil, a, 10), strconv.AppendInt(nil, b, 10))
	})
	var line []byte
	var err error
	for i, id := range ids {
		line = line[:0]
		if i > 0 {
			line = append(line, ',')
		}
		line = append(strconv.AppendInt(append(line, '"'), id, 10), '"', ':')
		if line, err = appendTo(line, id); err != nil {
			return err
		}
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// appendOffer and appendEvent write nothing for what does not exist.
func (p *Offering) appendOffer(dst []byte, id int64) ([]byte, error) {
	o, err := p.Offer(id)
	if err != nil || o == nil {
		return dst, err
	}
	return kambijson.AppendOffer(dst, o, true), nil
}

func (p *Offering) appendEvent(dst []byte, id int64) ([]byte, error) {
	e, err := p.Event(id)
	if err != nil || e == nil {
		return dst, err
	}
	return kambijson.AppendEvent(dst, e), nil
}

// Keys of single entities, for people: "event/ID" and "betOffer/ID".
const (
	eventPrefix = "event/"
	offerPrefix = "betOffer/"
)

// Keys lists what exists, bet offers first, ids ascending.
func (p *Offering) Keys() []string {
	var keys []string
	for _, id := range p.OfferIDs() {
		keys = append(keys, offerPrefix+strconv.FormatInt(id, 10))
	}
	for _, id := range p.EventIDs() {
		keys = append(keys, eventPrefix+strconv.FormatInt(id, 10))
	}
	return keys
}

// ParseKey splits a key of [Offering.Keys]; the id is 0 for anything else.
func ParseKey(key string) (event bool, id int64) {
	text, event := strings.CutPrefix(key, eventPrefix)
	if !event {
		text = strings.TrimPrefix(key, offerPrefix)
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return false, 0
	}
	return event, id
}

// Get returns the canonical JSON of one key; nil when it does not exist. A bare
// id is looked up as a bet offer and as an event, whose ids are disjoint.
func (p *Offering) Get(key string) ([]byte, error) {
	event, id := ParseKey(key)
	if !event {
		if b, err := p.appendOffer(nil, id); b != nil || err != nil || strings.HasPrefix(key, offerPrefix) {
			return b, err
		}
	}
	return p.appendEvent(nil, id)
}
