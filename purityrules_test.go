package deadheat_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// TestPurityRules proves that each rule finds what it is there for.
func TestPurityRules(t *testing.T) {
	std := []string{"maps", "slices", "math"}
	for path := range impure {
		std = append(std, path)
	}
	exports := exported(t, append(std, "math/rand/v2", "net/http", "os/exec", "sync/atomic", "runtime/debug")...)
	for code, want := range map[string]string{
		`import _ "time"`: "import of time", `import _ "math/rand"`: "import of math/rand", `import _ "math/rand/v2"`: "import of math/rand/v2",
		`import _ "crypto/rand"`: "import of crypto/rand", `import _ "hash/maphash"`: "import of hash/maphash", `import _ "net"`: "import of net",
		`import _ "net/http"`: "import of net/http", `import _ "os"`: "import of os", `import _ "os/exec"`: "import of os/exec",
		`import _ "io/fs"`: "import of io/fs", `import _ "log"`: "import of log", `import _ "syscall"`: "import of syscall",
		`import _ "sync"`: "import of sync", `import _ "sync/atomic"`: "import of sync/atomic", `import _ "unsafe"`: "import of unsafe",
		`import _ "runtime"`: "import of runtime", `import _ "runtime/debug"`: "import of runtime/debug",
		`func f() { go f() }`:                                                  "go statement",
		`func f() { select {} }`:                                               "select statement",
		`func f(c chan int) { c <- 1 }`:                                        "send",
		`func f(c chan int) { <-c }`:                                           "channel",
		`func f() { close(make(chan int)) }`:                                   "channel",
		`func f(c <-chan int) { for range c {} }`:                              "channel",
		`var x = int64(1e3)`:                                                   "floating point literal 1e3",
		`var x = 2i`:                                                           "floating point",
		`type s struct{ x float32 }`:                                           "floating point: float32",
		`func f(n int64) int64 { return int64(float64(n)) }`:                   "floating point: float64",
		`import "math"; func f() bool { return math.Signbit(math.Inf(1)) }`:    "floating point: float64",
		`type odds float64; func f(o odds) odds { return o }`:                  "floating point",
		`func f(m map[int]int) { for range m {} }`:                             "range over a map",
		`type s map[int]int; func f(m s) { for k := range m { _ = k } }`:       "range over a map",
		`import "maps"; func f(m map[int]int) { for range maps.Keys(m) {} }`:   "maps.Keys",
		`import "maps"; func f(m map[int]int) { for range maps.Values(m) {} }`: "maps.Values",
		`import "maps"; func f(m map[int]int) { for range maps.All(m) {} }`:    "maps.All",
		`import ("maps"; "slices"); func f(m map[int]int) []int { return slices.Collect(maps.Keys(m)) }`: "maps.Keys",
		`import "maps"; var f = maps.Keys[map[int]int]`:                                                  "maps.Keys",
		// What is allowed:
		`import ("maps"; "slices"); func f(m map[int]int) []int { return slices.Sorted(maps.Keys(m)) }`:                       "",
		`import ("maps"; "slices"); func f(m map[int]int) { for _, k := range slices.Sorted(maps.Keys(m)) { delete(m, k) } }`: "",
		`import "maps"; func f(m map[int]int) map[int]int { return maps.Clone(m) }`:                                           "",
		`import "math"; func f(n int64) bool { return n < math.MaxInt32/2 }`:                                                  "",
		`func f(s []int) { for range s {}; for range 3 {} }`:                                                                  "",
	} {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "snippet", "package snippet; "+code, 0)
		if err != nil {
			t.Fatal(err)
		}
		info, err := typeCheck(fset, "snippet", []*ast.File{f}, exports)
		if err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		found := impurities(fset, []*ast.File{f}, info)
		if want == "" && len(found) > 0 || want != "" && !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("%s\nwant %q, found %q", code, want, found)
		}
	}
}
