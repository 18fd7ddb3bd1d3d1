package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A full disk ends the process: with one line that says what failed, where, and
// what to do, and with exit code 1. After there is space again, a restart ends
// in the state that an undisturbed run ends in.
func TestAFullDiskStopsTheRun(t *testing.T) {
	f := generatedFile(t, 3000)
	bin := deadheat(t)
	calm := newNode(t, bin, "--input", f.path)
	calm.runIdle()
	want, _ := calm.check(f)
	for _, c := range []struct{ dir, size string }{
		{"journal", "40k"}, {"journal", "400k"}, {"data", "12k"},
	} {
		t.Run(c.dir+" of "+c.size, func(t *testing.T) {
			n := newNode(t, bin, "--input", f.path)
			dir := filepath.Join(n.dir, c.dir)
			grow := mountSmall(t, dir, c.size)
			stopsInOneLine(t, exec.Command(bin, "run", "--config", n.config, "--log-level", "error"), c.dir+"/")
			stopsInOneLine(t, exec.Command(bin, "run", "--config", n.config, "--log-level", "error"), c.dir+"/")
			grow()
			n.runIdle()
			if got, _ := n.check(f); got != want {
				t.Errorf("the state hash is %s, undisturbed it is %s", got, want)
			}
		})
	}
}

// The same with a limit on the size of a file, which needs no privilege.
func TestAFileTooLargeStopsTheRun(t *testing.T) {
	f := generatedFile(t, 8000)
	bin := deadheat(t)
	n := newNode(t, bin, "--input", f.path)
	for _, blocks := range []int{100, 1000} {
		limited := fmt.Sprintf(`ulimit -f %d && exec "$0" run --config "$1" --log-level error`, blocks)
		stopsInOneLine(t, exec.Command("sh", "-c", limited, bin, n.config), n.dir)
	}
	n.runIdle()
	n.check(f)
}

// mountSmall mounts a small file system, or skips the test where that is not
// allowed. grow gives it space.
func mountSmall(t *testing.T, dir, size string) (grow func()) {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("a small file system cannot be mounted: not root on Linux")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	mount := func(options string) error {
		out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", dir).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}
	if err := mount("size=" + size); err != nil {
		t.Skipf("a small file system cannot be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return func() {
		if err := mount("remount,size=256m"); err != nil {
			t.Fatal(err)
		}
	}
}

// stopsInOneLine runs a command that must fail by itself.
func stopsInOneLine(t *testing.T, cmd *exec.Cmd, where string) {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			cmd.Process.Kill()
		}
	})
	cmd.Wait()
	text := "" // without the log
	for line := range strings.Lines(stderr.String()) {
		if !strings.HasPrefix(line, "time=") {
			text += line
		}
	}
	t.Logf("after %v: %s", time.Since(start).Round(time.Millisecond), text)
	switch {
	case cmd.ProcessState.ExitCode() != exitFailure:
		t.Errorf("exit code %d, want %d", cmd.ProcessState.ExitCode(), exitFailure)
	case strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "deadheat: "):
		t.Errorf("not one line")
	case !strings.Contains(text, "no space left") && !strings.Contains(text, "file too large"):
		t.Errorf("the cause is missing")
	case !strings.Contains(text, where):
		t.Errorf("the place is missing")
	case !strings.Contains(text, "make sure that the disk"):
		t.Errorf("it does not say what to do")
	}
}
