package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/deadheat-io/deadheat/journal/codec"
	"github.com/deadheat-io/deadheat/journal/segment"
)

// buildInfo says which build this is, and what it can read.
type buildInfo struct {
	Version  string `json:"version" doc:"version of the module"`
	Revision string `json:"revision,omitempty" doc:"commit it was built from"`
	Time     string `json:"time,omitempty" doc:"time of that commit"`
	Modified bool   `json:"modified" doc:"built from a changed checkout"`
	Go       string `json:"go" doc:"version of Go"`
	Platform string `json:"platform" doc:"operating system and processor"`
	Record   int    `json:"record_format" doc:"record format it writes"`
	Segment  int    `json:"segment_format" doc:"segment file format it writes"`
}

func readBuild() buildInfo {
	b := buildInfo{
		Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Record: codec.Format, Segment: segment.Format,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func newVersion(*options) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version of this build",
		Example: "  deadheat version -o json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return printOne(cmd, readBuild(), func(w io.Writer, b buildInfo) {
				fmt.Fprintf(w, "deadheat %s %s %s\n", b.Version, b.Go, b.Platform)
				if b.Revision != "" {
					fmt.Fprintf(w, "commit %s of %s, changed: %t\n", b.Revision, b.Time, b.Modified)
				}
			})
		},
	}
	addOneOutput[buildInfo](cmd)
	return cmd
}
