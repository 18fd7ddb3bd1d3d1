package kambitest

import (
	"fmt"
	"io"
	"net"
	"sync"
)

// Door is an address in front of a server. It passes every connection on,
// byte for byte, or hands it to somebody else: so a client meets a hostile
// server and the real one at the same place.
type Door struct {
	listener net.Listener
	target   string
	all      sync.WaitGroup

	mu    sync.Mutex
	treat func(net.Conn)
	conns map[net.Conn]struct{}
}

// OpenDoor opens a door on a port of its own to the target (HOST:PORT).
func OpenDoor(target string) (*Door, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("kambitest: door: %w", err)
	}
	d := &Door{listener: l, target: target, conns: map[net.Conn]struct{}{}}
	d.all.Go(d.accept)
	return d, nil
}

// Addr is the host and port of the door.
func (d *Door) Addr() string { return d.listener.Addr().String() }

// Hand gives connections from now on to treat, which need not close them; nil
// passes them on to the target. Those that are open are cut.
func (d *Door) Hand(treat func(net.Conn)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.treat = treat
	for c := range d.conns {
		c.Close()
	}
}

// Close ends all connections and waits until nothing of the door runs any more.
func (d *Door) Close() {
	d.listener.Close()
	d.Hand(nil)
	d.all.Wait()
}

func (d *Door) accept() {
	for {
		c, err := d.listener.Accept()
		if err != nil {
			return
		}
		d.mu.Lock()
		treat := d.treat
		d.conns[c] = struct{}{}
		d.mu.Unlock()
		d.all.Go(func() {
			defer d.forget(c)
			if treat == nil {
				treat = d.pass
			}
			treat(c)
		})
	}
}

func (d *Door) forget(c net.Conn) {
	c.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.conns, c)
}

// pass carries bytes both ways until either side ends.
func (d *Door) pass(c net.Conn) {
	target, err := net.Dial("tcp", d.target)
	if err != nil {
		return
	}
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(c, target) // ends with either connection
		c.Close()
	}()
	_, _ = io.Copy(target, c)
	target.Close()
	<-back
}
