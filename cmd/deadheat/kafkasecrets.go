package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// SASL mechanisms.
const (
	scramSHA256 = "SCRAM-SHA-256"
	scramSHA512 = "SCRAM-SHA-512"
	saslPlain   = "PLAIN"
)

// load reads the files; nil when TLS is off. There is no way to turn off that
// brokers prove who they are.
func (t *KafkaTLS) load() (*tls.Config, error) {
	if t == nil {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CA != "" {
		bundle, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, fmt.Errorf("tls.ca: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(bundle) {
			return nil, fmt.Errorf("tls.ca: no certificate in %s, want PEM", t.CA)
		}
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, fmt.Errorf("tls.cert %s with tls.key %s: %w", t.Cert, t.Key, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// maxPassword is the longest file with a password.
const maxPassword = 4096

// load reads the password; nil when SASL is off.
func (s SASLSettings) load() (sasl.Mechanism, error) {
	if s.Mechanism == "" {
		return nil, nil
	}
	info, err := os.Stat(s.PasswordFile)
	if err != nil {
		return nil, fmt.Errorf("sasl.password_file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 || info.Size() > maxPassword {
		return nil, fmt.Errorf("sasl.password_file %s: mode %04o and %d bytes: want a file of up to %d bytes that only its owner can read (chmod 600)",
			s.PasswordFile, info.Mode().Perm(), info.Size(), maxPassword)
	}
	b, err := os.ReadFile(s.PasswordFile)
	if err != nil {
		return nil, fmt.Errorf("sasl.password_file: %w", err)
	}
	password := strings.TrimRight(string(b), "\r\n")
	switch s.Mechanism {
	case scramSHA512:
		return scram.Auth{User: s.User, Pass: password}.AsSha512Mechanism(), nil
	case scramSHA256:
		return scram.Auth{User: s.User, Pass: password}.AsSha256Mechanism(), nil
	default:
		return plain.Auth{User: s.User, Pass: password}.AsMechanism(), nil
	}
}
