// Package functions_test holds what every function must satisfy: it is where the
// catalog says, its samples make the calls in their goldens, bad input does no
// harm, and no fault loses an event or repeats an effect.
package functions_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"signalbox/shared/catalog"
)

func TestFoldersAreTheCatalog(t *testing.T) {
	inCatalog := map[string]bool{}
	for _, f := range catalog.Functions {
		inCatalog[folder(f)] = true
		for _, name := range []string{"main.go", "handler.go", "handler_test.go"} {
			if _, err := os.Stat(filepath.Join(folder(f), name)); err != nil {
				t.Errorf("functions/%s/%s is missing", folder(f), name)
			}
		}
		text, err := os.ReadFile(filepath.Join(folder(f), "main.go"))
		if err != nil {
			continue
		}
		if lines := bytes.Count(text, []byte("\n")); lines > 25 {
			t.Errorf("functions/%s/main.go has %d lines: it wires and nothing else, in 25", folder(f), lines)
		}
		if !strings.Contains(string(text), `"`+f.Name+`"`) {
			t.Errorf("functions/%s/main.go does not start %s", folder(f), f.Name)
		}
	}
	folders, err := filepath.Glob("*/*/")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range folders {
		if path = filepath.Clean(path); !inCatalog[path] {
			t.Errorf("functions/%s is not in the catalog", path)
		}
	}
}

func TestEveryFunctionHasASample(t *testing.T) {
	for _, f := range catalog.Queued() {
		if len(samples(t, f)) == 0 {
			t.Errorf("%s has no sample: events-samples/signalbox/%s.json", f.Name, f.Event())
		}
	}
}
