package snapshots

// Small makes a store flush and rotate its files after few commits.
func Small(o Options) Options {
	o.memTable = 64 << 10
	return o
}
