package snapshots_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/deadheat-io/deadheat/snapshots"
)

// storeImage is what a disk may hold after a crash, and what was acknowledged
// by then.
type storeImage struct {
	name  string
	fs    *vfs.MemFS
	acked int
}

// storeImages runs f over a file system and takes images before every operation
// that writes: with none, half and all of what was not synced.
func storeImages(fs *vfs.MemFS, acked *atomic.Int64, f func(vfs.FS)) (images []storeImage) {
	var mu sync.Mutex // the store flushes in the background
	ops := 0
	f(errorfs.Wrap(fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() != errorfs.OpIsWrite {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		ops++
		mark := int(acked.Load()) // before the image: it may know of less, never of more
		for _, percent := range []int{0, 50, 100} {
			name := fmt.Sprintf("operation %d (%s), %d%% survives", ops, op.Path, percent)
			clone := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rand.New(rand.NewPCG(uint64(ops), 1))})
			images = append(images, storeImage{name, clone, mark})
		}
		return nil
	})))
	return images
}

// TestStoreCrashEverywhere crashes at every write of making a store, of commits
// that flush and rotate its files, and of opening it again; and at every write
// of the recovery from some of those crashes. What is there afterwards is a
// whole commit, and none that was acknowledged is lost.
func TestStoreCrashEverywhere(t *testing.T) {
	var acked atomic.Int64
	images := storeImages(vfs.NewCrashableMem(), &acked, func(fs vfs.FS) {
		for range 2 {
			s := open(t, "a/b/s", snapshots.Small(snapshots.Options{FS: fs}))
			for range commits / 2 {
				i := int(acked.Load()) + 1
				commit(t, s, fmt.Sprint("at ", i), pairsAt(i)...)
				acked.Store(int64(i))
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
	var models [commits + 1]string
	for i := 1; i <= commits; i++ {
		models[i] = contentAt(t, i)
	}
	again, recoveryStride := 0, 80
	if os.Getenv("DEADHEAT_FAULT_STRIDE") == "1" { // the long form
		recoveryStride = 4
	}
	for i, im := range images {
		if i%storeStride != 0 {
			continue
		}
		if i/storeStride%recoveryStride == 0 { // crash in the recovery, then recover
			acked.Store(int64(im.acked))
			second := storeImages(im.fs, &acked, func(fs vfs.FS) {
				if err := open(t, "a/b/s", snapshots.Small(snapshots.Options{FS: fs})).Close(); err != nil {
					t.Fatalf("%s: %v", im.name, err)
				}
			})
			for _, im2 := range second {
				im2.name = im.name + ", then " + im2.name
				im2.check(t, models[:])
			}
			again += len(second)
		}
		im.check(t, models[:])
	}
	t.Logf("%d images, one of %d looked at, one of %d of them crashed in recovery again: %d more", len(images), storeStride, recoveryStride, again)
}

// check opens an image twice: what the first start recovers, the second has.
func (im storeImage) check(t *testing.T, models []string) {
	t.Helper()
	for range 2 {
		s, err := snapshots.Open("a/b/s", id, snapshots.Small(snapshots.Options{FS: im.fs}))
		if err != nil {
			t.Fatalf("%s: %v", im.name, err)
		}
		text, at := content(t, s), 0
		if err := s.Close(); err != nil {
			t.Fatalf("%s: %v", im.name, err)
		}
		fmt.Sscanf(text, "at %d", &at)
		if at < im.acked || at >= len(models) || text != models[at] {
			t.Fatalf("%s: %d commits were acknowledged, the store is at %d, its content right: %t", im.name, im.acked, at, at < len(models) && text == models[at])
		}
		im.acked = at
	}
}

// imagesOfNames is how many crash images TestManifestNameIsDurableBeforeItsMarker
// takes at a place.
const imagesOfNames = 32

// TestManifestNameIsDurableBeforeItsMarker crashes before every write on the
// store's directory and on its markers, where names become durable: each name
// that is not yet is there afterwards, or not, by the toss of a coin. The store
// opens whatever comes up. Without the sync of a MANIFEST's name, a quarter of the
// images at five places of the three MANIFESTs has a marker that points to nothing:
// that none of these 160 has one is a chance of 1 to 10^20.
func TestManifestNameIsDurableBeforeItsMarker(t *testing.T) {
	const dir = "a/b/s"
	mem := vfs.NewCrashableMem()
	var images []storeImage
	var mu sync.Mutex // the store flushes in the background
	ops := 0
	fs := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		names := op.Path == dir || strings.HasPrefix(mem.PathBase(op.Path), "marker.")
		if op.Kind.ReadOrWrite() != errorfs.OpIsWrite || !names {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		ops++
		for seed := range uint64(imagesOfNames) {
			clone := mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: rand.New(rand.NewPCG(uint64(ops), seed))})
			images = append(images, storeImage{name: fmt.Sprintf("operation %d (%s), image %d", ops, op.Path, seed), fs: clone})
		}
		return nil
	}))
	for i := range 3 { // every open begins a MANIFEST
		s := open(t, dir, snapshots.Options{FS: fs})
		commit(t, s, fmt.Sprint("at ", i))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	lost := 0
	for _, im := range images {
		s, err := snapshots.Open(dir, id, snapshots.Options{FS: im.fs})
		if err != nil {
			if lost++; lost < 5 {
				t.Errorf("%s: %v", im.name, err)
			}
			continue
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", im.name, err)
		}
	}
	t.Logf("%d operations, %d images, of which %d do not open", ops, len(images), lost)
	if ops < 10 {
		t.Errorf("only %d operations on names", ops)
	}
}
