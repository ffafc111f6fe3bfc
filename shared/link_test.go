package shared_test

import (
	"context"
	"go/token"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"signalbox/shared/catalog"
)

// neverLinked are packages that no function may contain, and what they cost.
var neverLinked = map[string]string{
	"text/template":                         "it looks methods up by name, which keeps every method of every type in the binary",
	"html/template":                         "it looks methods up by name, which keeps every method of every type in the binary",
	"net/rpc":                               "it pulls in html/template: build with -tags lambda.norpc",
	"encoding/gob":                          "it is for net/rpc",
	"testing":                               "test code is in the binary",
	"net/http/httptest":                     "test code is in the binary",
	"github.com/google/go-cmp":              "test code is in the binary",
	"github.com/getkin/kin-openapi":         "contracts are judged in tests",
	"github.com/santhosh-tekuri/jsonschema": "schemas are judged in tests",
	"github.com/aws/aws-cdk-go":             "infrastructure is not for functions",
}

func TestFunctionsLinkOnlyWhatTheyNeed(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-tags", "lambda.norpc", "-f", "{{.ImportPath}}", "./functions/...")
	list.Dir = ".."
	list.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0")
	output, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	linked := strings.Fields(string(output))
	if !slices.Contains(linked, module+"shared/function/queue") {
		t.Fatal("go list names no function that uses the runtime")
	}
	for _, p := range linked {
		for forbidden, why := range neverLinked {
			if p == forbidden || strings.HasPrefix(p, forbidden+"/") {
				t.Errorf("functions link %s: %s", p, why)
			}
		}
		if ours, ok := strings.CutPrefix(p, module); ok && fitsAny(forTests, ours) {
			t.Errorf("functions link %s, which is for tests", ours)
		}
	}
	decodesStrictly(t, linked)
}

// A client of one more service of AWS is linked by who calls it, and by nobody else.
func TestAServiceIsLinkedByWhoCallsIt(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	list := exec.CommandContext(ctx, "go", "list", "-tags", "lambda.norpc", "-f", "{{.ImportPath}} {{.Deps}}", "./functions/...")
	list.Dir = ".."
	list.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0")
	output, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	const writer = module + "functions/platform/analytics"
	found := false
	for line := range strings.Lines(string(output)) {
		function, deps, _ := strings.Cut(line, " ")
		found = found || function == writer
		linked := strings.Contains(deps, "github.com/aws/aws-sdk-go-v2/service/firehose")
		if writes := function == writer; linked != writes {
			t.Errorf("%s links Firehose's client: %v", function, linked)
		}
		linked = strings.Contains(deps, "github.com/aws/aws-sdk-go-v2/service/scheduler")
		if f, _ := catalog.FunctionByName(path.Base(function)); linked != f.Timers() {
			t.Errorf("%s links Scheduler's client: %v, keeps timers: %v", function, linked, f.Timers())
		}
	}
	if !found {
		t.Errorf("the rule names %s, which is no function", writer)
	}
}

// What go.mod no longer requires needs no rule.
func TestNeverLinkedNamesWhatExists(t *testing.T) {
	required, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for name := range neverLinked {
		// A dot in the first part tells a module from the standard library.
		if first, _, _ := strings.Cut(name, "/"); !strings.Contains(first, ".") {
			continue
		}
		if !strings.Contains(string(required), "\t"+name+" ") && !strings.Contains(string(required), "\t"+name+"/") {
			t.Errorf("neverLinked names %s, which go.mod does not require", name)
		}
	}
}

// decodesStrictly checks that our own part of a function leaves JSON to
// strictjson and its library: encoding/json takes a duplicate name's last value
// and matches names in any case.
func decodesStrictly(t *testing.T, linked []string) {
	for _, s := range sources(t, token.NewFileSet()) {
		if !slices.Contains(linked, module+s.pkg) {
			continue
		}
		for _, spec := range s.file.Imports {
			if spec.Path.Value == `"encoding/json"` {
				t.Errorf("%s imports encoding/json: use strictjson", s.name)
			}
		}
	}
}
