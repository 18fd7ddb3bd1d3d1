package kambitest

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCertificatesAreKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	ensure := func(hosts ...string) {
		t.Helper()
		if _, err := EnsureTLS(dir, hosts...); err != nil {
			t.Fatal(err)
		}
	}
	ensure()
	ca, server, client := read("ca.pem"), read("server.pem"), read("client.pem")
	for _, name := range []string{"ca-key.pem", "server-key.pem", "client-key.pem"} {
		st, err := os.Stat(filepath.Join(dir, name))
		if err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, st.Mode(), err)
		}
	}
	if st, _ := os.Stat(dir); st.Mode().Perm() != 0o700 {
		t.Errorf("directory has mode %v", st.Mode())
	}
	ensure()
	if !bytes.Equal(server, read("server.pem")) {
		t.Error("the server certificate was issued again for nothing")
	}
	ensure("feed.example", "*.example.org", "10.1.2.3")
	more := read("server.pem")
	if bytes.Equal(server, more) {
		t.Error("the server certificate does not cover new hosts")
	}
	ensure()
	ensure("feed.example")
	if !bytes.Equal(more, read("server.pem")) {
		t.Error("hosts covered before were given up")
	}
	if !bytes.Equal(ca, read("ca.pem")) || !bytes.Equal(client, read("client.pem")) {
		t.Error("the authority or the client certificate changed")
	}
	// A key that does not fit, as after a crash, is replaced.
	if err := os.WriteFile(filepath.Join(dir, "client-key.pem"), read("server-key.pem"), 0o600); err != nil {
		t.Fatal(err)
	}
	ensure()
	if bytes.Equal(client, read("client.pem")) {
		t.Error("a client certificate without its key was kept")
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*.tmp*"))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	os.Remove(filepath.Join(dir, "ca-key.pem"))
	if _, err := EnsureTLS(dir); err == nil || !strings.Contains(err.Error(), "ca-key.pem") {
		t.Errorf("an authority without its key: %v", err)
	}
}
