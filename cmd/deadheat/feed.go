package main

import "github.com/spf13/cobra"

func newFeed(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "feed",
		Short:   "Serve and make test feeds",
		Example: "  deadheat feed serve --generate --tls-dir certs",
	}
	return cmd
}
