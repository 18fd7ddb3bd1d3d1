package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/deadheat-io/deadheat/ingest/kambi/kambitest"
	"github.com/deadheat-io/deadheat/journal/kafka/kafkatest"
)

// fakeKafka starts a broker in this process.
func fakeKafka(t testing.TB, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// fakePlace is a journal there, with more lines for the configuration.
func fakePlace(c *kfake.Cluster, lines ...string) journalPlace {
	return journalPlace{name: "kfake", keys: func(string) string {
		return "journal: kafka:" + strings.Join(c.ListenAddrs(), ",") + "\nprefix: test\n" + strings.Join(lines, "")
	}}
}

// The journal's place makes no difference to the state: a feed ends in one hash
// in a directory, on Kafka's double and on Kafka.
func TestFeedEndsInOneStateOnKafka(t *testing.T) {
	eachFeed(t, func(t *testing.T, f feedFile) {
		bin, input := deadheat(t), []string{"--input", f.path}
		local := newNode(t, bin, input...)
		local.runIdle()
		want, export := local.check(f)
		rough := append(input, "--duplicate", "0.1", "--cut-every", "500", "--shuffle", "7", "--window", "500")
		on := func(name string, at func(t *testing.T) journalPlace) {
			t.Run(name, func(t *testing.T) {
				for _, args := range [][]string{input, rough} {
					n := newNodeAt(t, at(t), bin, args...)
					n.runIdle()
					if got, exported := n.check(f); got != want || len(args) == len(input) && exported != export {
						t.Errorf("the state hash is %s, on the local journal it is %s", got, want)
					}
				}
			})
		}
		on("kfake", func(t *testing.T) journalPlace { return fakePlace(fakeKafka(t)) })
		on("kafka", func(t *testing.T) journalPlace { return kafkaPlace(t, kafkatest.Shared(t)) })
	})
}

// half makes a node that has folded some of a feed, and a twin that has folded
// all of it. It returns how far the first one came.
func half(t *testing.T, c *kfake.Cluster, lines ...string) (n, twin *node, next int64) {
	t.Helper()
	f := generatedFile(t, 4000)
	n = newNodeAt(t, fakePlace(c, lines...), deadheat(t), append([]string{"--input", f.path}, pace(f, 2*time.Second)...)...)
	cmd := exec.Command(n.bin, "run", "--config", n.config)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1200 * time.Millisecond)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	next = n.report("hash").Next
	twin = n.twin()
	twin.runIdle()
	if end := twin.report("hash").Next; next < 100 || end < next+100 {
		t.Fatalf("the first node came to %d, the feed to %d", next, end)
	}
	return n, twin, next
}

// refused wants a run that ends by itself, with a code and the words.
func (n *node) refused(code int, words ...string) {
	n.t.Helper()
	for _, command := range []string{"run", "verify"} {
		_, errs, got := n.exec(command)
		if got != code {
			n.t.Errorf("%s: exit code %d, want %d: %s", command, got, code, errs)
		}
		for _, word := range words {
			if !strings.Contains(errs, word) {
				n.t.Errorf("%s does not say %q: %s", command, word, errs)
			}
		}
	}
}

func TestKafkaLogStartMovedPastTheCheckpoint(t *testing.T) {
	c := fakeKafka(t)
	n, twin, next := half(t, c)
	start := twin.report("hash").Next - 10
	if err := c.DeleteRecords("test.feed.test", 0, start); err != nil {
		t.Fatal(err)
	}
	n.refused(4, "feed.test/0:"+itoa(next-1), "the journal begins at "+itoa(start), fmt.Sprintf("records %d to %d are missing", next-1, start-1), "restore")
	twin.runIdle() // is past that, and goes on
}

func TestKafkaTopicMadeAgain(t *testing.T) {
	c := fakeKafka(t)
	n, _, _ := half(t, c)
	if err := c.DeleteTopic("test.feed.test"); err != nil {
		t.Fatal(err)
	}
	n.refused(4, "no such topic")
	if err := c.CreateTopic("test.feed.test", 1, nil); err != nil {
		t.Fatal(err)
	}
	n.refused(4, "topic id")
}

func TestKafkaPartitionCountChanged(t *testing.T) {
	c := fakeKafka(t)
	n, _, _ := half(t, c)
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if _, err := kadm.NewClient(cl).UpdatePartitions(t.Context(), 3, "test.feed.test"); err != nil {
		t.Fatal(err)
	}
	_, errs, code := n.exec("run")
	if code == 0 || !strings.Contains(errs, "partitions") || !strings.Contains(errs, "3") {
		t.Errorf("run: exit code %d: %s", code, errs)
	}
	n2 := n.twin()
	if _, errs, code := n2.exec("run"); code == 0 {
		t.Errorf("a new node runs on a topic with another number of partitions: %s", errs)
	}
}

func TestAnotherCluster(t *testing.T) {
	n, _, _ := half(t, fakeKafka(t, kfake.ClusterID("one")))
	other := fakeKafka(t, kfake.ClusterID("two"))
	yaml, err := os.ReadFile(n.config)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfterN(string(yaml), "\n", 2)
	if err := os.WriteFile(n.config, []byte("journal: kafka:"+other.ListenAddrs()[0]+"\n"+lines[1]), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := n.exec("run"); code != 4 {
		t.Errorf("run: exit code %d: %s", code, errs)
	}
}

func TestKafkaUnreachable(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"journal stat", "check"} {
		start := time.Now()
		cmd := exec.Command(deadheat(t), append(strings.Fields(command), "--journal", "kafka:127.0.0.1:1")...)
		out, err := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != exitBroker || !strings.Contains(string(out), "127.0.0.1:1") {
			t.Errorf("%s: %v, exit code %d, want %d: %s", command, err, code, exitBroker, out)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s took %s", command, took)
		}
	}
}

// Settings that lose records are refused before anything is written.
func TestCheckAndRunRefuseSettings(t *testing.T) {
	c := fakeKafka(t)
	if err := c.CreateTopic("test.feed.test", 1, map[string]string{"cleanup.policy": "compact"}); err != nil {
		t.Fatal(err)
	}
	n := newNodeAt(t, fakePlace(c), deadheat(t), "--input", generatedFile(t, 10).path)
	for _, command := range []string{"check", "run"} {
		_, errs, code := n.exec(command)
		if code != exitFailure || !strings.Contains(errs, "topic test.feed.test: cleanup.policy is compact, want delete") {
			t.Errorf("%s: exit code %d: %s", command, code, errs)
		}
	}
	n = newNodeAt(t, fakePlace(fakeKafka(t), "create_topics: false\n"), deadheat(t), "--input", generatedFile(t, 10).path)
	out, errs, code := n.exec("check")
	if code != exitFailure || !strings.Contains(out, "fail     topic feed.test") || !strings.Contains(errs, "create_topics is false") {
		t.Errorf("check without topics: exit code %d: %s%s", code, out, errs)
	}
	if _, errs, code := n.exec("run"); code != exitUnavailable || !strings.Contains(errs, "test.feed.test") || !strings.Contains(errs, "cleanup.policy=delete") {
		t.Errorf("run without topics: exit code %d: %s", code, errs)
	}
}

// TLS with client certificates, and a password from a file.
func TestKafkaSecured(t *testing.T) {
	dir := t.TempDir()
	files, err := kambitest.EnsureTLS(dir, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(files.Server, files.ServerKey)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	ca, err := os.ReadFile(files.CA)
	if err != nil || !pool.AppendCertsFromPEM(ca) {
		t.Fatal(err)
	}
	c := fakeKafka(t, kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "deadheat", "secret"),
		kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}))
	password := filepath.Join(dir, "password")
	write := func(text string, mode os.FileMode) {
		t.Helper()
		os.Remove(password)
		if err := os.WriteFile(password, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write("secret\n", 0o600)
	secured := fmt.Sprintf(`kafka:
  tls: {ca: %s, cert: %s, key: %s}
  sasl: {mechanism: SCRAM-SHA-512, user: deadheat, password_file: %s}
`, files.CA, files.Client, files.ClientKey, password)
	f := generatedFile(t, 500)
	n := newNodeAt(t, fakePlace(c, secured), deadheat(t), "--input", f.path)
	n.runIdle()
	n.check(f)

	write("wrong", 0o600)
	if _, errs, code := n.exec("journal", "stat"); code == 0 || strings.Contains(errs, "wrong") || !strings.Contains(strings.ToLower(errs), "sasl") {
		t.Errorf("a wrong password: exit code %d: %s", code, errs)
	}
	write("secret", 0o644)
	if _, errs, code := n.exec("journal", "stat"); code != exitUsage || !strings.Contains(errs, "chmod 600") {
		t.Errorf("a password that all can read: exit code %d: %s", code, errs)
	}
	write("secret", 0o600)
	for name, lines := range map[string]string{
		"no TLS":       strings.Replace(secured, "  tls:", "  #", 1),
		"wrong CA":     strings.Replace(secured, files.CA, otherCA(t), 1),
		"plain":        "kafka: {sasl: {mechanism: PLAIN, user: a, password_file: b}}\n",
		"unknown":      "kafka: {sasl: {mechanism: MD5, user: a, password_file: b}}\n",
		"half a pair":  "kafka: {tls: {cert: a}}\n",
		"no such file": "kafka: {tls: {ca: " + filepath.Join(dir, "none.pem") + "}}\n",
	} {
		n := newNodeAt(t, fakePlace(c, lines), deadheat(t), "--input", f.path)
		if _, errs, code := n.exec("journal", "stat"); code != exitUsage && code != exitBroker && code != exitFailure || errs == "" {
			t.Errorf("%s: exit code %d: %s", name, code, errs)
		} else {
			t.Logf("%s: exit code %d: %s", name, code, errs)
		}
	}
}

func otherCA(t *testing.T) string {
	t.Helper()
	files, err := kambitest.EnsureTLS(t.TempDir(), "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return files.CA
}
