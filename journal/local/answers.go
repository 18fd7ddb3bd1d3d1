package local

import "sync"

// answers calls the done functions in order, in a goroutine of its own, so
// that a commit does not wait for them and they may append again.
type answers struct {
	mu     sync.Mutex
	change sync.Cond
	calls  []*call
	closed bool
}

func (a *answers) init() { a.change.L = &a.mu }

// put adds an answer. It waits while too many are waiting already.
func (a *answers) put(c *call) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.calls) >= maxAnswers {
		a.change.Wait()
	}
	a.calls = append(a.calls, c)
	a.change.Broadcast()
}

// close says that no answer comes after those put so far.
func (a *answers) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	a.change.Broadcast()
}

func (a *answers) run() {
	var calls []*call
	for {
		a.mu.Lock()
		for len(a.calls) == 0 && !a.closed {
			a.change.Wait()
		}
		calls, a.calls = a.calls, calls[:0]
		a.change.Broadcast()
		a.mu.Unlock()
		if len(calls) == 0 {
			return
		}
		for i, c := range calls {
			calls[i] = nil
			if c.done == nil {
				continue
			}
			if c.err != nil {
				c.done(0, c.err)
			} else {
				c.done(c.first, nil)
			}
		}
	}
}
