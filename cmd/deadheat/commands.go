package main

import "github.com/spf13/cobra"

// commands are the top-level commands, in the order in which help lists them.
var commands = []func(*options) *cobra.Command{
	newDev,
	newRun,
	newFeed,
	newJournal,
	newState,
	newBook,
	newMatch,
	newOrders,
	newHash,
	newReplay,
	newVerify,
	newBench,
	newCheck,
	newConfig,
	newVersion,
}
