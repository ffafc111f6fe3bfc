package readme

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// A row of the table of modules begins with their paths; "/…" stands for all
// modules below one.
var (
	moduleRow   = regexp.MustCompile("(?m)^\\| (`[^|]*\\.[a-z]+/[^|]*`) \\|")
	moduleName  = regexp.MustCompile("`([^`]+)`")
	requirement = regexp.MustCompile(`(?m)^(?:require )?\t?([a-z0-9.]+\.[a-z]+/\S+) v\S+( // indirect)?$`)
)

func TestEveryDependencyIsAccountedFor(t *testing.T) {
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, row := range moduleRow.FindAllStringSubmatch(string(page), -1) {
		for _, name := range moduleName.FindAllStringSubmatch(row[1], -1) {
			named = append(named, name[1])
		}
	}
	required := requirement.FindAllStringSubmatch(string(file), -1)
	if len(named) < 10 || len(required) < 10 {
		t.Fatalf("%d modules found in README.md, %d in go.mod", len(named), len(required))
	}
	covers := func(name, module string) bool {
		below, all := strings.CutSuffix(name, "/…")
		return name == module || all && (below == module || strings.HasPrefix(module, below+"/"))
	}
	used := map[string]bool{}
	for _, r := range required {
		said := false
		for _, name := range named {
			if covers(name, r[1]) {
				used[name], said = true, true
			}
		}
		if !said && r[2] == "" {
			t.Errorf("README.md does not say what %s is for", r[1])
		}
	}
	for _, name := range named {
		if !used[name] {
			t.Errorf("README.md says what %s is for, which go.mod does not require", name)
		}
	}
}
