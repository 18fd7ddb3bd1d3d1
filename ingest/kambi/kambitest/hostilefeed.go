package kambitest

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"time"
)

// HostileFeeds are the ways of a feed behind a proper TLS handshake.
func HostileFeeds(f *Files) ([]Hostile, error) {
	config, err := f.ServerConfig()
	if err != nil {
		return nil, err
	}
	var list []Hostile
	for _, way := range append(greetings(), streams()...) {
		list = append(list, Hostile{way.name, func(raw net.Conn) {
			_ = raw.SetDeadline(time.Now().Add(patience))
			c := tls.Server(raw, config)
			if c.Handshake() == nil {
				way.serve(c)
			}
		}})
	}
	return list, nil
}

type hostileFeed struct {
	name  string
	serve func(c *tls.Conn)
}

// flood sends the same for ever.
func flood(packed []byte) func(c *tls.Conn) {
	return func(c *tls.Conn) { again(c, "", string(packed)) }
}

// greetings are ways before the client could ask for anything.
func greetings() []hostileFeed {
	ping := member(bytes.Repeat(framed(string(sessionPing(1))), 50))
	return []hostileFeed{
		{"silent", func(c *tls.Conn) { rest(c) }},
		{"no gzip", func(c *tls.Conn) { drip(c, []byte("HTTP/1.1 400 Bad Request\r\n")) }},
		{"slow welcome", func(c *tls.Conn) { drip(c, member(framed(string(welcome)+strings.Repeat(" ", 1000)))) }},
		{"pings before the welcome", flood(ping)},
		{"pings for ever and no session", func(c *tls.Conn) {
			for _, err := c.Write(member(framed(string(welcome)))); err == nil; time.Sleep(dripEvery) {
				_, err = c.Write(member(framed(string(sessionPing(1)))))
			}
		}},
		{"entities before the session", flood(member(framed(`{"type":"EVENT_DELETED","offset":1,"eventDeleted":{"id":1}}`)))},
		{"nested welcome", flood(member(framed(`{"type":"SESSION_WELCOME","sessionWelcome":` + strings.Repeat("[", 60_000) + `}`)))},
		{"an error with the token", func(c *tls.Conn) {
			_, _ = c.Write(member(framed(`{"type":"SESSION_ERROR","sessionError":{"code":"token secret.is.refused"}}`)))
			rest(c)
		}},
	}
}

// streams are ways in the place of what the client has asked for.
func streams() []hostileFeed {
	send := func(packed ...[]byte) func(*tls.Conn) {
		return func(c *tls.Conn) {
			for _, p := range packed {
				if _, err := c.Write(p); err != nil {
					return
				}
			}
			rest(c)
		}
	}
	length := func(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
	event := framed(`{"type":"EVENT_ADDED","offset":1,"eventAdded":{"event":{"id":1,"status":"STARTED"}}}`)
	broken := member(event)
	broken[len(broken)-6] ^= 1 // the check sum
	list := []hostileFeed{
		{"bomb", func(c *tls.Conn) { // a gigabyte of zeros
			zeros := member(make([]byte, 8<<20))
			for _, err := c.Write(member(length(4 << 20))); err == nil; {
				_, err = c.Write(zeros)
			}
		}},
		{"oversized", send(member(length(1<<32 - 1)))},
		{"just too large", send(member(length(4<<20 + 1)))},
		{"frame of nothing", send(member(length(0)))},
		{"damaged member", send(broken)},
		{"truncated", func(c *tls.Conn) { _, _ = c.Write(member(event, event[:20])) }},
		{"slow frame", func(c *tls.Conn) { drip(c, member(length(1<<20), incompressible(64<<10))) }},
		{"empty members", flood(member())},
		{"rubbish", flood(member(bytes.Repeat(framed("x"), 50)))},
		{"objects without an offset", flood(member(bytes.Repeat(framed("{}"), 50)))},
		{"nested", flood(member(framed(nested(33)), framed(nested(100_000))))},
		{"tiny fields", flood(tinyFields())},
		{"too large for a record", flood(member(framed(`{"type":"EVENT_STATUS_UPDATED","offset":1,"eventStatusUpdated":{"id":1,"status":"` +
			hex.EncodeToString(incompressible(150<<10)) + `"}}`)))},
		{"ping flood", flood(member(bytes.Repeat(framed(string(sessionPing(1))), 50)))},
		{"completed for ever", flood(member(framed(string(snapshotCompleted(1))), bytes.Repeat(framed(string(replayCompleted(1))), 50)))},
		{"nothing but pings", func(c *tls.Conn) {
			for ping := member(framed(string(sessionPing(1)))); ; time.Sleep(20 * time.Millisecond) {
				if _, err := c.Write(ping); err != nil {
					return
				}
			}
		}},
	}
	for i, way := range list {
		list[i].serve = func(c *tls.Conn) {
			if beginSession(c) == nil {
				way.serve(c)
			}
		}
	}
	return list
}

// beginSession goes as far as the client's request.
func beginSession(c *tls.Conn) error {
	in := NewFrameReader(c, maxInbound)
	for _, say := range [][]byte{welcome, initialized} {
		if _, err := c.Write(member(framed(string(say)))); err != nil {
			return err
		}
		for {
			got, err := in.Next()
			if err != nil {
				return err
			}
			if m, err := parseClient(got); err != nil || m.Ping == nil {
				break
			}
		}
	}
	return nil
}

// nested is a message of the given depth, which its own object is a part of.
// The names are random: what packs too well would be taken for a bomb.
func nested(depth int) string {
	names := hex.EncodeToString(incompressible(2 * depth))
	var b strings.Builder
	b.WriteString(`{"type":"NEWS","offset":1`)
	for level := 1; level < depth; level++ {
		fmt.Fprintf(&b, `,"%s":{"a":0`, names[4*level:4*level+4])
	}
	return b.String() + strings.Repeat("}", depth)
}

// tinyFields is a message of nearly 4 MiB made of the smallest values.
func tinyFields() []byte {
	var b strings.Builder
	b.WriteString(`{"type":"BET_OFFER_ADDED","offset":1,"betOfferAdded":{"betOffer":{"id":1,"outcomes":[{"id":0}`)
	for n := 1; b.Len() < 4<<20-100; n++ {
		fmt.Fprintf(&b, `,{"id":%d}`, n)
	}
	b.WriteString(`]}}}`)
	return member(framed(b.String()))
}

func incompressible(n int) []byte {
	rng := newRand(1)
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}
