package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/replay"
)

// TestDamageAsUsersMeetIt damages installations as TestDamageIsNeverSilentlyWrong
// does, and gives some of them to the program itself: exit codes, one line on
// stderr and nothing else, and the state hash.
func TestDamageAsUsersMeetIt(t *testing.T) {
	built, want := newSite(t, vfs.NewMem(), 300)
	whole := readTree(t, built.fs, "data", readTree(t, built.fs, siteJournal, tree{}))
	names, hows := slices.Sorted(maps.Keys(whole)), slices.Sorted(maps.Keys(damages))
	bin, n := deadheat(t), max(flips(t)/15, 1)
	counts, start := map[string]int{}, time.Now()
	for i := range n {
		rng := rand.New(rand.NewPCG(damageSeed(t), uint64(i)))
		name, how := names[i*7%len(names)], hows[rng.IntN(len(hows))]
		hurt := maps.Clone(whole)
		if hurt[name] = damages[how](rng, whole[name]); hurt[name] == nil {
			delete(hurt, name)
		}
		p := program{t: t, bin: bin, dir: t.TempDir(), trial: fmt.Sprintf("DEADHEAT_SEED=%d, trial %d, %s %s", damageSeed(t), i, how, name)}
		hurt.write(t, p.dir)
		_, verified := p.exec("verify")
		_, ran := p.exec("run", "--exit-idle", "20ms", "--log-level", "error")
		counts[fmt.Sprintf("verify %d run %d", verified, ran)]++
		if ran != exitOK {
			continue
		}
		var reports []replay.Report
		if out, code := p.exec("hash", "-o", "json"); code != exitOK {
			t.Errorf("%s: hash ends with code %d after a run that ended well", p.trial, code)
		} else if err := json.Unmarshal([]byte(out), &reports); err != nil || len(reports) != 1 || reports[0].Next != want.next || reports[0].StateHash != want.hash {
			t.Errorf("%s: SILENTLY WRONG: %s, must be at %d in %s", p.trial, out, want.next, want.hash)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%-20s %d", k, counts[k])
	}
	t.Logf("%d damages in %v", n, time.Since(start).Round(time.Millisecond))
}

// program runs commands of the binary on one installation.
type program struct {
	t               testing.TB
	bin, dir, trial string
}

// exec demands that a command ends well, or with one line that helps.
func (p program) exec(args ...string) (stdout string, code int) {
	p.t.Helper()
	cmd := exec.Command(p.bin, append(args, "--journal", "local:"+siteJournal, "--data", "data")...)
	cmd.Dir = p.dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	watchdog := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer watchdog.Stop()
	_ = cmd.Run()
	code = cmd.ProcessState.ExitCode()
	text := ""
	for line := range strings.Lines(errs.String()) { // without progress and the log
		if strings.HasPrefix(line, "deadheat:") || strings.Contains(line, "goroutine ") || strings.HasPrefix(line, "panic") {
			text += line
		}
	}
	switch {
	case code == exitOK:
	case code != exitDivergence && code != exitUnavailable && code != exitFailure:
		p.t.Errorf("%s: %s ends with code %d: %s", p.trial, args[0], code, &errs)
	case strings.Count(text, "\n") != 1 || strings.Contains(text, "goroutine"):
		p.t.Errorf("%s: %s does not say it in one line: %s", p.trial, args[0], &errs)
	case !saysWhere.MatchString(text) || !saysWhat.MatchString(text):
		p.t.Errorf("%s: %s does not say where and what to do: %s", p.trial, args[0], text)
	}
	return out.String(), code
}
