package local_test

import (
	"context"
	"testing"

	"github.com/deadheat-io/deadheat/journal/journaltest"
	"github.com/deadheat-io/deadheat/journal/local"
)

// FuzzMeta opens a journal whose small files hold arbitrary bytes: it is
// refused, or it holds the records that it held.
func FuzzMeta(f *testing.F) {
	records := journaltest.Records(4)
	all := build(f, 0, records)
	about, topic := dir+"/journal.json", dir+"/topics/feed.demo/topic.json"
	f.Add(string(all[about]), string(all[topic]))
	f.Add(`{"format":1,"id":"x"}`, `{"id":"x","partitions":1}`)
	f.Add(`{"format":2,"id":"x"}`, `{"id":"x","partitions":2147483647}`)
	f.Add(`{"format":1}`, `{"partitions":-1}`)
	f.Add(string(all[about])+"{}", string(all[topic])+"x")
	f.Add("null", "[]")
	f.Fuzz(func(t *testing.T, aboutText, topicText string) {
		for range 2 { // as it was, or not: the id decides about the segments
			fs := all.place(t, "", nil)
			write(t, fs, about, []byte(aboutText))
			write(t, fs, topic, []byte(topicText))
			for _, readOnly := range []bool{true, false} {
				j, err := local.Open(dir, local.Options{FS: fs, ReadOnly: readOnly})
				if err != nil {
					continue
				}
				if topics, err := j.Topics(context.Background()); err == nil {
					for _, topic := range topics {
						if topic.ID == "" || topic.Partitions < 1 || topic.Partitions > local.MaxPartitions {
							t.Fatalf("topic %+v was taken", topic)
						}
					}
				}
				if n, err := prefix(t, j, records); err == nil && n != len(records) {
					t.Fatalf("read only %t: %d records and no error", readOnly, n)
				}
				must(t, j.Close())
			}
			aboutText = string(all[about])
		}
	})
}
