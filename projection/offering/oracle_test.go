package offering_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/schema"
	"github.com/deadheat-io/deadheat/journal/schema/kambijson"
	"github.com/deadheat-io/deadheat/projection"
	"github.com/deadheat-io/deadheat/projection/offering"
)

// foldLines folds a feed in the order given and returns the export, the state
// hash and what surfaced.
func foldLines(t testing.TB, messages []kambitest.Message) (string, projection.Digest, []schema.SurfacedItem) {
	t.Helper()
	p := offering.New()
	decoder := kambijson.NewDecoder()
	var hash projection.StateHash
	var out []schema.SurfacedItem
	for i, m := range messages {
		body, err := decoder.Decode(m.Line, schema.FlowRealtime)
		if err != nil {
			t.Fatalf("message %d: %v\n%s", i, err, m.Line)
		}
		r := journal.Record{Offset: int64(i), Time: int64(i), Kind: body.RecordKind(), Body: codec.Body(body)}
		err = p.Apply(&r, func(_ []byte, b schema.Body) { out = append(out, b.(*schema.Surfaced).Items...) })
		if err != nil {
			t.Fatalf("message %d: %v\n%s", i, err, m.Line)
		}
	}
	p.Dirty(func(key, value []byte, cell *projection.Cell) { hash.Put(key, value, cell) })
	var export bytes.Buffer
	if err := p.Export(&export); err != nil {
		t.Fatal(err)
	}
	return export.String(), hash.Sum(), out
}

// The generated feed has all kinds; the test server folds it naively by itself,
// in order of offsets, and the projection must come to the same, in any order.
func TestGeneratedFeedAgreesWithTheNaiveFold(t *testing.T) {
	for seed := int64(1); seed <= 4; seed++ {
		g := kambitest.NewGenerator(kambitest.GenConfig{Seed: seed, Events: 12, Offers: 8})
		messages := make([]kambitest.Message, 12_000)
		for i := range messages {
			messages[i] = g.Next()
		}
		naive, err := kambitest.Fold(messages)
		if err != nil {
			t.Fatal(err)
		}
		want, err := naive.State()
		if err != nil {
			t.Fatal(err)
		}
		export, hash, out := foldLines(t, messages)
		if err := kambitest.DiffStates([]byte(export), want); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		shuffled := kambitest.NewSequence(messages).Duplicate(0.05, seed).Shuffle(seed, 2000).Messages()
		exportShuffled, hashShuffled, _ := foldLines(t, shuffled)
		if exportShuffled != export || hashShuffled != hash {
			t.Fatalf("seed %d: shuffled, the feed folds to another state: %s, %s", seed, hashShuffled, hash)
		}
		count := map[string]int{}
		for _, item := range out {
			count[item.Type]++
		}
		for _, what := range []string{schema.SurfacedEventData, schema.SurfacedBetOfferOpened, schema.SurfacedBetOfferClosed, schema.SurfacedInGameOdds} {
			if count[what] == 0 {
				t.Errorf("seed %d: %s never surfaced", seed, what)
			}
		}
	}
}

// captureFile is a file of the real capture beside the project.
func captureFile(t testing.TB, name string) []byte {
	dir := os.Getenv("DEADHEAT_CAPTURE_DIR")
	if dir == "" {
		t.Skip("DEADHEAT_CAPTURE_DIR is not set: the real capture is not here")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCaptureEndsInItsKnownState(t *testing.T) {
	want := captureFile(t, "kambi-football.final.json.gz")
	sequence, err := kambitest.LoadSequence(filepath.Join(os.Getenv("DEADHEAT_CAPTURE_DIR"), "kambi-football.ndjson.gz"))
	if err != nil {
		t.Fatal(err)
	}
	export, hash, _ := foldLines(t, sequence.Messages())
	if err := kambitest.DiffStates([]byte(export), want); err != nil {
		t.Fatal(err)
	}
	for seed := int64(1); seed <= 5; seed++ {
		shuffled, hashShuffled, _ := foldLines(t, sequence.Duplicate(0.1, seed).Shuffle(seed, 2000).Messages())
		if shuffled != export || hashShuffled != hash {
			t.Fatalf("seed %d: shuffled, the feed folds to %s and not to %s", seed, hashShuffled, hash)
		}
	}
}

// Whatever the decoder takes, the fold takes: a message that a source journals
// and that stops the partition would stop it for ever.
func TestWhateverIsJournalledFolds(t *testing.T) {
	g := kambitest.NewGenerator(kambitest.GenConfig{Seed: 3, Events: 6, Offers: 4})
	rng := rand.New(rand.NewSource(1))
	decoder, p := kambijson.NewDecoder(), offering.New()
	taken := 0
	for i := range 20_000 {
		var message map[string]any
		d := json.NewDecoder(bytes.NewReader(g.Next().Line))
		d.UseNumber()
		if err := d.Decode(&message); err != nil {
			t.Fatal(err)
		}
		for name := range message {
			if name != "offset" || rng.Intn(50) == 0 {
				message[name] = mutate(rng, message[name])
			}
		}
		line, err := json.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		body, err := decoder.Decode(line, schema.FlowRealtime)
		if err != nil {
			continue // becomes REJECTED_RAW
		}
		taken++
		r := journal.Record{Offset: int64(i), Kind: body.RecordKind(), Body: codec.Body(body)}
		if err := p.Apply(&r, func(_ []byte, out schema.Body) { codec.Body(out) }); err != nil {
			t.Fatalf("journalled, and not folded: %v\n%s", err, line)
		}
	}
	if err := p.Export(io.Discard); err != nil {
		t.Fatal(err)
	}
	if taken < 5000 {
		t.Errorf("only %d messages were taken", taken)
	}
}

// mutate puts odd values in random places.
func mutate(rng *rand.Rand, v any) any {
	odd := []any{
		nil, true, json.Number("0"), json.Number("-1"), json.Number("1e5"), json.Number("1.5"), "", "x\u2028\"", []any{}, map[string]any{}, []any{nil},
		map[string]any{"defaultTranslation": nil}, json.Number("-9223372036854775808"), json.Number("99999999999999999999"),
	}
	if rng.Intn(30) == 0 {
		return odd[rng.Intn(len(odd))]
	}
	switch x := v.(type) {
	case map[string]any:
		for name := range x {
			if x[name] = mutate(rng, x[name]); rng.Intn(60) == 0 {
				delete(x, name)
			}
		}
	case []any:
		for i := range x {
			x[i] = mutate(rng, x[i])
		}
	}
	return v
}

func BenchmarkApply(b *testing.B) {
	g := kambitest.NewGenerator(kambitest.GenConfig{Seed: 1})
	records := make([]journal.Record, 100_000)
	decoder := kambijson.NewDecoder()
	for i := range records {
		body, err := decoder.Decode(g.Next().Line, schema.FlowRealtime)
		if err != nil {
			b.Fatal(err)
		}
		records[i] = journal.Record{Kind: body.RecordKind(), Body: codec.Body(body)}
	}
	b.ReportAllocs()
	p := offering.New()
	i := 0
	for b.Loop() {
		if i == len(records) {
			p, i = offering.New(), 0
		}
		if err := p.Apply(&records[i], func([]byte, schema.Body) {}); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
