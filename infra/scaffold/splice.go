package scaffold

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
)

// source is one Go file that is being added to. Every addition leaves what
// people wrote, comments included, as it was.
type source struct {
	name string
	text string
}

// intoList adds element, a composite literal without its type, to the slice
// literal of the package variable list: after the last element that names
// domain, or at the end.
func (s *source) intoList(list, domain, element string) error {
	file, files, err := s.parse()
	if err != nil {
		return err
	}
	literal := listLiteral(file, list)
	if literal == nil {
		return fmt.Errorf("%s: there is no list named %s", s.name, list)
	}
	at := files.Position(literal.Lbrace).Offset + 1
	if n := len(literal.Elts); n > 0 {
		last := literal.Elts[n-1]
		for _, e := range literal.Elts {
			if names(e, domain) {
				last = e
			}
		}
		at = files.Position(last.End()).Offset
		line := strings.IndexByte(s.text[at:], '\n')
		if line < 0 || s.text[at] != ',' {
			return fmt.Errorf("%s: expected every element of %s to end its line with a comma", s.name, list)
		}
		at += line
	}
	return s.insert(at, "\n"+element+",")
}

// intoImports adds the package path: beside the imports of this module, or
// before all others if it is of the standard library.
func (s *source) intoImports(path string) error {
	file, files, err := s.parse()
	if err != nil {
		return err
	}
	if len(file.Imports) == 0 {
		return fmt.Errorf("%s: expected a block of imports", s.name)
	}
	quoted := strconv.Quote(path)
	first, last := file.Imports[0], file.Imports[len(file.Imports)-1]
	for _, spec := range file.Imports {
		if spec.Path.Value == quoted {
			return nil
		}
	}
	if strings.HasPrefix(path, module) {
		return s.insert(files.Position(last.End()).Offset, "\n"+quoted)
	}
	if strings.HasPrefix(first.Path.Value, `"`+module) {
		quoted += "\n"
	}
	return s.insert(files.Position(first.Pos()).Offset, quoted+"\n")
}

// module leads the import paths of this module.
const module = "signalbox/"

// intoConstants adds one line to the constant block that declares values of type kind.
func (s *source) intoConstants(kind, line string) error {
	file, files, err := s.parse()
	if err != nil {
		return err
	}
	for _, d := range file.Decls {
		block, ok := d.(*ast.GenDecl)
		if !ok || block.Tok != token.CONST || !block.Lparen.IsValid() {
			continue
		}
		first, ok := block.Specs[0].(*ast.ValueSpec)
		if !ok {
			continue
		}
		if named, ok := first.Type.(*ast.Ident); ok && named.Name == kind {
			return s.insert(files.Position(block.Rparen).Offset, line+"\n")
		}
	}
	return fmt.Errorf("%s: there is no block of %s constants", s.name, kind)
}

func (s *source) parse() (*ast.File, *token.FileSet, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, s.name, s.text, parser.ParseComments)
	return file, files, err
}

func (s *source) insert(at int, text string) error {
	formatted, err := format.Source([]byte(s.text[:at] + text + s.text[at:]))
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	s.text = string(formatted)
	return nil
}

func listLiteral(file *ast.File, list string) *ast.CompositeLit {
	for _, d := range file.Decls {
		block, ok := d.(*ast.GenDecl)
		if !ok || block.Tok != token.VAR {
			continue
		}
		for _, spec := range block.Specs {
			value := spec.(*ast.ValueSpec)
			if len(value.Names) != 1 || value.Names[0].Name != list || len(value.Values) != 1 {
				continue
			}
			literal, _ := value.Values[0].(*ast.CompositeLit)
			return literal
		}
	}
	return nil
}

// names reports whether the element sets its field Domain to the given constant.
func names(element ast.Expr, domain string) bool {
	literal, ok := element.(*ast.CompositeLit)
	if !ok {
		return false
	}
	for _, e := range literal.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, _ := pair.Key.(*ast.Ident)
		value, _ := pair.Value.(*ast.Ident)
		if key != nil && value != nil && key.Name == "Domain" && value.Name == domain {
			return true
		}
	}
	return false
}
