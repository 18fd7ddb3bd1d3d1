package snapshots_test

import (
	"fmt"
	"log"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/snapshots"
)

// State and the position that it belongs to are committed together, and come
// back together.
func Example() {
	fs := vfs.NewMem()
	id := snapshots.Identity{Journal: "9f2c", Topic: "feed.demo", Partitions: 1, Projection: "offering", Rules: 1}
	store, err := snapshots.Open("store", id, snapshots.Options{FS: fs})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	batch := store.Batch()
	if err := batch.Put(snapshots.State, []byte("event/1"), []byte("STARTED")); err != nil {
		log.Fatal(err)
	}
	if err := store.Commit(batch, []byte("next=1200")); err != nil {
		log.Fatal(err)
	}

	checkpoint, _ := store.Checkpoint()
	fmt.Printf("%s\n", checkpoint)
	_ = store.Each(snapshots.State, func(key, value []byte) error {
		fmt.Printf("%s is %s\n", key, value)
		return nil
	})
	// Output:
	// next=1200
	// event/1 is STARTED
}
