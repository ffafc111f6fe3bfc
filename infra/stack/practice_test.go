package stack

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// findings reads cdk-nag's reports: rule, resource, compliance and the reason
// of an exception.
func findings(t *testing.T, outdir string) [][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(outdir, "AwsSolutions-*-NagReport.csv"))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		lines, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		rows = append(rows, lines[1:]...)
	}
	return rows
}

func TestEveryStageFollowsThePracticesOrSaysWhyNot(t *testing.T) {
	used := map[string]bool{}
	for _, v := range variants {
		rows := findings(t, synthesized(t, v.name).outdir)
		if len(rows) < 20 {
			t.Errorf("%s: cdk-nag judged only %d times", v.name, len(rows))
		}
		for _, row := range rows {
			rule, resource, compliance, reason := row[0], row[1], row[2], row[3]
			switch compliance {
			case "Compliant":
			case "Suppressed":
				i := slices.IndexFunc(exceptions, func(e exception) bool {
					return e.rule == rule && strings.HasSuffix(reason, e.reason) && strings.Contains(resource, "/"+e.construct+"/")
				})
				if i < 0 {
					t.Errorf("%s: %s at %s is excepted because %q", v.name, rule, resource, reason)
					continue
				}
				used[exceptions[i].reason] = true
			default:
				t.Errorf("%s: %s: %s at %s", v.name, rule, compliance, resource)
			}
		}
	}
	for _, e := range exceptions {
		if !used[e.reason] {
			t.Errorf("the exception of %s for %s is not needed", e.rule, e.construct)
		}
	}
}
