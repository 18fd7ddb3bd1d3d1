package journal

import "context"

// Finding is one thing that a check of a journal looked at.
type Finding struct {
	Subject string // what was looked at, such as a topic
	What    string // of it, such as the name of a setting
	Have    string
	Want    string // "" when there is nothing to compare with
	OK      bool
	Fatal   bool   // when not OK: the journal must not be used like this
	Why     string // what happens when it is not as wanted
}

// Checker is a journal that can tell whether its place is fit for it.
type Checker interface {
	// Check looks and changes nothing.
	Check(ctx context.Context) ([]Finding, error)
}
