// Package shared_test enforces how the packages of the module stand to each
// other: who imports whom, what functions link, who keeps state.
package shared_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "signalbox/"

// layer says what the packages of a pattern may import of the module. In a
// pattern "*" is one part of a path and a last "**" is all that is below.
// Of several that fit, the first counts.
type layer struct {
	packages string
	may      []string
	because  string
}

var layers = []layer{
	{"shared/fault", nil, "everything stands on it"},
	{"shared/strictjson", []string{"shared/fault"}, "it decodes for everybody"},
	{"shared/event", []string{"shared/fault", "shared/strictjson"}, "the envelope knows no payload"},
	{"shared/event/schema", []string{"shared/event", "shared/strictjson"}, "schemas follow from types"},
	{"shared/event/*", []string{"shared/event", "shared/fault", "shared/strictjson"}, "a domain's payloads know no other domain"},
	{"shared/catalog", []string{"shared/event", "shared/event/*"}, "the catalog is data"},
	{"shared/config", []string{"shared/catalog", "shared/fault", "shared/strictjson"}, "settings follow from the catalog"},

	{"shared/connector", []string{"shared/fault", "shared/strictjson"}, "the ground of all clients knows none of them"},
	{"shared/connector/connectortest", []string{"shared/fault"}, "the ground of all doubles knows none of them"},
	{"shared/connector/connectortest/contract", []string{"shared/connector/connectortest"}, "it judges whatever passes"},
	{"shared/connector/connectortest/doubles", []string{"shared/connector/connectortest", "shared/connector/*/*"}, "the list of all doubles"},
	{"shared/connector/*", []string{"shared/config", "shared/connector", "shared/event", "shared/event/*", "shared/fault", "shared/strictjson"}, "connectors never import each other"},
	{"shared/connector/*/*", []string{"shared/catalog", "shared/connector/connectortest", "shared/strictjson"}, "a double knows neither the client it is to judge nor other doubles"},
	{"shared/source/*", []string{"shared/catalog", "shared/config", "shared/event", "shared/event/*", "shared/fault", "shared/strictjson"}, "sources never import connectors"},

	{"shared/idempotency", []string{"shared/catalog", "shared/event", "shared/fault", "shared/strictjson"}, "the ledger knows events, not their handling"},
	{"shared/process", []string{"shared/event", "shared/fault", "shared/strictjson"}, "it decides and asks for what must be done; who does it is given"},
	{"shared/process/processtest", []string{"shared/event", "shared/process", "shared/state"}, "it is the world around a process, in memory"},
	{"shared/process/scheduler", []string{"shared/config", "shared/event", "shared/fault"}, "it sets timers, whatever they are for"},
	{"shared/state/statetest", []string{"shared/state"}, "it is a store in memory"},
	{"shared/state", []string{"shared/catalog", "shared/event", "shared/fault"}, "it keeps values, whatever they mean"},
	{"shared/publisher", []string{"shared/event", "shared/fault", "shared/strictjson"}, "it puts events on the bus, whoever made them"},
	{"shared/telemetry", []string{"shared/catalog", "shared/event", "shared/fault", "shared/strictjson"}, "it tells what happened and takes no part"},
	{"shared/function/internal/delivery", []string{"shared/catalog", "shared/event", "shared/fault", "shared/telemetry"}, "all triggers stand on it"},
	{"shared/function/internal/functiontest", []string{"shared/catalog", "shared/config", "shared/lambdatest/awstest"}, "the world of the runtime's own tests"},
	{"shared/function/queue/queuetest", []string{
		"shared/catalog", "shared/config", "shared/connector/connectortest", "shared/connector/connectortest/doubles", "shared/event", "shared/function", "shared/function/internal/**", "shared/function/queue",
		"shared/idempotency", "shared/publisher", "shared/sample", "shared/state", "shared/strictjson",
	}, "it runs any function between doubles, and knows none"},
	{"shared/function/**", []string{
		"shared/catalog", "shared/config", "shared/event", "shared/fault", "shared/function/**", "shared/idempotency", "shared/process", "shared/publisher", "shared/state", "shared/strictjson", "shared/telemetry",
	}, "the runtime knows no vendor"},

	{"shared/sample", []string{"shared/catalog", "shared/event", "shared/strictjson"}, "samples are events in their wrappings"},
	{"shared/reconcile", []string{"shared/catalog"}, "it compares plain data, wherever that was seen: it knows no runner, no double and no test"},
	{"shared/lambdalocal", nil, "it runs any compiled function, as Lambda does, and knows none of ours"},
	{"shared/lambdatest/**", []string{"shared/**"}, "it plays the world around a function"},

	{"shared/retail/*", []string{
		"shared/config", "shared/connector/*", "shared/event", "shared/event/*", "shared/fault", "shared/function", "shared/process", "shared/retail/*", "shared/state", "shared/strictjson",
	}, "it decides for several functions of its domain, and for no other domain"},

	{"functions/*/*", []string{
		"shared/config", "shared/connector", "shared/connector/*", "shared/event", "shared/event/*", "shared/fault", "shared/function", "shared/function/*",
		"shared/process", "shared/process/*", "shared/publisher", "shared/retail/*", "shared/state", "shared/source/*", "shared/strictjson",
	}, "functions talk to each other by events alone"},

	{"infra", []string{"infra/stack", "infra/stage"}, "it only puts stacks together"},
	{"infra/stack", []string{"infra/alarm", "infra/construct", "infra/stage", "shared/catalog", "shared/config", "shared/event"}, "stacks follow from the catalog"},
	{"infra/construct", []string{"infra/alarm", "shared/catalog", "shared/config", "shared/event"}, "a construct knows one entry; config names the variables that functions read"},
	{"infra/stage", []string{"shared/catalog", "shared/config", "shared/event"}, "a stage gives the settings the catalog names"},
	{"infra/alarm", []string{"shared/catalog"}, "alarms are data"},
	{"infra/**", []string{"infra/**", "shared/**"}, "tools of developers and operators"},
}

// forTests are packages that only tests and the tools of developers may import.
var forTests = []string{
	"shared/connector/connectortest/**", "shared/connector/*/*test", "shared/event/schema", "shared/function/internal/functiontest", "shared/function/queue/queuetest", "shared/process/processtest", "shared/state/statetest", "shared/lambdalocal", "shared/lambdatest/**", "shared/sample",
}

func fits(pattern, pkg string) bool {
	if below, ok := strings.CutSuffix(pattern, "/**"); ok {
		return pkg == below || strings.HasPrefix(pkg, below+"/")
	}
	ok, _ := path.Match(pattern, pkg)
	return ok
}

func fitsAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return fits(p, pkg) })
}

// objection says why one package of the module must not import another; "" if it may.
func objection(from, to string) string {
	i := slices.IndexFunc(layers, func(l layer) bool { return fits(l.packages, from) })
	if i < 0 {
		return "no layer holds " + from + ": say in this test what it may import"
	}
	if !fitsAny(layers[i].may, to) {
		return layers[i].because
	}
	tool := fitsAny(forTests, from) || fits("infra/**", from)
	if fitsAny(forTests, to) && !tool {
		return to + " is for tests"
	}
	return ""
}

// source is one Go file that is not a test.
type source struct {
	pkg  string // relative to the module
	name string
	file *ast.File
}

// sources parses the module, without what is generated, installed or test data.
func sources(t *testing.T, set *token.FileSet) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if base != ".." && (strings.HasPrefix(base, ".") || slices.Contains([]string{"node_modules", "testdata", "dist", "cdk.out"}, base)) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		relative := strings.TrimPrefix(filepath.ToSlash(name), "../")
		all = append(all, source{pkg: path.Dir(relative), name: relative, file: file})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 30 {
		t.Fatalf("only %d files were found", len(all))
	}
	return all
}

func TestImportsPointDown(t *testing.T) {
	for _, s := range sources(t, token.NewFileSet()) {
		for _, spec := range s.file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			to, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			if why := objection(s.pkg, to); why != "" {
				t.Errorf("%s imports %s: %s", s.name, to, why)
			}
		}
	}
}

func TestObjections(t *testing.T) {
	for _, c := range []struct {
		from, to string
		allowed  bool
	}{
		{"functions/retail/order-created-crm", "shared/connector/salesforce", true},
		{"functions/retail/order-created-crm", "shared/function/queue", true},
		{"functions/retail/order-created-crm", "shared/connector/salesforce/salesforcetest", false},
		{"functions/retail/order-created-crm", "functions/retail/order-created-fraud", false},
		{"functions/retail/order-created-crm", "shared/catalog", false},
		{"functions/retail/order-created-crm", "shared/idempotency", false},
		{"functions/retail/order-created-crm", "shared/state", true},
		{"functions/retail/order-created-crm", "shared/state/statetest", false},
		{"functions/retail/order-created-crm", "shared/sample", false},
		{"functions/retail/order-created-crm", "shared/function/queue/queuetest", false},
		{"functions/retail/order-created-crm", "infra/stack", false},
		{"shared/connector/fedex", "shared/event/retail", true},
		{"shared/connector/fedex", "shared/connector/stripe", false},
		{"shared/connector/fedex", "shared/connector/fedex/fedextest", false},
		{"shared/connector/fedex", "shared/connector/connectortest", false},
		{"shared/connector/fedex", "shared/source/commercetools", false},
		{"shared/connector/fedex/fedextest", "shared/connector/connectortest", true},
		{"shared/connector/fedex/fedextest", "shared/connector/fedex", false},
		{"shared/connector/fedex/fedextest", "shared/connector/stripe/stripetest", false},
		{"shared/source/commercetools", "shared/connector/commercetools", false},
		{"shared/source/commercetools", "shared/source/fedex", false},
		{"shared/function/queue", "shared/connector", false},
		{"shared/function/queue", "shared/function/queue/queuetest", false},
		{"shared/function/queue/queuetest", "shared/connector/fedex", false},
		{"shared/event", "shared/event/retail", false},
		{"shared/event/retail", "shared/event/healthcare", false},
		{"shared/event/retail", "shared/event/schema", false},
		{"shared/catalog", "shared/event/schema", false},
		{"shared/fault", "shared/strictjson", false},
		{"infra/stack", "shared/catalog", true},
		{"infra/stack", "shared/function/queue", false},
		{"infra/construct", "infra/stack", false},
		{"infra/construct", "shared/lambdatest", false},
		{"infra/local", "shared/lambdatest", true},
		{"infra/local", "shared/lambdalocal", true},
		{"infra/local", "shared/reconcile", true},
		{"shared/lambdatest/rehearsal", "shared/lambdalocal", true},
		{"functions/retail/order-created-crm", "shared/lambdalocal", false},
		{"shared/function/queue", "shared/lambdalocal", false},
		{"shared/reconcile", "shared/lambdalocal", false},
		{"shared/reconcile", "shared/lambdatest/rehearsal", false},
		{"shared/reconcile", "shared/connector/connectortest", false},
		{"shared/lambdalocal", "shared/catalog", false},
		{"infra/cmd/signalbox", "shared/sample", true},
		{"infra/local", "functions/retail/order-created-crm", false},
		{"somewhere/new", "shared/fault", false},
	} {
		if why := objection(c.from, c.to); (why == "") != c.allowed {
			t.Errorf("%s imports %s: allowed %v, want %v (%s)", c.from, c.to, why == "", c.allowed, why)
		}
	}
}

// The tree stays as the README draws it.
func TestTheTopOfTheTree(t *testing.T) {
	folders := []string{"functions", "infra", "shared", "events-samples", "dist", "bin", "node_modules", "cdk.out"}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !slices.Contains(folders, e.Name()) {
			t.Errorf("the folder %s is none of %v", e.Name(), folders)
		}
	}
}

// A rule about packages that are gone protects nothing.
func TestRulesNamePackagesThatExist(t *testing.T) {
	var packages []string
	for _, s := range sources(t, token.NewFileSet()) {
		packages = append(packages, s.pkg)
	}
	exists := func(pattern string) bool {
		return slices.ContainsFunc(packages, func(p string) bool { return fits(pattern, p) })
	}
	for _, l := range layers {
		if !exists(l.packages) {
			t.Errorf("the layer %s holds no package", l.packages)
		}
		for _, p := range l.may {
			if !exists(p) {
				t.Errorf("the layer %s may import %s, which is no package", l.packages, p)
			}
		}
	}
	for _, p := range forTests {
		if !exists(p) {
			t.Errorf("forTests names %s, which is no package", p)
		}
	}
}
