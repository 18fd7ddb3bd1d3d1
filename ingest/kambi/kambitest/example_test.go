package kambitest_test

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
)

// A server for a generated feed that arrives out of order, says some messages twice and
// cuts the connection after every 1000 new messages.
func Example() {
	dir, err := os.MkdirTemp("", "kambitest")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	files, err := kambitest.EnsureTLS(dir)
	if err != nil {
		fmt.Println(err)
		return
	}

	var feed bytes.Buffer
	if err := kambitest.WriteNDJSON(&feed, kambitest.GenConfig{Seed: 1}, 5000); err != nil {
		fmt.Println(err)
		return
	}
	seq, err := kambitest.ReadSequence(&feed)
	if err != nil {
		fmt.Println(err)
		return
	}

	server, err := kambitest.Start(context.Background(), kambitest.Config{
		TLS: files, Feed: seq.Shuffle(1, 100).Duplicate(0.01, 1),
		Faults: kambitest.Faults{CutEvery: 1000},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	// A client fetches a token at server.TokenURL() and connects to server.Addr(); in the
	// end its state has to be this one:
	want, err := kambitest.Fold(seq.Messages())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("messages:", seq.Len(), "complete to the last:", want.Offset() == seq.Messages()[seq.Len()-1].Offset)
	// Output: messages: 5000 complete to the last: true
}
