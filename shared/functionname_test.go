package shared_test

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strconv"
	"testing"

	"signalbox/shared/catalog"
)

// sameWord is where a file may write a word that is also a function's name,
// because it means something else there.
type sameWord struct {
	files, word string
	means       string
}

var sameWords = []sameWord{
	{"infra/stack/stack.go", "commercetools", "the source whose queue and topic the stack knows how to make"},
	{"infra/stack/platform.go", "commercetools", "the source whose queue is refilled"},
	{"infra/stack/foundation.go", "commercetools", "the system, whose keys commercetools uses to reach the ingress"},
	{"infra/stage/stage.go", "kafka", "one of the ways that a subscription delivers"},
	{"infra/stage/check.go", "webhook", "the system of suppliers' webhooks"},
	{"infra/local/resources.go", "commercetools", "the system's double and the source's queue"},
	{"infra/local/demo/*.go", "commercetools", "the source whose notifications are played"},
	{"infra/local/demo/*.go", "webhook", "the source whose requests are sent"},
	{"infra/local/demo/*.go", "checkout", "the source whose requests are sent"},
	{"infra/local/demo/platform.go", "subscription", "a key of the report on the subscription"},
	{"infra/local/live/live.go", "commercetools", "the source whose notifications are delivered"},
	{"infra/readme/readme.go", "subscription", "a section of the README"},
	{"shared/source/carrier/carrier.go", "webhook", "what is decoded, in an error"},
	{"shared/source/commercetools/open.go", "subscription", "a type of resource at commercetools"},
	{"shared/source/commercetools/setting.go", "commercetools", "the system"},
	{"shared/sample/wrap.go", "commercetools", "the topic that wrapped samples come from"},
	{"shared/sample/wrap.go", "subscription", "a part of an SNS topic's address"},
	{"shared/connector/commercetools/*.go", "commercetools", "the system"},
	{"shared/connector/commercetools/commercetoolstest/*.go", "commercetools", "the system"},
	{"shared/connector/commercetools/commercetoolstest/*.go", "subscription", "a type of resource at commercetools"},
	{"shared/connector/webhook/*.go", "webhook", "the system"},
	{"shared/connector/webhook/webhooktest/*.go", "webhook", "the system"},
	{"shared/connector/connectortest/doubles/doubles.go", "commercetools", "the system"},
	{"shared/connector/connectortest/doubles/doubles.go", "webhook", "the system"},
}

// A function is asked for by what its entry in the catalog says of it. Its name
// stands in the catalog and in its own folder, and nowhere else: what knows a name
// would have to be found and changed with every function that is renamed or added.
func TestFunctionsAreNotAskedForByName(t *testing.T) {
	names := map[string]bool{}
	for _, f := range catalog.Functions {
		names[f.Name] = true
	}
	used := map[sameWord]bool{}
	for _, source := range sources(t, token.NewFileSet()) {
		file := source.name
		for _, word := range words(source.file) {
			if !names[word] || ownFile(file, word) {
				continue
			}
			allowed := slices.IndexFunc(sameWords, func(s sameWord) bool {
				fits, _ := path.Match(s.files, file)
				return fits && s.word == word
			})
			if allowed < 0 {
				t.Errorf("%s asks for the function %q by its name: ask the catalog by what the function can do", file, word)
				continue
			}
			used[sameWords[allowed]] = true
		}
	}
	for _, s := range sameWords {
		if !used[s] {
			t.Errorf("%s does not write %q, which it may: take the exception out", s.files, s.word)
		}
	}
}

// ownFile reports whether the file is in the function's own folder or in the
// catalog, whose entries hold names and the ids of systems and sources.
func ownFile(file, function string) bool {
	own, _ := path.Match("functions/*/"+function+"/*.go", file)
	return own || path.Dir(file) == "shared/catalog"
}

// words are the strings that a file writes.
func words(file *ast.File) []string {
	var all []string
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if word, err := strconv.Unquote(literal.Value); err == nil {
				all = append(all, word)
			}
		}
		return true
	})
	return all
}
