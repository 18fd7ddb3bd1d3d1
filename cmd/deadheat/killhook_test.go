package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
	"github.com/deadheat-io/deadheat/journal/crash"
)

// passes is at which pass of a point, at most, a process is killed: about as
// many as come in its first second. Points that are not here are passed once in
// a run, or once in a journal.
var passes = map[crash.Point]int{
	crash.BeforeEncode: 40, crash.BeforeProduce: 40, crash.Written: 40, crash.AfterProduce: 40, crash.AfterPromise: 40,
	crash.BeforeApply: 4000, crash.AfterApply: 4000,
	crash.OutputSent: 20, crash.OutputsConfirmed: 20,
	crash.BeforeCommit: 3, crash.AfterCommit: 3,
}

// first are the points that only the beginning of a journal comes to, and then
// those that need new messages, in the order in which they are tried.
var first = []crash.Point{
	crash.TopicMade, crash.GenesisWritten, crash.ClaimAppended, crash.ClaimReadBack,
	crash.SnapshotBegin, crash.SnapshotMid, crash.SnapshotEnd,
	crash.OutputSent, crash.OutputsConfirmed,
}

// last are a point that leaves a checkpoint behind, and one that needs it.
var last = []crash.Point{crash.AfterCommit, crash.LineageChecked}

// orderly are the points that only an orderly end comes to.
var orderly = []crash.Point{crash.BeforeFlush, crash.AfterFlush}

// hookOrder is the order in which a place's points are tried on one journal.
// A new segment needs a feed of its own.
func hookOrder(at journalPlace, rng *rand.Rand) []crash.Point {
	points := slices.DeleteFunc(crash.All(), func(p crash.Point) bool {
		return slices.Contains(at.without, p) || slices.Contains(first, p) || slices.Contains(last, p) || p == crash.SegmentRolled
	})
	rng.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
	return slices.Concat(first, points, last)
}

// TestKilledAtEveryHook kills the process with SIGKILL at every named moment,
// one after the other on one journal, DEADHEAT_HOOKS times.
func TestKilledAtEveryHook(t *testing.T) {
	eachPlace(t, func(t *testing.T, at journalPlace) {
		for round := range count(t, "DEADHEAT_HOOKS", 1) {
			t.Run(strconv.Itoa(round+1), func(t *testing.T) {
				f := wideFile(t, 20_000)
				upTo := f.offsets[len(f.offsets)/2]
				snapshot := []string{"--snapshot-at", strconv.FormatInt(upTo, 10)}
				want := calm(t, f, snapshot...)
				x := newTrial(t, at, f, append(snapshot, append([]string{"--cut-every", "700"}, pace(f, 20*time.Second)...)...)...)
				for _, p := range hookOrder(at, x.rng) {
					most := passes[p]
					if p == crash.SnapshotMid {
						most = snapshotSize(t, f, upTo)
					}
					x.killAt(p, 1+x.rng.IntN(max(1, most)))
				}
				x.finish(want)
			})
		}
	})
}

// hookTime is how long a process may take to come to a point.
const hookTime = 30 * time.Second

// snapshotSize is how many messages the snapshot up to an offset has.
func snapshotSize(t testing.TB, f feedFile, upTo int64) int {
	t.Helper()
	s, err := kambitest.LoadSequence(f.path)
	if err == nil {
		s, err = s.SnapshotAt(upTo)
	}
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := s.Snapshot()
	if err != nil || len(snapshot.Messages) == 0 {
		t.Fatalf("the snapshot is empty: %v", err)
	}
	return len(snapshot.Messages)
}

// killAt runs the node until it has died at the n-th pass of a point.
func (x *trial) killAt(point crash.Point, n int) {
	x.t.Helper()
	arm := fmt.Sprintf("%s:%d", point, n)
	p := x.start(x.look(), crashVariable+"="+arm)
	if slices.Contains(orderly, point) {
		p.awaitRecovery(recoverTime)
		time.Sleep(x.between(0, 200*time.Millisecond))
		p.signal(syscall.SIGTERM)
	}
	select {
	case <-p.ended:
	case <-time.After(hookTime):
		x.t.Fatalf("%s was never reached\n%s", arm, p.stderr)
	}
	if !p.killed() || !p.says(crashMark+arm) {
		x.t.Fatalf("the process ended at something else than %s: %v\n%s", arm, p.cmd.ProcessState, p.stderr)
	}
	x.fault("SIGKILL at " + string(point))
	x.recovery(p)
	x.collect(p)
}

// TestKilledAtANewSegment kills the process when an embedded journal has just
// begun a new file, which takes messages of many bytes.
func TestKilledAtANewSegment(t *testing.T) {
	f := largeFile(t)
	x := newTrial(t, localPlace(), f)
	x.killAt(crash.SegmentRolled, 1)
	x.finish("") // an undisturbed run of so many bytes would prove little more
}

// largeFile is a feed of large messages of a kind that nobody knows, which is
// kept whole: in all more than a segment holds. It does not pack well, so that
// it is no bomb.
func largeFile(t testing.TB) feedFile {
	t.Helper()
	const messages, size, segment = 480, 150 << 10, 64 << 20
	var b bytes.Buffer
	for i := range messages {
		noise := make([]byte, size/2)
		for at := 0; at < len(noise); at += sha256.Size {
			sum := sha256.Sum256(fmt.Appendf(nil, "%d %d", i, at))
			copy(noise[at:], sum[:])
		}
		fmt.Fprintf(&b, `{"type":"NOISE_UPDATED","offset":%d,"noiseUpdated":{"noise":"%s"}}`+"\n", i+1, hex.EncodeToString(noise))
	}
	if b.Len() < segment+segment/20 {
		t.Fatalf("%d bytes do not fill a segment", b.Len())
	}
	path := filepath.Join(t.TempDir(), "large.ndjson")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return newFeedFile(t, "large", path, nil)
}
