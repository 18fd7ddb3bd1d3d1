package kambi_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/deadheat-io/deadheat/ingest"
	"github.com/deadheat-io/deadheat/ingest/kambi"
	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/local"
	"github.com/deadheat-io/deadheat/journal/schema"
)

var feed = journal.Partition{Topic: "feed.demo"}

// lanes is the smallest fold that a source can ask about its lane. A running
// projection is the usual one.
type lanes struct{ journal journal.Journal }

func (l lanes) Lane(ctx context.Context, offset int64, name string) (journal.LaneState, error) {
	var state journal.Lanes
	err := journal.ReadRange(ctx, l.journal, feed, 0, offset, func(r *journal.Record) error {
		switch r.Kind {
		case schema.KindGenesis:
			return nil
		case schema.KindClaim:
			body, err := codec.DecodeBody(r.Kind, r.Body)
			if err == nil {
				state.Claim(r, body.(*schema.Claim).Nonce)
			}
			return err
		}
		_, err := state.Admit(feed, r)
		return err
	})
	return state.State(name), err
}

// start makes a journal in memory and a test server with 60 messages behind a
// snapshot.
func start(ctx context.Context) (journal.Journal, *kambitest.Server, *kambitest.Files, error) {
	j, err := local.Open("journal", local.Options{FS: vfs.NewMem()})
	if err != nil {
		return nil, nil, nil, err
	}
	if err := j.Create(ctx, feed.Topic, 1); err != nil {
		return nil, nil, nil, err
	}
	genesis := &schema.Genesis{Journal: j.ID(), Topic: feed.Topic, Partitions: 1}
	_, err = journal.AppendWait(ctx, j, feed, journal.Record{Kind: genesis.RecordKind(), Body: codec.Body(genesis)})
	if err != nil {
		return nil, nil, nil, err
	}
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		return nil, nil, nil, err
	}
	files, err := kambitest.EnsureTLS(dir)
	if err != nil {
		return nil, nil, nil, err
	}
	generator := kambitest.NewGenerator(kambitest.GenConfig{Seed: 1, Events: 2})
	var messages []kambitest.Message
	for range 100 {
		messages = append(messages, generator.Next())
	}
	sequence, err := kambitest.NewSequence(messages).SnapshotAt(messages[39].Offset)
	if err != nil {
		return nil, nil, nil, err
	}
	server, err := kambitest.Start(ctx, kambitest.Config{TLS: files, Feed: sequence, TailMessages: 5})
	return j, server, files, err
}

func ExampleSource() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	j, server, files, err := start(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer j.Close()
	defer server.Close()
	defer os.RemoveAll(filepath.Dir(files.CA))

	source, err := kambi.New(kambi.Config{
		Name: "demo", TokenURL: server.TokenURL(), Addr: server.Addr(),
		TLS:       kambi.TLS{CA: files.CA, Cert: files.Client, Key: files.ClientKey},
		Offerings: []any{map[string]string{"offering": "demo"}},
		Journal:   j, Partition: feed, Fold: lanes{j},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ended := make(chan error)
	go func() { ended <- source.Run(ctx) }()
	for source.Stats().Journalled < 65 || source.Status().State != ingest.Realtime {
		time.Sleep(time.Millisecond)
	}
	fmt.Println(source.Status().State)
	stop()
	fmt.Println("ended:", <-ended)
	fmt.Println(source.Stats().Kinds[schema.KindSnapshotEnd.String()], "snapshot,", source.Stats().Sessions, "session")
	// Output:
	// realtime
	// ended: <nil>
	// 1 snapshot, 1 session
}
