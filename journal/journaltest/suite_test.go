package journaltest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/journaltest"
	"github.com/deadheat-io/deadheat/journal/local"
)

// TestSuite runs the suite as a journal's own test does.
func TestSuite(t *testing.T) {
	journaltest.Run(t, func(*testing.T) journaltest.Opener {
		fs := vfs.NewMem() // the place: it lives as long as the case
		return func(t *testing.T) journal.Journal {
			j, err := local.Open("journal", local.Options{FS: fs})
			if err != nil {
				t.Fatal(err)
			}
			return j
		}
	})
}

func TestSized(t *testing.T) {
	for _, size := range []int{60, 110, 300, 301, 1000, 70_000, journal.MaxRecord, journal.MaxRecord + 1} {
		r := journaltest.Sized(size)
		if n := len(r.Key) + len(codec.AppendRecord(nil, &r)); n != size {
			t.Errorf("%d bytes, want %d", n, size)
		}
	}
}

// A journal of any kind takes the records that the suite makes.
func Example() {
	ctx := context.Background()
	j, err := local.Open("journal", local.Options{FS: vfs.NewMem()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer j.Close()
	p := journal.Partition{Topic: "feed.demo"}
	if err := j.Create(ctx, p.Topic, 1); err != nil {
		fmt.Println(err)
	}
	want := journaltest.Records(2)
	if _, err := journal.AppendWait(ctx, j, p, want...); err != nil {
		fmt.Println(err)
	}
	err = journal.ReadRange(ctx, j, p, 0, 2, func(r *journal.Record) error {
		fmt.Printf("%d %q\n", r.Offset, journaltest.Diff(r, &want[r.Offset]))
		return nil
	})
	fmt.Println(err)
	// Output:
	// 0 ""
	// 1 ""
	// <nil>
}
