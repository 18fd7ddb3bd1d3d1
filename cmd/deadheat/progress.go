package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/cheggaaa/pb/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// progressEvery is how often progress is a line when nobody watches.
const progressEvery = 10 * time.Second

// progress shows how far long work is, on stderr: a bar on a terminal, else a
// line now and then. Work that is done before the first line says nothing.
func progress(cmd *cobra.Command, what string) func(next, to int64) {
	if f, ok := cmd.ErrOrStderr().(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return bar(f, what)
	}
	return progressLines(cmd.ErrOrStderr(), what)
}

func bar(w io.Writer, what string) func(next, to int64) {
	var b *pb.ProgressBar
	return func(next, to int64) {
		if b == nil {
			b = pb.New64(to).SetWriter(w).Set("prefix", what+" ").Start()
		}
		b.SetCurrent(next)
		if next >= to {
			b.Finish()
		}
	}
}

func progressLines(w io.Writer, what string) func(next, to int64) {
	start, shown, first := time.Now(), time.Now(), int64(-1)
	return func(next, to int64) {
		if first < 0 {
			first = next
		}
		if time.Since(shown) < progressEvery || next <= first {
			return
		}
		shown = time.Now()
		rate := float64(next-first) / time.Since(start).Seconds()
		left := time.Duration(float64(to-next) / rate * float64(time.Second)).Round(time.Second)
		fmt.Fprintf(w, "%s: %d of %d, %.0f records/s, about %s left\n", what, next, to, rate, left)
	}
}
