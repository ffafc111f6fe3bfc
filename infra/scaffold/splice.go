package scaffold

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
)

// source is one Go file that is being added to. Every addition leaves what
// people wrote, comments included, as it was.
type source struct {
	name string
	text string
}

// intoList adds element to the list that the package variable is: a slice literal
// or a call of slices.Concat, with an element a line. It stands after the last
// element that begins with the same two words, or at the end.
func (s *source) intoList(list, element string) error {
	file, files, err := s.parse()
	if err != nil {
		return err
	}
	elements, open, ok := listed(file, list)
	if !ok {
		return fmt.Errorf("%s: there is no list named %s", s.name, list)
	}
	if len(elements) == 0 {
		return s.insert(files.Position(open).Offset+1, "\n"+element+",\n")
	}
	last := elements[len(elements)-1]
	for _, e := range elements {
		if name, ok := e.(*ast.Ident); ok && twoWords.FindString(name.Name) == twoWords.FindString(element) {
			last = e
		}
	}
	at := files.Position(last.End()).Offset
	line := strings.IndexByte(s.text[at:], '\n')
	if line < 0 || s.text[at] != ',' {
		return fmt.Errorf("%s: expected every element of %s to end its line with a comma", s.name, list)
	}
	return s.insert(at+line, "\n"+element+",")
}

// twoWords are an event's subject and participle at the beginning of an entry's name.
var twoWords = regexp.MustCompile(`^[a-z0-9]+[A-Z][a-z0-9]*`)

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

// listed returns the elements of a list and where it opens.
func listed(file *ast.File, list string) (elements []ast.Expr, open token.Pos, ok bool) {
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
			switch v := value.Values[0].(type) {
			case *ast.CompositeLit:
				return v.Elts, v.Lbrace, true
			case *ast.CallExpr:
				return v.Args, v.Lparen, true
			}
		}
	}
	return nil, token.NoPos, false
}
