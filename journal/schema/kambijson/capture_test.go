package kambijson_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
)

// openCapture opens a file of the real capture, which is not ours to publish.
func openCapture(t testing.TB, name string) io.Reader {
	t.Helper()
	dir := os.Getenv("DEADHEAT_CAPTURE_DIR")
	if dir == "" {
		t.Skip("DEADHEAT_CAPTURE_DIR is not set: it names the folder with " + name)
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func captured(t testing.TB) (messages [][]byte) {
	lines := bufio.NewScanner(openCapture(t, "kambi-football.ndjson.gz"))
	lines.Buffer(nil, kambijson.MaxMessage)
	for lines.Scan() {
		messages = append(messages, []byte(lines.Text()))
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return messages
}

func TestCapture(t *testing.T) {
	d := kambijson.NewDecoder()
	for i, message := range captured(t) {
		m, ok := law(t, d, message).(*schema.Message)
		if !ok || m.Type.OK || m.Rest != "" {
			t.Fatalf("line %d: %s\ndecodes as %+v", i+1, message, m)
		}
		if m.More != "" && m.Kind != schema.KindBetOfferDeleted {
			t.Fatalf("line %d: %s has %s", i+1, message, m.More)
		}
	}
}

// TestCaptureExport has the final entities: each comes out byte for byte as
// another program's canonical JSON.
func TestCaptureExport(t *testing.T) {
	var final struct{ Events, BetOffers map[string]json.RawMessage }
	if err := json.NewDecoder(openCapture(t, "kambi-football.final.json.gz")).Decode(&final); err != nil {
		t.Fatal(err)
	}
	if len(final.Events) == 0 || len(final.BetOffers) == 0 {
		t.Fatal("no entities")
	}
	d := kambijson.NewDecoder()
	for id, entity := range final.Events {
		m := law(t, d, fmt.Appendf(nil, `{"offset":1,"eventAdded":{"event":%s}}`, entity)).(*schema.Message)
		checkExport(t, id, m, entity, kambijson.AppendEvent(nil, m.Event))
		if m.Event.Terms.Rest != "" {
			t.Errorf("event %s: %s is not known", id, m.Event.Terms.Rest)
		}
	}
	for id, entity := range final.BetOffers {
		m := law(t, d, fmt.Appendf(nil, `{"offset":1,"betOfferAdded":{"betOffer":%s}}`, entity)).(*schema.Message)
		checkExport(t, id, m, entity, kambijson.AppendOffer(nil, m.Offer, true))
		if m.Offer.Terms.Rest != "" {
			t.Errorf("bet offer %s: %s is not known", id, m.Offer.Terms.Rest)
		}
	}
}

func checkExport(t *testing.T, id string, m *schema.Message, entity, out []byte) {
	t.Helper()
	if string(out) != string(entity) {
		t.Fatalf("%s comes out as\n%s\nwant\n%s", id, out, entity)
	}
	if string(kambijson.Key(m)) != id {
		t.Fatalf("%s has the key %s", id, kambijson.Key(m))
	}
}
