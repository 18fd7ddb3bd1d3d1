package kafkatest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// env names the broker of Shared, and says that tests want a real Kafka.
const env = "DEADHEAT_KAFKA"

// limit ends a script that hangs; it has a limit of its own for what takes long.
const limit = 2 * time.Minute

// Shared is the bootstrap address of the broker that DEADHEAT_KAFKA names. The
// test is skipped when it names none. Other tests use the same broker.
func Shared(t testing.TB) string {
	t.Helper()
	addr := os.Getenv(env)
	if addr == "" || addr == "none" {
		t.Skip(env + " names no broker: no Apache Kafka here; `make kafka-up` starts one")
	}
	return addr
}

// Topic is a name, or the beginning of names, that no other test uses.
func Topic(t testing.TB) string {
	t.Helper()
	b := make([]byte, 8)
	rand.Read(b) // never fails
	return "t" + hex.EncodeToString(b)
}

// Config says what cluster a test wants.
type Config struct {
	Brokers int  // 1 or 3; 0 is 1
	Proxy   bool // a Proxy before the broker; with one broker only
}

// Cluster is a Kafka cluster of one test. Topics are replicated to all brokers
// unless they say otherwise, and of three replicas two must have a record
// before it is acknowledged.
type Cluster struct {
	t       testing.TB
	script  string
	env     []string
	addr    string
	proxied string
	proxy   *Proxy
}

// Start starts a cluster that lasts until the end of the test, which is skipped
// as by [Shared]. That a cluster was wanted and could not be started is a
// failure. It takes about 5 seconds and 300 MB for each broker.
func Start(t testing.TB, c Config) *Cluster {
	t.Helper()
	Shared(t)
	if c.Brokers == 0 {
		c.Brokers = 1
	}
	k := &Cluster{t: t, script: script(t)}
	dir := t.TempDir()
	k.env = append(os.Environ(), "KAFKA_DIR="+dir, "BROKERS="+strconv.Itoa(c.Brokers), "KAFKA_PORT=", "KAFKA_PROXY_PORT=")
	if c.Proxy {
		// The broker tells its clients the port of the proxy, so the proxy is first.
		k.proxy = NewProxy(t, "127.0.0.1:0", "")
		k.proxied = k.proxy.Addr()
		_, port, _ := strings.Cut(k.proxied, ":")
		k.env = append(k.env, "KAFKA_PROXY_PORT="+port)
	}
	k.addr = k.up()
	if c.Proxy {
		target, err := os.ReadFile(filepath.Join(dir, "proxied"))
		if err != nil {
			t.Fatal(err)
		}
		k.proxy.setTarget(strings.TrimSpace(string(target)))
	}
	return k
}

// Addr is the bootstrap address: every broker of the cluster, with commas.
func (k *Cluster) Addr() string { return k.addr }

// Proxied is the bootstrap address through the proxy. A client that begins here
// does everything through the proxy.
func (k *Cluster) Proxied() string { return k.proxied }

// Proxy is the proxy before the broker, nil when Config wanted none.
func (k *Cluster) Proxy() *Proxy { return k.proxy }

// Kill ends broker i, counted from 1, as a crash does.
func (k *Cluster) Kill(i int) { k.t.Helper(); k.run("kill", strconv.Itoa(i)) }

// Restart starts a broker that was killed, and waits until it serves clients.
// Kafka lets it in again once its old session is over, which takes seconds.
func (k *Cluster) Restart(i int) { k.t.Helper(); k.run("start", strconv.Itoa(i)) }

// Pause stops broker i where it is: its connections stay open and silent.
func (k *Cluster) Pause(i int) { k.t.Helper(); k.run("pause", strconv.Itoa(i)) }

// Continue lets a broker that was paused go on.
func (k *Cluster) Continue(i int) { k.t.Helper(); k.run("cont", strconv.Itoa(i)) }

// run runs kafka.sh. A failure ends the test, with what the script has to say
// about it.
func (k *Cluster) run(args ...string) {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, k.script, args...)
	cmd.Env = k.env
	if out, err := cmd.CombinedOutput(); err != nil {
		k.t.Fatalf("kafka.sh %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// up starts the cluster and returns its address. The process that does it stays,
// and stops the cluster when its input ends. That comes with the end of the
// test, however the test ends: brokers that outlive a test which ran out of time
// would fill the machine.
func (k *Cluster) up() string {
	k.t.Helper()
	const script = `trap "" INT HUP PIPE; "$0" up </dev/null || echo; cat >/dev/null; exec "$0" down`
	cmd := exec.Command("sh", "-c", script, k.script)
	cmd.Env = k.env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	down := sync.OnceValue(func() error { return errors.Join(in.Close(), cmd.Wait()) })
	k.t.Cleanup(func() {
		if err := down(); err != nil {
			k.t.Errorf("kafka.sh down: %v\n%s", err, stderr.Bytes())
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	addr := strings.TrimSpace(line)
	if err != nil || addr == "" {
		down()
		k.t.Fatalf("kafka.sh up failed:\n%s", stderr.Bytes())
	}
	return addr
}

// script finds kafka.sh from the folder of the test upwards.
func script(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		path := filepath.Join(dir, "testdata", "kafka", "kafka.sh")
		if _, err := os.Stat(path); err == nil {
			return path
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no testdata/kafka/kafka.sh above the folder of the test")
		}
		dir = filepath.Dir(dir)
	}
}
