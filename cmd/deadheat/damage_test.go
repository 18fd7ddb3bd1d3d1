package main

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// flips is how many damages are tried.
func flips(t testing.TB) int {
	if s := os.Getenv("DEADHEAT_FLIPS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 300
}

// damageSeed is what the damages are drawn from.
func damageSeed(t testing.TB) uint64 {
	s := os.Getenv("DEADHEAT_SEED")
	if s == "" {
		return 1
	}
	seed, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return seed
}

// fileKind names what a file is for, so that every kind is hit as often.
func fileKind(name string) string {
	base := path.Base(name)
	switch {
	case strings.HasSuffix(base, ".seg"):
		return "segment of " + strings.Split(name, "/")[2]
	case strings.HasSuffix(base, ".json"), base == "LOCK":
		return base
	case strings.HasPrefix(base, "marker."):
		return strings.Join(strings.Split(base, ".")[:2], ".")
	case strings.HasPrefix(base, "MANIFEST"), strings.HasPrefix(base, "OPTIONS"):
		return base[:strings.IndexByte(base, '-')]
	}
	return path.Ext(base)
}

// damages are what can happen to a file. nil removes it.
var damages = map[string]func(rng *rand.Rand, b []byte) []byte{
	"flip": func(rng *rand.Rand, b []byte) []byte {
		b = bytes.Clone(b)
		if len(b) > 0 {
			b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		}
		return b
	},
	"truncate":  func(rng *rand.Rand, b []byte) []byte { return b[:rng.IntN(len(b)+1)] },
	"remove":    func(*rand.Rand, []byte) []byte { return nil },
	"duplicate": func(rng *rand.Rand, b []byte) []byte { return append(bytes.Clone(b), b[rng.IntN(len(b)+1):]...) },
	"zero": func(rng *rand.Rand, b []byte) []byte {
		b = bytes.Clone(b)
		if len(b) > 0 {
			from := rng.IntN(len(b))
			clear(b[from:min(len(b), from+1+rng.IntN(600))])
		}
		return b
	},
}

// names a position or a file, and says what to do.
var (
	saysWhere = regexp.MustCompile(`(feed|surfaced)\.demo/0:\d+|journal/|data/|open journal journal`)
	saysWhat  = regexp.MustCompile(`remove|restore|bring (it|the topic) back|newer build|open the journal again|name another|start again`)
)

// outcome classifies how a command ended.
func outcome(t testing.TB, trial, command string, err error) string {
	t.Helper()
	if err == nil {
		return "right"
	}
	code, text := exitCode(err), err.Error()
	switch {
	case code != exitDivergence && code != exitUnavailable && code != exitFailure:
		t.Errorf("%s: %s ends with code %d: %s", trial, command, code, text)
	case strings.Contains(text, "\n"), strings.Contains(text, "goroutine "), strings.Contains(text, "runtime error"):
		t.Errorf("%s: %s does not say it in one line: %s", trial, command, text)
	case !saysWhere.MatchString(text):
		t.Errorf("%s: %s names neither position nor file: %s", trial, command, text)
	case !saysWhat.MatchString(text):
		t.Errorf("%s: %s does not say what to do: %s", trial, command, text)
	}
	return fmt.Sprintf("refused (%d)", code)
}

// runGuarded runs a site whose store may give up: then its goroutines hang, as
// those of a process that is about to end would.
func (s *site) runGuarded() error {
	done := make(chan error, 2)
	go func() {
		done <- s.run(func(err error) { done <- err; select {} })
	}()
	return <-done
}

// TestDamageIsNeverSilentlyWrong damages one file of an installation, again and
// again. Whatever it is, verify and run either refuse it and say where and what
// to do, or end in the one right state. When the store was refused, what the
// message says helps: without it the journal folds to the right state again.
func TestDamageIsNeverSilentlyWrong(t *testing.T) {
	built, want := newSite(t, vfs.NewMem(), 300)
	whole := readTree(t, built.fs, "data", readTree(t, built.fs, siteJournal, tree{}))
	byKind := map[string][]string{}
	for name := range whole {
		byKind[fileKind(name)] = append(byKind[fileKind(name)], name)
	}
	kinds, hows := slices.Sorted(maps.Keys(byKind)), slices.Sorted(maps.Keys(damages))
	seed := damageSeed(t)
	start, counts := time.Now(), map[string]int{}
	n := flips(t)
	for i := range n {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		kind, how := kinds[i%len(kinds)], hows[i/len(kinds)%len(hows)]
		slices.Sort(byKind[kind])
		name := byKind[kind][rng.IntN(len(byKind[kind]))]
		trial := fmt.Sprintf("DEADHEAT_SEED=%d, trial %d, %s %s", seed, i, how, name)
		hurt := maps.Clone(whole)
		if hurt[name] = damages[how](rng, whole[name]); hurt[name] == nil {
			delete(hurt, name)
		}
		result := tryDamage(t, trial, hurt, want)
		counts[kind+" "+how+": "+result]++
		counts["all: "+result]++
	}
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%-60s %d", k, counts[k])
	}
	t.Logf("%d damages of %d kinds of files in %v, silently wrong: 0 or failed above", n, len(kinds), time.Since(start).Round(time.Millisecond))
}

// tryDamage runs the commands on damaged files.
func tryDamage(t *testing.T, trial string, hurt tree, want siteEnd) string {
	s := hurt.place(t)
	result := "verify " + outcome(t, trial, "verify", s.verify())
	err := s.runGuarded()
	ran := outcome(t, trial, "run", err)
	if err == nil {
		ran = s.ended(t, trial, want)
	} else if strings.Contains(err.Error(), "remove") && strings.Contains(err.Error(), siteStore) {
		again := hurt.place(t)
		if err := again.fs.RemoveAll("data"); err != nil {
			t.Fatal(err)
		}
		if err := again.runGuarded(); err != nil {
			ran += ", again: " + outcome(t, trial, "run without the store", err)
		} else {
			ran += ", healed: " + again.ended(t, trial, want)
		}
	}
	return result + ", run " + ran
}

// ended compares where a site stands with where it must. Reading what it
// surfaced may find the damage that the fold did not meet.
func (s *site) ended(t *testing.T, trial string, want siteEnd) string {
	t.Helper()
	got, err := s.end()
	switch {
	case got.next != want.next || got.hash != want.hash || got.export != want.export:
		t.Errorf("%s: SILENTLY WRONG: ends at %d in %s, must be %d in %s (%v)", trial, got.next, got.hash, want.next, want.hash, err)
		return "silently wrong"
	case err != nil:
		return "right, outputs " + outcome(t, trial, "reading the outputs", err)
	case !slices.Equal(got.outputs, want.outputs):
		t.Errorf("%s: SILENTLY WRONG: %d outputs, or others, must be %d", trial, len(got.outputs), len(want.outputs))
		return "silently wrong"
	}
	return "right"
}
