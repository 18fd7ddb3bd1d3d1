package deadheat_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/deadheat-io/deadheat"

// edges are the packages that one may import, each with the reason why. A name
// that ends in "/..." stands for a package and all below it.
type edges map[string]string

// imports is the one place that says what may import what, by package. Data
// flows from left to right, imports point from right to left. Imports of tests
// are not bound by it.
var imports = map[string]edges{
	"journal/schema":           {},
	"journal/schema/kambijson": {"journal/schema": "turns feed JSON into entities and back"},
	"journal/schema/orderjson": {"journal/schema": "turns lines of orders into commands, and executions into lines"},
	"journal/crash":            {},
	"journal": {
		"journal/schema": "a record has a kind, a claim has a body",
		"journal/crash":  "a process may die around a claim",
	},
	"journal/codec": {
		"journal":        "a record is what it encodes",
		"journal/schema": "bodies are what it encodes",
	},
	"journal/segment": {
		"journal":        "a segment holds records",
		"journal/schema": "a manifest may name kinds",
		"journal/codec":  "a check of a file may read its records",
	},
	"journal/local": {
		"journal":         "it is a journal",
		"journal/schema":  "records have kinds",
		"journal/codec":   "it stores encoded values",
		"journal/crash":   "a process may die around a write",
		"journal/segment": "its files are segments",
	},
	"journal/kafka": {
		"journal":        "it is a journal",
		"journal/schema": "records have kinds",
		"journal/codec":  "it sends encoded values",
		"journal/crash":  "a process may die around a write",
	},
	"journal/kafka/kafkatest": {},
	"journal/journaltest":     {"journal/...": "it tests whatever is a journal"},
	"matcher":                 {"journal/schema": "orders and odds; matching knows nothing else"},
	"matcher/matchertest":     {"matcher": "it makes flows of its orders"},
	"snapshots": {
		"journal":       "a store belongs to a position",
		"journal/crash": "a process may die around a commit",
	},
	"projection": {
		"journal":        "it folds records",
		"journal/schema": "claims and GENESIS have bodies",
		"journal/codec":  "outputs and checkpoints are encoded",
		"journal/crash":  "a process may die between any two of its steps",
		"snapshots":      "state and position are committed as one batch",
	},
	"projection/offering": {
		"projection":               "it is a projection",
		"journal":                  "it folds records",
		"journal/schema":           "events and bet offers",
		"journal/codec":            "registers keep encoded values",
		"journal/schema/kambijson": "exports say what the feed would say",
	},
	"projection/book": {
		"projection":     "it is a projection",
		"journal":        "it folds records",
		"journal/schema": "commands and executions",
		"journal/codec":  "state is encoded, and content is known again by its encoding",
		"matcher":        "it hosts the engine",
	},
	"projection/sink/bridge": {
		"projection":          "it visits a running fold",
		"projection/offering": "what becomes of bet offers is what it acts on",
		"journal":             "it appends commands in a lane of its own",
		"journal/schema":      "commands to markets",
		"journal/codec":       "commands are encoded, and the feed's last records read",
	},
	"projection/projectiontest": {
		"projection":  "it tests whatever is a projection",
		"journal/...": "it makes histories and journals them",
		"snapshots":   "it crashes stores",
	},
	"ingest":       {"journal/...": "what comes in is encoded and journalled"},
	"ingest/kambi": {"ingest": "it is a source", "journal/...": "where to resume is read from the journal"},
	"ingest/orders": {
		"ingest":      "attempts to open a lane have the same pauses as sessions of a feed",
		"journal/...": "commands are decoded, encoded and journalled",
	},
	// A test double that shared code with what it tests would share its mistakes.
	"ingest/kambi/kambitest": {},
	// Without ingest, a replay cannot touch the outside by construction.
	"replay": {
		"journal/...":    "where it reads",
		"projection/...": "what it folds",
		"snapshots":      "where it begins",
	},
	"cmd/deadheat": {"...": "it joins everything"},
}

// later are the packages of the table that are not there yet.
var later = []string{}

// allows tells whether a package may be imported.
func (e edges) allows(path string) bool {
	for name := range e {
		tree, all := strings.CutSuffix(name, "...")
		if path == name || all && strings.HasPrefix(path+"/", tree) {
			return true
		}
	}
	return false
}

// pkg is one package of the module as `go list` tells it.
type pkg struct {
	path    string // below the module, "" for its root
	dir     string
	files   []string // without tests
	imports []string // of these files
}

func list(t *testing.T) []pkg {
	t.Helper()
	const format = `{{.ImportPath}}|{{.Dir}}|{{join .GoFiles " "}}|{{join .Imports " "}}`
	var pkgs []pkg
	for line := range strings.Lines(golist(t, "-f", format, "./...")) {
		f := strings.Split(strings.TrimSpace(line), "|")
		p := pkg{path: strings.TrimPrefix(strings.TrimPrefix(f[0], module), "/"), dir: f[1], imports: strings.Fields(f[3])}
		for _, name := range strings.Fields(f[2]) {
			p.files = append(p.files, filepath.Join(p.dir, name))
		}
		pkgs = append(pkgs, p)
	}
	return pkgs
}

func golist(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		if e, ok := err.(*exec.ExitError); ok {
			t.Fatalf("go list: %v\n%s", err, e.Stderr)
		}
		t.Fatal(err)
	}
	return string(out)
}

// TestImports holds the table against the code, both ways.
func TestImports(t *testing.T) {
	there := make(map[string]bool)
	for _, p := range list(t) {
		if p.path == "" || len(p.files) == 0 {
			continue // tests only
		}
		there[p.path] = true
		allowed, ok := imports[p.path]
		if !ok {
			t.Errorf("%s is not in the import table: say what it may import, and why", p.path)
			continue
		}
		for _, path := range p.imports {
			path, ours := strings.CutPrefix(path, module+"/")
			if ours && !allowed.allows(path) {
				t.Errorf("%s imports %s, which the import table does not allow", p.path, path)
			}
		}
	}
	for path, allowed := range imports {
		if !there[path] && !slices.Contains(later, path) {
			t.Errorf("%s is in the import table and does not exist", path)
		}
		for name, reason := range allowed {
			if reason == "" {
				t.Errorf("%s may import %s without a reason", path, name)
			}
			name = strings.TrimSuffix(strings.TrimSuffix(name, "..."), "/")
			if _, ok := imports[name]; !ok && name != "" {
				t.Errorf("%s may import %s, which is not in the table", path, name)
			}
		}
	}
}

func TestAllows(t *testing.T) {
	e := edges{"journal/...": "", "snapshots": ""}
	for path, want := range map[string]bool{
		"journal": true, "journal/codec": true, "journal/schema/kambijson": true, "snapshots": true,
		"journalist": false, "snapshots/x": false, "ingest": false, "": false,
	} {
		if e.allows(path) != want {
			t.Errorf("%s: %v, want %v", path, !want, want)
		}
	}
	if !(edges{"...": ""}).allows("replay") {
		t.Error("... does not stand for everything")
	}
}

// TestPackageComments wants one package comment for each package: none leaves
// its promise unsaid, two are pasted together.
func TestPackageComments(t *testing.T) {
	for _, p := range list(t) {
		if p.path == "" || len(p.files) == 0 {
			continue
		}
		var docs []*ast.File
		fset := token.NewFileSet()
		for _, file := range p.files {
			f, err := parser.ParseFile(fset, file, nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if f.Doc != nil {
				docs = append(docs, f)
			}
		}
		if len(docs) != 1 {
			t.Errorf("%s has %d package comments, want 1", p.path, len(docs))
			continue
		}
		begin := "Package " + docs[0].Name.Name + " "
		if docs[0].Name.Name == "main" {
			begin = "Command " + filepath.Base(p.path) + " "
		}
		if !strings.HasPrefix(docs[0].Doc.Text(), begin) {
			t.Errorf("the comment of %s does not begin with %q", p.path, begin)
		}
	}
}
