package kafkatest

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Proxy passes what Kafka's clients and a broker say to each other, and has
// switches for what may go wrong. It knows requests and responses, so that a
// fault hits the one that was meant.
//
// A client comes through it when the broker advertises its address, as that of
// [Start] does, or when the client's dialer goes nowhere else.
type Proxy struct {
	ln net.Listener
	wg sync.WaitGroup

	mu      sync.Mutex
	target  string
	closed  bool
	refuse  bool
	drop    int
	dropped int
	flip    int
	flipped int
	conns   map[*conn]bool
}

// conn is one connection of a client, with the one to the broker behind it.
type conn struct {
	client, broker net.Conn
	mu             sync.Mutex
	asked          map[int32]request // by correlation id, until it is answered
}

type request struct{ key, version int16 }

// NewProxy listens on an address and passes on to a target until the end of the
// test.
func NewProxy(t testing.TB, listen, target string) *Proxy {
	t.Helper()
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{ln: ln, target: target, conns: make(map[*conn]bool)}
	p.wg.Go(p.accept)
	t.Cleanup(func() {
		p.mu.Lock()
		p.closed = true
		p.mu.Unlock()
		ln.Close()
		p.Cut()
		p.wg.Wait()
	})
	return p
}

// Addr is the address on which the proxy listens.
func (p *Proxy) Addr() string { return p.ln.Addr().String() }

// Cut closes all connections. Clients may connect again at once.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.close()
	}
}

// Refuse closes every new connection at once, until it is told not to. Those
// that are open stay, see [Proxy.Cut].
func (p *Proxy) Refuse(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = on
}

// DropReplies keeps back the next n answers to produce requests, and cuts the
// connection of each: the write is done, and its client does not learn it.
func (p *Proxy) DropReplies(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop = n
}

// Dropped tells how many answers were kept back so far.
func (p *Proxy) Dropped() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dropped
}

// FlipFetch flips one bit in a record batch of each of the next n fetch
// responses that have a whole one.
func (p *Proxy) FlipFetch(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flip = n
}

// Flipped tells how many responses were damaged so far.
func (p *Proxy) Flipped() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.flipped
}

func (p *Proxy) setTarget(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

func (p *Proxy) accept() {
	for {
		client, err := p.ln.Accept()
		if err != nil {
			return // closed
		}
		p.wg.Go(func() { p.serve(client) })
	}
}

// serve passes on what one client says, and what it is told.
func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	p.mu.Lock()
	target, refuse := p.target, p.refuse
	p.mu.Unlock()
	if refuse {
		return
	}
	broker, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	c := &conn{client: client, broker: broker, asked: make(map[int32]request)}
	defer c.close()
	p.mu.Lock()
	if p.closed || p.refuse {
		p.mu.Unlock()
		return
	}
	p.conns[c] = true
	p.mu.Unlock()

	p.wg.Go(func() {
		defer c.close()
		pass(client, broker, c.request)
	})
	pass(broker, client, func(frame []byte) bool { return p.response(c, frame) })
	c.close()

	p.mu.Lock()
	delete(p.conns, c)
	p.mu.Unlock()
}

func (c *conn) close() {
	c.client.Close()
	c.broker.Close()
}

// maxFrame is what a broker takes by default (socket.request.max.bytes).
const maxFrame = 100 << 20

var errFrame = errors.New("a frame of an impossible length: this is not Kafka's protocol")

// pass copies frames, a length and as many bytes, until one side closes or
// handle does not want the frame to go on.
func pass(from io.Reader, to io.Writer, handle func(frame []byte) bool) error {
	for {
		buf := make([]byte, 4)
		if _, err := io.ReadFull(from, buf); err != nil {
			return err
		}
		n := binary.BigEndian.Uint32(buf)
		if n < 4 || n > maxFrame {
			return errFrame
		}
		buf = append(buf, make([]byte, n)...)
		if _, err := io.ReadFull(from, buf[4:]); err != nil {
			return err
		}
		if !handle(buf[4:]) {
			return nil
		}
		if _, err := to.Write(buf); err != nil {
			return err
		}
	}
}

// request remembers what will be answered.
func (c *conn) request(frame []byte) bool {
	if len(frame) < 8 {
		return false
	}
	r := request{key: int16(binary.BigEndian.Uint16(frame)), version: int16(binary.BigEndian.Uint16(frame[2:]))}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked[int32(binary.BigEndian.Uint32(frame[4:]))] = r
	return true
}

// response tells whether the client may see it.
func (p *Proxy) response(c *conn, frame []byte) bool {
	id := int32(binary.BigEndian.Uint32(frame))
	c.mu.Lock()
	r, ok := c.asked[id]
	delete(c.asked, id)
	c.mu.Unlock()
	if !ok {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case r.key == kmsg.Produce.Int16() && p.drop > 0:
		p.drop--
		p.dropped++
		return false
	case r.key == kmsg.Fetch.Int16() && p.flip > 0 && flip(frame, r.version):
		p.flip--
		p.flipped++
	}
	return true
}

// flip damages the last byte of the first record batch in a fetch response. It
// returns false when there is no whole batch: readers drop one that is cut.
func flip(frame []byte, version int16) bool {
	resp := kmsg.NewPtrFetchResponse()
	resp.SetVersion(version)
	body := frame[4:]
	if resp.IsFlexible() {
		r := kbin.Reader{Src: body}
		kmsg.SkipTags(&r)
		body = r.Src
	}
	if err := resp.ReadFrom(body); err != nil {
		return false
	}
	for _, topic := range resp.Topics {
		for _, p := range topic.Partitions {
			// A batch: first offset, 8 bytes; length of the rest, 4 bytes; the rest.
			// The decoded response shares its bytes with the frame.
			b := p.RecordBatches
			if len(b) < 12 {
				continue
			}
			if n := 12 + int(binary.BigEndian.Uint32(b[8:])); n <= len(b) {
				b[n-1] ^= 1
				return true
			}
		}
	}
	return false
}

// DialThrough is a dialer that opens every connection through a proxy, whatever
// address a broker advertises.
func DialThrough(p *Proxy) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, p.Addr())
	}
}
