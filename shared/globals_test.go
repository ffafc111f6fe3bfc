package shared_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// excused are the package-level variables that may change, and why.
var excused = map[string]string{
	"shared/connector/connectortest/contract.loads": "vendors' documents take a second to read and are read once per test process",
	"shared/lambdatest.allFunctions":                "functions are built once per test process",
}

// readsEnvironment are the packages that may read the environment.
var readsEnvironment = []string{
	"shared/config", "shared/connector/connectortest/**", "shared/lambdatest/**",
	"infra/cmd/**", "infra/local/**", "infra/sam/**", "infra/scaffold/**",
}

func TestNoPackageKeepsState(t *testing.T) {
	packages := map[string][]source{}
	for _, s := range sources(t, token.NewFileSet()) {
		packages[s.pkg] = append(packages[s.pkg], s)
	}
	met := map[string]bool{}
	for pkg, files := range packages {
		for _, finding := range state(files) {
			if finding.variable != "" && excused[pkg+"."+finding.variable] != "" {
				met[pkg+"."+finding.variable] = true
				continue
			}
			t.Errorf("%s: %s", pkg, finding)
		}
	}
	for name := range excused {
		if !met[name] {
			t.Errorf("%s is excused and needs no excuse", name)
		}
	}
}

func TestOnlyConfigReadsTheEnvironment(t *testing.T) {
	for _, s := range sources(t, token.NewFileSet()) {
		if fitsAny(readsEnvironment, s.pkg) {
			continue
		}
		for _, call := range environment(s.file) {
			t.Errorf("%s calls %s: the catalog names settings, config reads them", s.name, call)
		}
	}
}

func environment(file *ast.File) []string {
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			name := printed(selector)
			if slices.Contains([]string{"os.Getenv", "os.LookupEnv", "os.Environ", "os.ExpandEnv", "os.Setenv", "os.Unsetenv", "os.Clearenv", "syscall.Getenv", "syscall.Environ"}, name) {
				found = append(found, name)
			}
		}
		return true
	})
	return found
}

// finding is one way in which a package keeps state.
type finding struct {
	variable string
	what     string
}

func (f finding) String() string { return strings.TrimSpace(f.variable + " " + f.what) }

// state finds init functions, package-level variables that are written to or
// made to be, and writes to other packages' variables.
func state(files []source) []finding {
	var found []finding
	variables := map[string]bool{}
	for _, s := range files {
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					found = append(found, finding{"", "has an init function: whoever needs it calls it"})
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok && d.Tok == token.VAR {
						found = append(found, declared(d, v, variables)...)
					}
				}
			}
		}
	}
	for _, s := range files {
		found = append(found, written(s.file, variables)...)
	}
	return found
}

func declared(d *ast.GenDecl, v *ast.ValueSpec, variables map[string]bool) []finding {
	var found []finding
	embedded := d.Doc != nil && strings.Contains(commentText(d.Doc), "go:embed") || v.Doc != nil && strings.Contains(commentText(v.Doc), "go:embed")
	for _, name := range v.Names {
		if name.Name == "_" {
			continue
		}
		variables[name.Name] = true
		switch {
		case mentionsSync(v):
			found = append(found, finding{name.Name, "is made to change"})
		case len(v.Values) == 0 && !embedded:
			found = append(found, finding{name.Name, "has no value: it can only be meant to change"})
		}
	}
	return found
}

func commentText(c *ast.CommentGroup) string {
	var b strings.Builder
	for _, line := range c.List {
		b.WriteString(line.Text + "\n")
	}
	return b.String()
}

// mentionsSync reports types that exist to be changed, at the top of a
// declaration: inside a function literal they are that function's own.
func mentionsSync(v *ast.ValueSpec) bool {
	mentions := false
	look := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ChanType:
			mentions = true
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && (x.Name == "sync" || x.Name == "atomic") {
				mentions = true
			}
		}
		return true
	}
	if v.Type != nil {
		ast.Inspect(v.Type, look)
	}
	for _, value := range v.Values {
		ast.Inspect(value, look)
	}
	return mentions
}

// written finds what functions write to of the given package-level variables and
// of other packages.
func written(file *ast.File, variables map[string]bool) []finding {
	imports := map[string]bool{}
	for _, spec := range file.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		name := p[strings.LastIndex(p, "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imports[name] = true
	}
	var found []finding
	target := func(e ast.Expr) {
		root, depth := rootOf(e)
		if root == nil {
			return
		}
		switch {
		case variables[root.Name] && isPackageLevel(file, root):
			found = append(found, finding{root.Name, "is written to"})
		case imports[root.Name] && root.Obj == nil && depth > 0:
			found = append(found, finding{"", "writes to " + printed(e) + " of another package"})
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, e := range n.Lhs {
					target(e)
				}
			}
		case *ast.IncDecStmt:
			target(n.X)
		case *ast.UnaryExpr:
			if _, literal := n.X.(*ast.CompositeLit); n.Op == token.AND && !literal {
				if root, depth := rootOf(n.X); root != nil && depth == 0 {
					target(n.X)
				}
			}
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				target(n.Key)
				if n.Value != nil {
					target(n.Value)
				}
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "delete" || f.Name == "clear") && len(n.Args) > 0 {
				target(n.Args[0])
			}
		}
		return true
	})
	return found
}

// rootOf returns the identifier an expression reaches into, and how deep.
func rootOf(e ast.Expr) (*ast.Ident, int) {
	for depth := 0; ; depth++ {
		switch x := e.(type) {
		case *ast.Ident:
			return x, depth
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil, 0
		}
	}
}

// isPackageLevel tells a package-level variable from a local one of its name:
// the parser resolves what is declared in the same file, and leaves open what is
// declared in another file of the package.
func isPackageLevel(file *ast.File, id *ast.Ident) bool {
	return id.Obj == nil || file.Scope.Lookup(id.Name) == id.Obj
}

func printed(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return printed(x.X) + "." + x.Sel.Name
	}
	return fmt.Sprintf("%T", e)
}

func TestStateIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		source string
		want   []string
	}{
		"a table nobody writes to":         {`var a = []int{1}; func f() int { return a[0] }`, nil},
		"a check of an interface":          {`var _ error = (*e)(nil)`, nil},
		"a local variable of the name":     {`var a = 1; func f() { a := 2; a = 3; _ = a }`, nil},
		"a local var statement":            {`var a = 1; func f() { var a int; a = 3; _ = a }`, nil},
		"a parameter of the name":          {`var a = 1; func f(a int) { a++ }`, nil},
		"a field of the name":              {`var a = 1; type t struct{ a int }; func (x *t) f() { x.a = 2 }`, nil},
		"an embedded file":                 {"//go:embed x\nvar a []byte", nil},
		"a function that locks on its own": {`import "sync"; var a = func() { var m sync.Mutex; m.Lock() }`, nil},
		"an assignment":                    {`var a = 1; func f() { a = 2 }`, []string{"a is written to"}},
		"an increment":                     {`var a = 1; func f() { a++ }`, []string{"a is written to"}},
		"an entry of a map":                {`var a = map[string]int{}; func f() { a["x"] = 2 }`, []string{"a is written to"}},
		"a deleted entry":                  {`var a = map[string]int{}; func f() { delete(a, "x") }`, []string{"a is written to"}},
		"a field of a struct":              {`var a = t{}; func f() { a.b.c = 2 }`, []string{"a is written to"}},
		"an address given away":            {`var a = 1; func f() *int { return &a }`, []string{"a is written to"}},
		"a loop variable":                  {`var a = 1; func f() { for a = range 3 {} }`, []string{"a is written to"}},
		"a variable without a value":       {`var a int`, []string{"a has no value: it can only be meant to change"}},
		"a lock":                           {`import "sync"; var a sync.Mutex`, []string{"a is made to change"}},
		"something done once":              {`import "sync"; var a = sync.OnceValue(func() int { return 1 })`, []string{"a is made to change"}},
		"a channel":                        {`var a = make(chan int)`, []string{"a is made to change"}},
		"an init function":                 {`func init() {}`, []string{"has an init function: whoever needs it calls it"}},
		"a method named init":              {`type t int; func (t) init() {}`, nil},
		"another package's variable":       {`import "net/http"; func f() { http.DefaultClient = nil }`, []string{"writes to http.DefaultClient of another package"}},
		"a variable named as a package":    {`import "net/http"; func f(http *t) { http.x = 1 }`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := parser.ParseFile(token.NewFileSet(), "a.go", "package p\n"+c.source, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range state([]source{{file: file}}) {
				got = append(got, f.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
