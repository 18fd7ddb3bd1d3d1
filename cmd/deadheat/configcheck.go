package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/deadheat-io/deadheat/journal"
)

// sourceName is what a source may be called: its topics and metrics are named
// after it.
var sourceName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

const (
	maxSourceName    = 180 // a topic's name has 249 letters, with its prefixes
	maxPrefix        = 50
	maxJurisdictions = 63 // bits of a mask
)

// faultList collects what is wrong.
type faultList []fault

func (l *faultList) add(key, format string, args ...any) {
	*l = append(*l, fault{key: key, what: fmt.Sprintf(format, args...)})
}

// check finds everything that is wrong with the values. What is missing is no
// fault here: not every command needs everything.
func (c *Config) check() []fault {
	var l faultList
	if c.Journal != "" {
		if _, err := parseAddress(c.Journal); err != nil {
			l.add("journal", "%v", err)
		}
	}
	if err := journal.CheckTopic(c.Prefix); err != nil || len(c.Prefix) > maxPrefix {
		l.add("prefix", "%q: want 1 to %d letters, digits, '.', '_' or '-'", c.Prefix, maxPrefix)
	}
	c.Kafka.check(&l)
	if c.HTTP != "" {
		l.checkAddr("http", c.HTTP, true)
	}
	c.Orders.check(&l)
	seen := map[string]bool{}
	for i, s := range c.Sources.Kambi {
		key := "sources.kambi[" + strconv.Itoa(i) + "]"
		s.check(key, &l)
		if seen[s.Name] && s.Name != "" {
			l.add(key+".name", "%q names another source already", s.Name)
		}
		seen[s.Name] = true
	}
	if o := c.Projections.Offering; o != nil {
		o.check(&l)
	}
	return l
}

// maxOrderPartitions bounds how many folds of orders one process runs.
const maxOrderPartitions = 256

func (o *OrderSettings) check(l *faultList) {
	if o.Node != "" && (!sourceName.MatchString(o.Node) || len(o.Node) > maxSourceName) {
		l.add("orders.node", "%q: want letters, digits, _ and -", o.Node)
	}
	if o.Partitions < 0 || o.Partitions > maxOrderPartitions {
		l.add("orders.partitions", "want 0 to %d, have %d", maxOrderPartitions, o.Partitions)
	}
	if d, err := time.ParseDuration(o.Wait); o.Wait != "" && (err != nil || d <= 0) {
		l.add("orders.wait", "want a time such as 5s, have %q", o.Wait)
	}
	if o.InFlight < 0 {
		l.add("orders.in_flight", "want 1 or more, have %d", o.InFlight)
	}
	seen := map[string]bool{}
	for i := range o.Bridges {
		b, key := &o.Bridges[i], "orders.bridges["+strconv.Itoa(i)+"]"
		switch {
		case b.Feed == "":
			l.add(key+".feed", "missing: name a feed")
		case seen[b.Feed]:
			l.add(key+".feed", "%q has a bridge already", b.Feed)
		}
		seen[b.Feed] = true
		for _, fault := range b.mapping().Check() {
			l.add(key, "%s", fault)
		}
	}
}

func (k *KafkaSettings) check(l *faultList) {
	if k.Replication < 0 || k.Replication > 100 {
		l.add("kafka.replication", "want 0 to 100, have %d", k.Replication)
	}
	if k.TLS != nil && (k.TLS.Cert == "") != (k.TLS.Key == "") {
		l.add("kafka.tls", "cert and key come together")
	}
	switch k.SASL.Mechanism {
	case "":
		if k.SASL.User != "" || k.SASL.PasswordFile != "" {
			l.add("kafka.sasl.mechanism", "missing: want %s, %s or %s", scramSHA512, scramSHA256, saslPlain)
		}
		return
	case saslPlain:
		if k.TLS == nil {
			l.add("kafka.sasl.mechanism", "PLAIN sends the password as it is: want kafka.tls, or %s", scramSHA512)
		}
	case scramSHA256, scramSHA512:
	default:
		l.add("kafka.sasl.mechanism", "want %s, %s or %s, have %q", scramSHA512, scramSHA256, saslPlain, k.SASL.Mechanism)
	}
	if k.SASL.User == "" {
		l.add("kafka.sasl.user", "missing")
	}
	if k.SASL.PasswordFile == "" {
		l.add("kafka.sasl.password_file", "missing")
	}
}

func (s *KambiSource) check(key string, l *faultList) {
	switch {
	case s.Name == "":
		l.add(key+".name", "missing")
	case !sourceName.MatchString(s.Name) || len(s.Name) > maxSourceName:
		l.add(key+".name", "%q: want 1 to %d letters, digits, _ and -", s.Name, maxSourceName)
	}
	u, err := url.Parse(s.TokenURL)
	switch {
	case s.TokenURL == "":
		l.add(key+".token_url", "missing")
	case err != nil || u.Scheme != "https" || u.Host == "":
		l.add(key+".token_url", "want https://HOST/PATH; a token does not travel without TLS")
	}
	if s.Addr == "" {
		l.add(key+".addr", "missing")
	} else {
		l.checkAddr(key+".addr", s.Addr, false)
	}
	for _, f := range []struct{ name, value string }{{"ca", s.TLS.CA}, {"cert", s.TLS.Cert}, {"key", s.TLS.Key}} {
		if f.value == "" {
			l.add(key+".tls."+f.name, "missing: name a PEM file")
		}
	}
	if _, err := json.Marshal(s.Offerings); err != nil {
		l.add(key+".offerings", "cannot be sent as JSON: %v", err)
	}
}

// checkAddr wants HOST:PORT; to listen, the host may be missing.
func (l *faultList) checkAddr(key, addr string, listen bool) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || (host == "" && !listen) {
		l.add(key, "want HOST:PORT, have %q", addr)
		return
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || (n == 0 && !listen) {
		l.add(key, "want a port number after the last colon, have %q", addr)
	}
}

func (o *OfferingSettings) check(l *faultList) {
	const key = "projections.offering."
	if o.Window != nil && *o.Window <= 0 {
		l.add(key+"window", "want a number above 0, have %d", *o.Window)
	}
	if len(o.Jurisdictions) > maxJurisdictions {
		l.add(key+"jurisdictions", "%d names, at most %d", len(o.Jurisdictions), maxJurisdictions)
	}
	seen := map[string]bool{}
	for i, name := range o.Jurisdictions {
		at := key + "jurisdictions[" + strconv.Itoa(i) + "]"
		switch {
		case name == "":
			l.add(at, "empty")
		case seen[name]:
			l.add(at, "%q is there twice", name)
		}
		seen[name] = true
	}
}
