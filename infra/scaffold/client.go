package scaffold

import (
	"bytes"
	"errors"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// methods returns the exported methods of the type Client in a connector's
// folder as they are declared, without receiver.
func methods(folder string) ([]string, error) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var declared []string
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, filepath.Join(folder, f.Name()), nil, 0)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() || !onClient(f.Recv) {
				continue
			}
			var b bytes.Buffer
			if err := format.Node(&b, set, f.Type); err != nil {
				return nil, err
			}
			declared = append(declared, f.Name.Name+strings.TrimPrefix(b.String(), "func"))
		}
	}
	if len(declared) == 0 {
		return nil, errors.New("expected a type Client with exported methods")
	}
	return declared, nil
}

func onClient(receiver *ast.FieldList) bool {
	if receiver == nil || len(receiver.List) != 1 {
		return false
	}
	pointer, ok := receiver.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	name, ok := pointer.X.(*ast.Ident)
	return ok && name.Name == "Client"
}
