package deadheat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// leastMutants is how many deliberate bugs there must be.
const leastMutants = 55

// mutantTime bounds building and running one of them.
const mutantTime = 3 * time.Minute

// mutant is a deliberate bug. It is never in the code: the go command builds
// with a changed file in the place of one of ours.
type mutant struct {
	name string
	bug  string // what is wrong, and what it would cost
	file string // that is changed
	dir  string // "./package" of the test
	test string // that must fail
	env  string // KEY=VALUE for the test, if any
	says string // what it must say, or it fails for another reason
	code []byte // the file with the bug
}

// TestMutants proves that deliberate bugs of journal, checkpoint and feed are
// each caught by the test that is named for it. What the files in
// testdata/mutants say is checked always, the bugs are tried when
// DEADHEAT_MUTANTS is 1.
func TestMutants(t *testing.T) {
	paths, err := filepath.Glob("testdata/mutants/*.txtar")
	if err != nil || len(paths) < leastMutants {
		t.Fatalf("%d deliberate bugs (%v), want at least %d", len(paths), err, leastMutants)
	}
	var mutants []*mutant
	for _, path := range paths {
		m, err := readMutant(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		mutants = append(mutants, m)
	}
	if t.Failed() {
		return
	}
	if os.Getenv("DEADHEAT_MUTANTS") != "1" {
		t.Skipf("%d deliberate bugs fit the code; to try whether each is caught, set DEADHEAT_MUTANTS=1", len(mutants))
	}
	soundTestsPass(t, mutants)
	if t.Failed() {
		return // nothing could be learned from tests that fail anyway
	}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel() // most of them wait for compiler, linker or a broker
			start := time.Now()
			if err := m.caught(t); err != nil {
				t.Fatalf("%v\nthe bug: %s", err, m.bug)
			}
			t.Logf("%s: caught by %s %s in %.1f s", m.name, m.dir, m.test, time.Since(start).Seconds())
		})
	}
}

// readMutant reads a bug and fits it into the code.
func readMutant(path string) (*mutant, error) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		return nil, err
	}
	m := &mutant{name: strings.TrimSuffix(filepath.Base(path), ".txtar")}
	var bug []string
	for line := range strings.Lines(string(archive.Comment)) {
		line = strings.TrimSpace(line)
		switch key, value, _ := strings.Cut(line, ": "); key {
		case "file":
			m.file = value
		case "test":
			m.dir, m.test, _ = strings.Cut(value, " ")
		case "says":
			m.says = value
		case "env":
			m.env = value
		default:
			bug = append(bug, line)
		}
	}
	m.bug = strings.TrimSpace(strings.Join(bug, " "))
	if m.bug == "" || m.says == "" || m.test == "" {
		return nil, fmt.Errorf("want what the bug is, and file:, test: and says:")
	}
	if m.code, err = os.ReadFile(m.file); err != nil {
		return nil, err
	}
	if len(archive.Files) == 0 || len(archive.Files)%2 != 0 {
		return nil, fmt.Errorf("want pairs of old and new")
	}
	for pair := range slices.Chunk(archive.Files, 2) {
		if pair[0].Name != "old" || pair[1].Name != "new" {
			return nil, fmt.Errorf("%s and %s where old and new must be", pair[0].Name, pair[1].Name)
		}
		if n := bytes.Count(m.code, pair[0].Data); n != 1 {
			return nil, fmt.Errorf("the old text is %d times in %s, want once: the code has changed, make the bug anew\n%s", n, m.file, pair[0].Data)
		}
		m.code = bytes.Replace(m.code, pair[0].Data, pair[1].Data, 1)
	}
	if _, err := parser.ParseFile(token.NewFileSet(), m.file, m.code, 0); err != nil {
		return nil, err
	}
	return m, hasTest(m.dir, m.test)
}

// hasTest finds a test in the files of a package.
func hasTest(dir, name string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return err
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == name {
				return nil
			}
		}
	}
	return fmt.Errorf("there is no test %s in %s", name, dir)
}

// soundTestsPass runs the same tests without a bug. The go command knows the
// result of those that it has run before.
func soundTestsPass(t *testing.T, mutants []*mutant) {
	type group struct{ dir, env string }
	tests := map[group][]string{}
	for _, m := range mutants {
		g := group{m.dir, m.env}
		if !slices.Contains(tests[g], m.test) {
			tests[g] = append(tests[g], m.test)
		}
	}
	start := time.Now()
	for g, names := range tests {
		out, err := goTest(t, g.env, "-v", "-run", "^("+strings.Join(names, "|")+")$", g.dir)
		for _, name := range names {
			if err != nil || !strings.Contains(out, "--- PASS: "+name+" (") {
				t.Errorf("%s of %s does not pass without a bug: %v\n%s", name, g.dir, err, out)
			}
		}
	}
	t.Logf("the tests pass without a bug, in %.1f s", time.Since(start).Seconds())
}

// caught tells why the test does not catch the bug; nil when it does.
func (m *mutant) caught(t *testing.T) error {
	dir := t.TempDir()
	changed, overlay := filepath.Join(dir, "changed.go"), filepath.Join(dir, "overlay.json")
	original, err := filepath.Abs(m.file)
	if err != nil {
		return err
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		return err
	}
	if err := os.WriteFile(changed, m.code, 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(overlay, replace, 0o644); err != nil {
		return err
	}
	out, err := goTest(t, m.env, "-count=1", "-timeout=60s", "-overlay="+overlay, "-run", "^"+m.test+"$", m.dir)
	switch {
	case err == nil:
		return fmt.Errorf("%s of %s does not notice a deliberate bug", m.test, m.dir)
	case !strings.Contains(out, "--- FAIL: "+m.test):
		return fmt.Errorf("%s of %s does not fail, it cannot be built or does not end: %v\n%s", m.test, m.dir, err, out)
	case !strings.Contains(out, m.says):
		return fmt.Errorf("%s of %s fails and does not say %q:\n%s", m.test, m.dir, m.says, out)
	}
	return nil
}

// goTest runs tests and returns what they print.
func goTest(t *testing.T, env string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(t.Context(), mutantTime)
	defer cancel()
	c := exec.CommandContext(ctx, "go", append([]string{"test", "-vet=off"}, args...)...)
	c.Env = append(os.Environ(), "DEADHEAT_MUTANTS=")
	if env != "" {
		c.Env = append(c.Env, env)
	}
	c.WaitDelay = time.Second // a test that is left over holds the pipe
	out, err := c.CombinedOutput()
	return string(out), err
}
