package segment_test

import (
	"bytes"
	"fmt"
	"io"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/segment"
)

// A file is a header and batches. Its last batch was torn by a crash.
func Example() {
	header := segment.Header{Journal: "example", Partition: journal.Partition{Topic: "feed.demo"}}
	file := header.Append(nil)

	var batch segment.Batch
	next := int64(0)
	for _, text := range []string{"goal", "corner", "red card"} {
		var frames segment.Frames
		frames.Add([]byte("1001"), []byte(text), 1_700_000_000_000)
		batch.Reset()
		if err := batch.Add(&frames); err != nil {
			fmt.Println(err)
		}
		file = append(file, batch.Seal(next, int64(len(file)))...)
		next++
	}
	file = file[:len(file)-3]

	size := int64(len(file))
	tail, err := segment.Recover(bytes.NewReader(file), size, "demo.seg", header)
	fmt.Println(tail.Next, "records are whole, torn:", tail.Reason, err)

	s := segment.NewScanner(bytes.NewReader(file), tail.Size, "demo.seg", header)
	for {
		b, err := s.Next()
		if err == io.EOF {
			break
		}
		frame, _, err := segment.Cut(b.Body)
		fmt.Println(b.Base, string(frame.Key), string(frame.Value), err)
	}
	// Output:
	// 2 records are whole, torn: 65 bytes of a batch of 68 <nil>
	// 0 1001 goal <nil>
	// 1 1001 corner <nil>
}
