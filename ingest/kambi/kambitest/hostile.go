package kambitest

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"time"
)

// Hostile is one way in which a server can try to hurt its client. Serve does it
// on one connection (see [Door.Hand]), for ever or until the client has enough.
type Hostile struct {
	Name  string
	Serve func(net.Conn)
}

// patience is how long a hostile server holds on to one client.
const patience = 20 * time.Second

// dripEvery is the pause between two bytes of a slow server.
const dripEvery = 5 * time.Millisecond

// HostileTLS are the ways that come before anything is said; they work in the
// place of the feed and of the token endpoint. dir is for certificates.
func HostileTLS(f *Files, dir string) ([]Hostile, error) {
	stranger, err := EnsureTLS(filepath.Join(dir, "stranger"))
	if err != nil {
		return nil, err
	}
	strange, err := stranger.ServerConfig()
	if err != nil {
		return nil, err
	}
	other, err := f.otherHost(filepath.Join(dir, "other"))
	if err != nil {
		return nil, err
	}
	greet := func(config *tls.Config) func(net.Conn) {
		return func(c net.Conn) { _ = tls.Server(c, config).Handshake() }
	}
	return []Hostile{
		{"wrong authority", greet(strange)},
		{"wrong host", greet(other)},
		{"no TLS", func(c net.Conn) { _, _ = io.WriteString(c, "220 mail.example ESMTP\r\n"); rest(c) }},
		{"closed in the handshake", func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) }},
		// The head of a record of 16 KiB, and then byte after byte of it.
		{"slow handshake", func(c net.Conn) { drip(c, append([]byte{22, 3, 3, 64, 0}, make([]byte, 16<<10)...)) }},
	}, nil
}

// otherHost are the settings of a server whose certificate is good, but for
// another host than any on which tests listen.
func (f *Files) otherHost(base string) (*tls.Config, error) {
	ca, err := ensureAuthority(f)
	if err != nil {
		return nil, err
	}
	if err := ca.issue(base+".pem", base+"-key.pem", "kambitest other", x509.ExtKeyUsageServerAuth, []string{"other.example"}); err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(base+".pem", base+"-key.pem")
	if err != nil {
		return nil, fmt.Errorf("certificate %s: %w", base, err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, nil
}

// HostileTokens are the ways of a token endpoint. The answers hold the word
// "secret" wherever a real one could hold the token.
func HostileTokens(f *Files) ([]Hostile, error) {
	config, err := f.ServerConfig()
	if err != nil {
		return nil, err
	}
	const ok = "HTTP/1.1 200 OK\r\n"
	filler := strings.Repeat("secret", 1000)
	var list []Hostile
	for _, way := range []struct {
		name string
		say  func(w io.Writer)
	}{
		{"401", say("HTTP/1.1 401 Unauthorized\r\nContent-Length: 6\r\n\r\nsecret")},
		{"500", say("HTTP/1.1 500 Oops\r\nContent-Length: 6\r\n\r\nsecret")},
		{"garbage", say("secret\r\n\r\n")},
		{"garbage in the head", say(ok + "secret\r\n\r\n")},
		{"a page", say(ok + "\r\n<html> secret </html>")},
		{"nothing", say("")},
		{"cut", say(ok + "Content-Length: 100\r\n\r\nsecret")},
		{"endless head", func(w io.Writer) { again(w, ok, "X-A: "+filler+"\r\n") }},
		{"endless line", func(w io.Writer) { again(w, "", filler) }},
		{"endless body", func(w io.Writer) { again(w, ok+"\r\n", filler) }},
		{"endless chunks", func(w io.Writer) { again(w, ok+"Transfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n") }},
		{"endless 1xx", func(w io.Writer) { again(w, "", "HTTP/1.1 103 Early Hints\r\n\r\n") }},
		{"slow head", func(w io.Writer) { drip(w, []byte(ok+"X-A: "+filler)) }},
		{"slow body", func(w io.Writer) { drip(w, []byte(ok+"\r\n"+filler)) }},
		{"silent", func(w io.Writer) { rest(w.(net.Conn)) }},
	} {
		list = append(list, Hostile{way.name, func(raw net.Conn) {
			_ = raw.SetDeadline(time.Now().Add(patience))
			c := tls.Server(raw, config)
			if c.Handshake() != nil {
				return
			}
			_, _ = c.Read(make([]byte, 4096)) // the request
			way.say(c)
		}})
	}
	return list, nil
}

// rest listens until the client has enough.
func rest(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func say(text string) func(io.Writer) {
	return func(w io.Writer) { _, _ = io.WriteString(w, text) }
}

// again writes the head and then the same for ever.
func again(w io.Writer, head, body string) {
	if _, err := io.WriteString(w, head); err != nil {
		return
	}
	for block := []byte(strings.Repeat(body, 1+4096/len(body))); ; {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// drip writes byte by byte until the client has enough.
func drip(w io.Writer, b []byte) {
	for i := range b {
		if _, err := w.Write(b[i : i+1]); err != nil {
			return
		}
		time.Sleep(dripEvery)
	}
}

// member packs payloads, as they are, into one gzip member.
func member(payloads ...[]byte) []byte {
	var out bytes.Buffer
	f := NewFrameWriter(&out, Member, 0)
	// Packing into memory cannot fail.
	_ = f.pack(bytes.Join(payloads, nil))
	_ = f.write(f.packed.Bytes())
	return out.Bytes()
}

// framed is a payload behind its length.
func framed(payload string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))), payload...)
}
