package journal

import (
	"sync"

	"github.com/deadheat-io/deadheat/journal/crash"
)

// maxAnswers is how many answers may wait before [Answers.Put] does.
const maxAnswers = 1 << 16

// Answers calls the done functions of appends, in order, in a goroutine of its
// own, so that writing does not wait for them and they may append again. It is
// for those who implement [Journal]. The zero value is ready to use.
type Answers struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every change; nil while nobody waits
	list    []answer
	closed  bool
}

type answer struct {
	done  func(first int64, err error)
	first int64
	err   error
}

// Put adds an answer. It waits while too many are waiting already.
func (a *Answers) Put(done func(first int64, err error), first int64, err error) {
	a.mu.Lock()
	for len(a.list) >= maxAnswers {
		a.wait()
	}
	a.list = append(a.list, answer{done, first, err})
	a.wake()
	a.mu.Unlock()
}

// Close says that no answer comes after those put so far.
func (a *Answers) Close() {
	a.mu.Lock()
	a.closed = true
	a.wake()
	a.mu.Unlock()
}

// Run calls the functions until Close.
func (a *Answers) Run() {
	var list []answer
	for {
		a.mu.Lock()
		for len(a.list) == 0 && !a.closed {
			a.wait()
		}
		list, a.list = a.list, list[:0]
		a.wake()
		a.mu.Unlock()
		if len(list) == 0 {
			return
		}
		for i := range list {
			if list[i].done != nil {
				list[i].done(list[i].first, list[i].err)
			}
			if list[i].err == nil {
				crash.At(crash.AfterPromise)
			}
		}
		clear(list) // do not keep what the functions hold
	}
}

// wait lets go of mu until something changes.
func (a *Answers) wait() {
	if a.changed == nil {
		a.changed = make(chan struct{})
	}
	changed := a.changed
	a.mu.Unlock()
	<-changed
	a.mu.Lock()
}

func (a *Answers) wake() {
	if a.changed != nil {
		close(a.changed)
		a.changed = nil
	}
}
