package deadheat_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pure are the packages whose state is a function of the records alone: what
// they must not do would make two folds of one journal differ.
var pure = []string{"matcher", "projection/book", "projection/offering"}

// impure are the imports that a fold must not have, with all below them.
var impure = map[string]string{
	"time":         "time comes from the records",
	"math/rand":    "no randomness",
	"crypto/rand":  "no randomness",
	"hash/maphash": "its seed is another one in every process",
	"net":          "no I/O",
	"os":           "no I/O",
	"io/fs":        "no I/O",
	"log":          "no I/O",
	"syscall":      "no I/O",
	"sync":         "one goroutine; order must not depend on a scheduler",
	"runtime":      "what the machine does is no input",
	"unsafe":       "addresses are no input",
}

// impurities lists what breaks the rules in type-checked files.
func impurities(fset *token.FileSet, files []*ast.File, info *types.Info) (found []string) {
	report := func(n ast.Node, format string, args ...any) {
		at := fset.Position(n.Pos())
		found = append(found, fmt.Sprintf("%s:%d: %s", at.Filename, at.Line, fmt.Sprintf(format, args...)))
	}
	for _, f := range files {
		for _, spec := range f.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			for name, why := range impure {
				if path == name || strings.HasPrefix(path, name+"/") {
					report(spec, "import of %s: %s", path, why)
				}
			}
		}
		sorted := make(map[ast.Expr]bool) // arguments of slices.Sorted and its like
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				report(n, "go statement: one goroutine")
			case *ast.SelectStmt:
				report(n, "select statement: no channels")
			case *ast.SendStmt:
				report(n, "send: no channels")
			case *ast.BasicLit:
				if n.Kind == token.FLOAT || n.Kind == token.IMAG {
					report(n, "floating point literal %s", n.Value)
				}
			case *ast.RangeStmt:
				if t := info.TypeOf(n.X); t != nil && isMap(t) {
					report(n, "range over a map: sort its keys with slices.Sorted(maps.Keys(m))")
				}
			case *ast.CallExpr:
				if strings.HasPrefix(callee(info, n), "slices.Sorted") && len(n.Args) > 0 {
					sorted[n.Args[0]] = true
				}
			}
			if e, ok := n.(ast.Expr); ok {
				checkExpr(info, e, sorted, report)
			}
			return true
		})
	}
	return found
}

// checkExpr looks at what an expression's type says.
func checkExpr(info *types.Info, e ast.Expr, sorted map[ast.Expr]bool, report func(ast.Node, string, ...any)) {
	switch t := info.TypeOf(e); {
	case t == nil:
	case isFloat(t):
		report(e, "floating point: %s", t)
	case isChan(t):
		report(e, "channel: no channels")
	}
	// A function of package maps may also be passed on without being called.
	if sel, ok := e.(*ast.SelectorExpr); ok {
		if fn, ok := info.Uses[sel.Sel].(*types.Func); ok && fn.Pkg() != nil && fn.Pkg().Path() == "maps" &&
			!slices.Contains([]string{"Clone", "Copy", "Equal"}, fn.Name()) {
			for call := range sorted {
				if c, ok := call.(*ast.CallExpr); ok && ast.Unparen(c.Fun) == sel {
					return
				}
			}
			report(e, "maps.%s: its order is another one each time; hand it to slices.Sorted at once", fn.Name())
		}
	}
}

func callee(info *types.Info, call *ast.CallExpr) string {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if fn, ok := info.Uses[sel.Sel].(*types.Func); ok && fn.Pkg() != nil {
			return fn.Pkg().Path() + "." + fn.Name()
		}
	}
	return ""
}

func isMap(t types.Type) bool {
	_, ok := t.Underlying().(*types.Map)
	return ok
}

func isChan(t types.Type) bool {
	_, ok := t.Underlying().(*types.Chan)
	return ok
}

func isFloat(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsFloat|types.IsComplex) != 0
}

// typeCheck needs compiled imports; exports says where they are.
func typeCheck(fset *token.FileSet, path string, files []*ast.File, exports map[string]string) (*types.Info, error) {
	open := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	info := &types.Info{
		Types: make(map[ast.Expr]types.TypeAndValue), Uses: make(map[*ast.Ident]types.Object), Defs: make(map[*ast.Ident]types.Object),
	}
	conf := types.Config{Importer: importer.ForCompiler(fset, "gc", open)}
	_, err := conf.Check(path, fset, files, info)
	return info, err
}

// exported finds the compiled form of packages and all that they import.
func exported(t *testing.T, paths ...string) map[string]string {
	exports := make(map[string]string)
	args := append([]string{"-export", "-deps", "-f", "{{.ImportPath}}={{.Export}}"}, paths...)
	for line := range strings.Lines(golist(t, args...)) {
		if path, file, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			exports[path] = file
		}
	}
	return exports
}

// TestPurity holds the folds to their law.
func TestPurity(t *testing.T) {
	missing := slices.Clone(pure)
	for _, p := range list(t) {
		i := slices.Index(missing, p.path)
		if i < 0 || len(p.files) == 0 {
			continue
		}
		missing = slices.Delete(missing, i, i+1)
		fset := token.NewFileSet()
		var files []*ast.File
		for _, name := range p.files {
			f, err := parser.ParseFile(fset, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		info, err := typeCheck(fset, p.path, files, exported(t, module+"/"+p.path))
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range impurities(fset, files, info) {
			t.Error(bad)
		}
	}
	for _, path := range missing {
		if !slices.Contains(later, path) {
			t.Errorf("%s was not looked at", path)
		}
	}
}
