package kambitest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Files names the certificates of a test server and of its clients (PEM).
type Files struct {
	CA        string // ca.pem, what both sides trust
	CAKey     string // ca-key.pem, kept so that the server certificate can be issued again
	Server    string // server.pem
	ServerKey string // server-key.pem
	Client    string // client.pem
	ClientKey string // client-key.pem
}

// defaultHosts are covered by every server certificate.
var defaultHosts = []string{"localhost", "127.0.0.1", "::1"}

// renewBefore is how much validity a certificate must have left to be kept.
const renewBefore = 30 * 24 * time.Hour

// EnsureTLS makes an authority, a server certificate and a client certificate in
// dir, or keeps those that are there. The server certificate covers localhost,
// 127.0.0.1, ::1 and the given hosts; when an existing one does not, only that one
// is issued again, so clients keep working with the files they have.
func EnsureTLS(dir string, hosts ...string) (*Files, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("certificates: %w", err)
	}
	f := &Files{
		CA: filepath.Join(dir, "ca.pem"), CAKey: filepath.Join(dir, "ca-key.pem"),
		Server: filepath.Join(dir, "server.pem"), ServerKey: filepath.Join(dir, "server-key.pem"),
		Client: filepath.Join(dir, "client.pem"), ClientKey: filepath.Join(dir, "client-key.pem"),
	}
	ca, err := ensureAuthority(f)
	if err != nil {
		return nil, err
	}
	// The names asked for before stay covered, so two callers with different
	// hosts do not take turns in issuing the certificate anew.
	names := append(slices.Clone(defaultHosts), hosts...)
	old := loadPair(f.Server, f.ServerKey)
	if old != nil {
		names = append(names, certNames(old)...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if !usable(old, ca) || !covers(old, names) {
		if err := ca.issue(f.Server, f.ServerKey, "kambitest server", x509.ExtKeyUsageServerAuth, names); err != nil {
			return nil, err
		}
	}
	if client := loadPair(f.Client, f.ClientKey); !usable(client, ca) {
		if err := ca.issue(f.Client, f.ClientKey, "kambitest client", x509.ExtKeyUsageClientAuth, nil); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// ServerConfig returns the TLS settings of the server: TLS 1.2 or later, and a client
// certificate of the same authority is required.
func (f *Files) ServerConfig() (*tls.Config, error) {
	pair, pool, err := f.load(f.Server, f.ServerKey)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
	}, nil
}

// ClientConfig returns the TLS settings of a client: its certificate, and trust in
// nothing but the authority in the same directory.
func (f *Files) ClientConfig() (*tls.Config, error) {
	pair, pool, err := f.load(f.Client, f.ClientKey)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, RootCAs: pool,
	}, nil
}

func (f *Files) load(cert, key string) (tls.Certificate, *x509.CertPool, error) {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("certificate %s: %w", cert, err)
	}
	pem, err := os.ReadFile(f.CA)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("certificate authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return tls.Certificate{}, nil, fmt.Errorf("certificate authority %s: no certificate in it", f.CA)
	}
	return pair, pool, nil
}

// ensureAuthority loads the authority or makes one. A certificate without its
// key is refused: replacing it would silently cut off every client that trusts it.
func ensureAuthority(f *Files) (*authority, error) {
	_, err := os.Stat(f.CA)
	if errors.Is(err, fs.ErrNotExist) {
		return newAuthority(f)
	}
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(f.CA, f.CAKey)
	if err != nil {
		return nil, fmt.Errorf("certificate authority %s exists but is not usable with its key %s (remove both to start over): %w", f.CA, f.CAKey, err)
	}
	return authorityOf(pair)
}
