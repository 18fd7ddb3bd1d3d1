package snapshots_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/deadheat-io/deadheat/snapshots"
)

// Pebble ends a process whose disk fails, sometimes by a panic under its locks.
// So the failing store lives in a child process, which is this test binary.

const (
	faultEnv = "DEADHEAT_FAULT_CHILD" // DIR,N,ERRNO,EVER
	commits  = 24
)

// faultStride is how many operations are left out between two that fail.
func faultStride(t *testing.T) int64 {
	if s := os.Getenv("DEADHEAT_FAULT_STRIDE"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 1 {
			t.Fatalf("DEADHEAT_FAULT_STRIDE=%s: %v", s, err)
		}
		return n
	}
	return faultEvery
}

// pairsAt is what commit i writes: some keys again, some anew, enough to flush.
func pairsAt(i int) (pairs []string) {
	for k := range 8 {
		pairs = append(pairs, fmt.Sprintf("%02d/%d", i%5, k), strings.Repeat(strconv.Itoa(i), 1200))
	}
	return pairs
}

// contentAt is what a store holds after commit i, as content prints it.
func contentAt(t *testing.T, i int) string {
	t.Helper()
	s := open(t, "model", snapshots.Options{FS: vfs.NewMem()})
	for k := 1; k <= i; k++ {
		commit(t, s, fmt.Sprint("at ", k), pairsAt(k)...)
	}
	return content(t, s)
}

// TestFaultChild is not a test but the child: it commits and says so, until the
// disk fails.
func TestFaultChild(t *testing.T) {
	spec := strings.Split(os.Getenv(faultEnv), ",")
	if len(spec) != 4 {
		t.Skip("runs only as a child of TestAFailingDiskEndsTheProcess")
	}
	at, _ := strconv.ParseInt(spec[1], 10, 64)
	number, _ := strconv.Atoi(spec[2])
	var count atomic.Int64
	fault := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() != errorfs.OpIsWrite {
			return nil
		}
		n := count.Add(1)
		if n == at {
			fmt.Printf("fault %s\n", filepath.Base(op.Path))
		}
		if n == at || spec[3] == "true" && n > at {
			return &os.PathError{Op: "write", Path: op.Path, Err: syscall.Errno(number)}
		}
		return nil
	})
	s, err := snapshots.Open(spec[0], id, snapshots.Small(snapshots.Options{FS: errorfs.Wrap(vfs.Default, fault)}))
	for i := 1; err == nil && i <= commits; i++ {
		b := s.Batch()
		pairs := pairsAt(i)
		for k := 0; k < len(pairs); k += 2 {
			b.Stage(snapshots.State, []byte(pairs[k]), []byte(pairs[k+1]))
		}
		if err = s.Commit(b, fmt.Append(nil, "at ", i)); err == nil {
			fmt.Printf("ack %d\n", i)
		}
	}
	if err == nil {
		err = s.Close()
	}
	if err != nil { // as main does
		fmt.Fprintf(os.Stderr, "deadheat: %v\n", err)
		os.Exit(1)
	}
	if count.Load() < at {
		fmt.Println("no fault")
	}
}

// child is what a child told.
type child struct {
	code           int
	stderr         string
	acked          int
	late           int // acknowledged after the fault
	file           string
	done           bool // it did not come to the fault
	sinceFault     time.Duration
	dir, operation string
}

func runChild(t *testing.T, at int64, number syscall.Errno, ever bool) (c child) {
	t.Helper()
	c.dir = filepath.Join(t.TempDir(), "store")
	c.operation = fmt.Sprintf("write operation %d, %v, for ever: %t", at, number, ever)
	cmd := exec.Command(os.Args[0], "-test.run=^TestFaultChild$")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s,%d,%d,%t", faultEnv, c.dir, at, int(number), ever))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
	defer watchdog.Stop()
	var fault time.Time
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "ack":
			c.acked, _ = strconv.Atoi(rest)
			if c.file != "" {
				c.late++
			}
		case "fault":
			c.file, fault = rest, time.Now()
		case "no":
			c.done = true
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if !fault.IsZero() {
		c.sinceFault = time.Since(fault)
	}
	c.code, c.stderr = cmd.ProcessState.ExitCode(), stderr.String()
	return c
}

// TestAFailingDiskEndsTheProcess lets write operations fail, one in each child,
// alone and with all that follow. The process ends at once, with one line that
// says why and what to do; what it acknowledged is there afterwards, and
// nothing but a whole commit.
func TestAFailingDiskEndsTheProcess(t *testing.T) {
	stride, trials, absorbed, late := faultStride(t), 0, 0, 0
	models := map[int]string{}
	for _, fault := range []struct {
		number syscall.Errno
		ever   bool
	}{{syscall.ENOSPC, true}, {syscall.EIO, false}} {
		for at := int64(1); ; at += stride {
			c := runChild(t, at, fault.number, fault.ever)
			if c.done {
				break
			}
			trials++
			c.check(t)
			if c.code == 0 {
				absorbed++
			}
			late += c.late
			if got, i := c.restart(t); got != "" {
				if models[i] == "" {
					models[i] = contentAt(t, i)
				}
				if i < c.acked || got != models[i] {
					t.Errorf("%s (%s): %d acknowledged, the store is at %d, its content right: %t", c.operation, c.file, c.acked, i, got == models[i])
				}
			} else if c.acked > 0 {
				t.Errorf("%s (%s): %d acknowledged, the store is empty", c.operation, c.file, c.acked)
			}
		}
	}
	t.Logf("%d operations failed, one of %d; %d did not matter to the process; %d acknowledgements of what was written elsewhere", trials, stride, absorbed, late)
}

// check looks at how the child ended.
func (c child) check(t *testing.T) {
	t.Helper()
	switch {
	case c.code == 0 && c.acked == commits: // such as a file that is not removed
		return
	case c.code != 1:
		t.Errorf("%s (%s): exit code %d\n%s", c.operation, c.file, c.code, c.stderr)
	case strings.Count(c.stderr, "\n") != 1 || !strings.HasPrefix(c.stderr, "deadheat: ") || strings.Contains(c.stderr, "goroutine"):
		t.Errorf("%s (%s): not one line: %s", c.operation, c.file, c.stderr)
	case !strings.Contains(c.stderr, c.dir) || !strings.Contains(c.stderr, "make sure that the disk is sound"):
		t.Errorf("%s (%s): it does not say where and what to do: %s", c.operation, c.file, c.stderr)
	case strings.HasSuffix(c.file, ".log") && c.late > 0:
		t.Errorf("%s (%s): %d commits were acknowledged after the log had failed", c.operation, c.file, c.late)
	case c.sinceFault > 2*time.Second:
		t.Errorf("%s (%s): the process went on for %v", c.operation, c.file, c.sinceFault)
	}
}

// restart opens what the child left and tells which commit it is at.
func (c child) restart(t *testing.T) (text string, at int) {
	t.Helper()
	s, err := snapshots.Open(c.dir, id, snapshots.Options{})
	if err != nil {
		t.Fatalf("%s (%s): restart: %v", c.operation, c.file, err)
	}
	defer s.Close()
	text = content(t, s)
	fmt.Sscanf(text, "at %d", &at)
	return text, at
}
