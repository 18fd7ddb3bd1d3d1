package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/deadheat-io/deadheat/journal/crash"
)

// crashVariable makes the program under test kill itself: with POINT:N it sends
// itself SIGKILL at the N-th pass of a point, and the goroutine that passed goes
// no further. What the kernel has by then stays; nothing else does.
const crashVariable = "DEADHEAT_CRASH"

// crashMark is what such a process says last, so that its end is not taken for
// another one.
const crashMark = "crash: killed at "

// armCrash sets the hook. It is called before the program begins.
func armCrash() {
	text := os.Getenv(crashVariable)
	if text == "" {
		return
	}
	name, count, _ := strings.Cut(text, ":")
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("%s=%s: want POINT:N", crashVariable, text))
	}
	var passes atomic.Int64
	crash.Hook = func(p crash.Point) {
		if string(p) != name || passes.Add(1) != n {
			return
		}
		fmt.Fprintf(os.Stderr, "%s%s\n", crashMark, text)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}
