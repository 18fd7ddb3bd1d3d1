package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	armCrash()
	testscript.Main(m, map[string]func(){"deadheat": main})
}

// TestScripts runs the command line as its users do. Beside the commands of
// testscript, scripts have
//
//	exits CODE COMMAND...     run it; the exit code must be CODE
//	interrupt CODE COMMAND... run it until it has printed a line, send SIGINT
//	mkjournal DIR [WORD]...   write a small journal, see writeJournal: "gap"
//	                          leaves a record out, "feed" leaves out the outputs
//	mkbooks DIR DATA          write a journal of orders, and the store of its books
//	flip FILE OFFSET          change one byte (a negative offset is from the end)
//	keep DIR                  remember every file of a directory
//	kept DIR                  fail unless nothing of it has changed
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, "TZ=America/New_York") // nothing may print local time
			env.Values[keptKey{}] = map[string]string{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     scriptExits,
			"interrupt": scriptInterrupt,
			"mkjournal": scriptJournal,
			"mkbooks":   scriptBooks,
			"flip":      scriptFlip,
			"keep":      scriptKeep,
			"kept":      scriptKept,
		},
	})
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	checkCode(ts, args[0], ts.Exec(args[1], args[2:]...))
}

func checkCode(ts *testscript.TestScript, want string, err error) {
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != want {
		ts.Fatalf("exit code %d, want %s", code, want)
	}
}

// scriptInterrupt leaves what the command printed in the file "out".
func scriptInterrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: interrupt CODE COMMAND...")
	}
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	ts.Check(cmd.Start())
	r := bufio.NewReader(stdout)
	first, err := r.ReadString('\n')
	if err == nil {
		ts.Check(cmd.Process.Signal(syscall.SIGINT))
	}
	rest, _ := io.ReadAll(r) // until it ends
	err = cmd.Wait()
	ts.Logf("[stderr]\n%s", stderr.String())
	ts.Check(os.WriteFile(ts.MkAbs("out"), append([]byte(first), rest...), 0o644))
	checkCode(ts, args[0], err)
}

func scriptJournal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: mkjournal DIR [gap] [feed]")
	}
	words := args[1:]
	ts.Check(writeJournal(ts.MkAbs(args[0]), slices.Contains(words, "gap"), !slices.Contains(words, "feed")))
}

func scriptBooks(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mkbooks DIR DATA")
	}
	ts.Check(writeBooks(ts.MkAbs(args[0]), ts.MkAbs(args[1])))
}

func scriptFlip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flip FILE OFFSET")
	}
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	i, err := strconv.Atoi(args[1])
	ts.Check(err)
	if i < 0 {
		i += len(b)
	}
	b[i] ^= 0x40
	ts.Check(os.WriteFile(path, b, 0o644))
}

type keptKey struct{}

func scriptKeep(ts *testscript.TestScript, _ bool, args []string) {
	kept := ts.Value(keptKey{}).(map[string]string)
	kept[args[0]] = describeTree(ts, args[0])
}

func scriptKept(ts *testscript.TestScript, _ bool, args []string) {
	was := ts.Value(keptKey{}).(map[string]string)[args[0]]
	if is := describeTree(ts, args[0]); was == "" || is != was {
		ts.Fatalf("%s has changed; it was\n%sand is\n%s", args[0], was, is)
	}
}

// describeTree names every file of a directory with size, time and content.
func describeTree(ts *testscript.TestScript, dir string) string {
	var b strings.Builder
	ts.Check(filepath.WalkDir(ts.MkAbs(dir), func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		content := ""
		if !d.IsDir() {
			bytes, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			content = string(bytes)
		}
		b.WriteString(strings.Join([]string{
			path, info.Mode().String(), strconv.FormatInt(info.Size(), 10),
			info.ModTime().String(), strconv.Quote(content), "\n",
		}, " "))
		return nil
	}))
	return b.String()
}
