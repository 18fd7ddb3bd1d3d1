package local_test

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/deadheat-io/deadheat/journal"
	"github.com/deadheat-io/deadheat/journal/journaltest"
	"github.com/deadheat-io/deadheat/journal/local"
)

// opener opens a journal in one place, again and again.
func opener(dir string, opts local.Options) journaltest.Opener {
	return func(t *testing.T) journal.Journal {
		j, err := local.Open(dir, opts)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
}

func TestConformance(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		journaltest.Run(t, func(t *testing.T) journaltest.Opener {
			return opener("journal", local.Options{FS: vfs.NewMem(), Logf: t.Logf})
		})
	})
	t.Run("small segments and queue", func(t *testing.T) {
		journaltest.Run(t, func(t *testing.T) journaltest.Opener {
			return opener("journal", local.Options{FS: vfs.NewMem(), SegmentBytes: 700, QueueBytes: 300, Logf: t.Logf})
		})
	})
	t.Run("disk", func(t *testing.T) {
		journaltest.Run(t, func(t *testing.T) journaltest.Opener {
			return opener(t.TempDir(), local.Options{Logf: t.Logf})
		})
	})
}
