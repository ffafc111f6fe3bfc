package commercetools

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"signalbox/shared/catalog"
)

// opened are the types of messages that have a case where messages are opened.
func opened(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "open.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "message" {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if c, ok := n.(*ast.CaseClause); ok {
				for _, e := range c.List {
					if text, ok := e.(*ast.BasicLit); ok {
						name, _ := strconv.Unquote(text.Value)
						types = append(types, name)
					}
				}
			}
			return true
		})
	}
	return slices.DeleteFunc(types, func(s string) bool { return s == "" })
}

// The subscription asks for exactly the messages that something follows from: one
// too few never arrives, one too many costs a delivery for nothing.
func TestTheSubscriptionAsksForWhatIsOpened(t *testing.T) {
	var asked []string
	for _, s := range catalog.Subscription {
		asked = append(asked, s.Messages...)
	}
	have := opened(t)
	if len(have) < 5 {
		t.Fatalf("only %v have a case", have)
	}
	for _, m := range have {
		if !slices.Contains(asked, m) {
			t.Errorf("%s is opened, and catalog.Subscription does not ask for it: it never arrives", m)
		}
	}
	for _, m := range asked {
		if !slices.Contains(have, m) {
			t.Errorf("catalog.Subscription asks for %s, and nothing follows from it", m)
		}
	}
	slices.Sort(asked)
	if n := len(slices.Compact(asked)); n != len(have) {
		t.Errorf("%d types are asked for, %d opened", n, len(have))
	}
}

func TestTheSubscriptionAsksForTheChangesThatAreOpened(t *testing.T) {
	for _, about := range append(slices.Clone(catalog.Subscription), catalog.Subscribed{Resource: "product"}) {
		body := encode(t, object{
			"notificationType": "ResourceDeleted", "projectKey": "acme-dev", "version": 2, "modifiedAt": "2026-11-27T08:00:00Z",
			"resource": object{"typeId": about.Resource, "id": "r-1"},
		})
		_, err := source(t).Open(t.Context(), body)
		var ignored *Ignored
		passed := errors.As(err, &ignored) && strings.HasPrefix(ignored.Reason, "change-")
		if passed == about.Changes {
			t.Errorf("changes of %s: subscribed %t, opened %t (%v)", about.Resource, about.Changes, !passed, err)
		}
	}
}
