package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
)

// recordRow is a record as "journal cat" prints it.
type recordRow struct {
	Position string          `json:"position" doc:"topic/partition:offset"`
	Offset   int64           `json:"offset" doc:"place in the partition"`
	Time     string          `json:"time" doc:"of the writer's clock, RFC 3339, UTC"`
	Kind     string          `json:"kind" doc:"what the record is"`
	Lane     string          `json:"lane" doc:"writer's lane; empty for outputs"`
	Epoch    int64           `json:"epoch" doc:"of the lane"`
	Seq      int64           `json:"seq" doc:"in the epoch; of outputs, their number"`
	Key      string          `json:"key" doc:"id of the entity"`
	Flow     string          `json:"flow,omitempty" doc:"of entity messages: snapshot, replay, realtime"`
	Body     json.RawMessage `json:"body,omitempty" doc:"content; of entity messages, the feed's own JSON"`
	Value    string          `json:"value,omitempty" doc:"with --raw: the stored value, base64"`
}

// recordTime is how times of records are printed: of one length, so that they
// stand in columns.
const recordTime = "2006-01-02T15:04:05.000000000Z"

func newRecordRow(p journal.Partition, r *journal.Record, raw bool) (recordRow, error) {
	row := recordRow{
		Position: p.At(r.Offset).String(), Offset: r.Offset, Time: r.When().Format(recordTime),
		Kind: r.Kind.String(), Lane: r.Lane, Epoch: r.Epoch, Seq: r.Seq, Key: string(r.Key),
	}
	if raw {
		row.Value = base64.StdEncoding.EncodeToString(r.Value)
		return row, nil
	}
	var err error
	if row.Body, row.Flow, err = bodyJSON(r); err != nil {
		return row, &journal.PositionError{Position: p.At(r.Offset), Err: err}
	}
	return row, nil
}

// bodyJSON is the content of a record as JSON. An entity message is printed as
// the feed sent it, and its flow apart, since it was not in the message.
func bodyJSON(r *journal.Record) (body json.RawMessage, flow string, err error) {
	decoded, err := codec.DecodeBody(r.Kind, r.Body)
	if err != nil {
		return nil, "", err
	}
	if m, ok := decoded.(*schema.Message); ok {
		return kambijson.Append(nil, m), m.Flow.String(), nil
	}
	body, err = json.Marshal(decoded)
	if err != nil {
		return nil, "", fmt.Errorf("print %s: %w", r.Kind, err)
	}
	return body, "", nil
}

// recordLine is the text form of a record.
func recordLine(row recordRow) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %-26s", row.Position, row.Time, row.Kind)
	if row.Lane != "" {
		fmt.Fprintf(&b, "  %s %d.%d", row.Lane, row.Epoch, row.Seq)
	} else if row.Seq > 0 || row.Kind == schema.KindSurfaced.String() || row.Kind == schema.KindExecutions.String() {
		fmt.Fprintf(&b, "  #%d", row.Seq)
	}
	if row.Key != "" {
		b.WriteString("  key=" + row.Key)
	}
	if row.Flow != "" {
		b.WriteString("  " + row.Flow)
	}
	if row.Value != "" {
		value, _ := base64.StdEncoding.DecodeString(row.Value) // it was made from bytes
		b.WriteString("  " + hex.EncodeToString(value))
	} else {
		b.WriteString("  ")
		b.Write(row.Body)
	}
	return b.String()
}

// recordFilter chooses records by kind and key; empty takes all.
type recordFilter struct {
	kinds map[schema.Kind]bool
	keys  map[string]bool
}

// newRecordFilter reads what --kind and --key say. Kinds may be in lower case.
func newRecordFilter(kinds, keys []string) (recordFilter, error) {
	f := recordFilter{kinds: map[schema.Kind]bool{}, keys: map[string]bool{}}
	for _, name := range kinds {
		upper := strings.ToUpper(name)
		k, err := schema.ParseKind(upper)
		if err != nil {
			var known []string
			for _, k := range schema.Kinds() {
				known = append(known, k.String())
			}
			if near := nearest(upper, known); near != "" {
				return f, usagef("--kind %s: unknown kind, did you mean %s?", name, near)
			}
			return f, usagef("--kind %s: unknown kind, there are: %s", name, strings.Join(known, ", "))
		}
		f.kinds[k] = true
	}
	for _, key := range keys {
		f.keys[key] = true
	}
	return f, nil
}

func (f recordFilter) takes(r *journal.Record) bool {
	return (len(f.kinds) == 0 || f.kinds[r.Kind]) && (len(f.keys) == 0 || f.keys[string(r.Key)])
}

// stampTime is a record's time for tables.
func stampTime(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339Nano) }
