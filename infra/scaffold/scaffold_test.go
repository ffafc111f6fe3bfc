package scaffold

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/sample"
)

const (
	repository = "../.."
	orders     = "shared/catalog/order_list.go"
)

// tree is a root with what Write reads.
func tree(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range []string{lists, base, orders} {
		copyFile(t, root, name)
	}
	clients, err := filepath.Glob(filepath.Join(repository, "shared/connector/*/*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range clients {
		name, err := filepath.Rel(repository, path)
		if err != nil {
			t.Fatal(err)
		}
		copyFile(t, root, name)
	}
	return root
}

func copyFile(t *testing.T, root, name string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, name))
	if err != nil {
		t.Fatal(err)
	}
	put(t, root, name, string(text))
}

func put(t *testing.T, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, root, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWriteForAnEventThatIsThere(t *testing.T) {
	root := tree(t)
	got, err := Write(root, Request{Name: "order-created-tryout", Event: "order.created", System: "klaviyo"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"functions/retail/order-created-tryout/handler.go",
		"functions/retail/order-created-tryout/handler_test.go",
		"functions/retail/order-created-tryout/main.go",
		"shared/catalog/order-created-tryout.go",
	}
	if diff := cmp.Diff(want, got.Created); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{orders}, got.Changed); diff != "" {
		t.Error(diff)
	}
	for _, name := range append(got.Created, got.Changed...) {
		if _, err := parser.ParseFile(token.NewFileSet(), name, read(t, root, name), parser.AllErrors); err != nil {
			t.Error(err)
		}
	}
	entry := `package catalog

import "signalbox/shared/event/retail"

var orderCreatedTryout = Function{
	Name: "order-created-tryout", Domain: Retail, Trigger: EventQueue{Event: retail.TypeOrderCreated}, System: "klaviyo",
	Effect: Natural{}, Calls: 1,
	Does: "Reacts to order.created in Klaviyo: tryout.",
}
`
	if diff := cmp.Diff(entry, read(t, root, "shared/catalog/order-created-tryout.go")); diff != "" {
		t.Error(diff)
	}
	before, err := os.ReadFile(filepath.Join(repository, orders))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(before), strings.Replace(read(t, root, orders), "\torderCreatedTryout,\n", "", 1)); diff != "" || !strings.Contains(read(t, root, orders), "orderCreatedTryout") {
		t.Errorf("more than a line changed in the list: %s", diff)
	}
	if !slices.Contains(got.Sharing, "order-created-marketing") {
		t.Errorf("it is said to share Klaviyo with %q", got.Sharing)
	}
	if !slices.ContainsFunc(got.Client, func(method string) bool { return strings.HasPrefix(method, "PlacedOrder(ctx context.Context") }) {
		t.Errorf("the client can %q", got.Client)
	}
}

func TestWriteForANewEventInANewDomain(t *testing.T) {
	root := tree(t)
	got, err := Write(root, Request{Name: "trial-wanted-order", Event: "trial.wanted", System: "fedex", Domain: "tryout", Effect: "unsafe"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{lists, base}, got.Changed); diff != "" {
		t.Error(diff)
	}
	for file, texts := range map[string][]string{
		"functions/tryout/trial-wanted-order/handler.go": {"queue.Effect[tryout.TrialWanted, string]"},
		"shared/event/tryout/trial_wanted.go":            {"// Package tryout holds", `event.Type = "trial.wanted"`},
		"shared/catalog/trial-wanted-order.go":           {"Unsafe{AskAfter: 2 * time.Minute}", "signalbox/shared/event/tryout"},
		"shared/catalog/trial_list.go":                   {`Means: "Trial wanted."`, "trialWantedOrder,"},
		lists:                                            {"\ttrialEvents,\n)", "\ttrialFunctions,\n)"},
		base:                                             {`Domain = "tryout"`},
	} {
		for _, text := range texts {
			if !strings.Contains(read(t, root, file), text) {
				t.Errorf("%s: there is no %q in\n%s", file, text, read(t, root, file))
			}
		}
	}
	if got.Schema != "shared/event/tryout/schema/trial.wanted.v1.json" {
		t.Errorf("its schema is %s", got.Schema)
	}
	s := sample.Sample{Source: sample.Own, Name: "trial.wanted", Body: []byte(read(t, root, "events-samples/signalbox/trial.wanted.json"))}
	raw, err := s.Event()
	if err != nil {
		t.Fatal(err)
	}
	if raw.DataSchema != "urn:signalbox:trial.wanted:1" || raw.Subject == "" || raw.CorrelationID != raw.ID {
		t.Errorf("the sample has the header %+v", raw.Header)
	}
}

func TestWriteForANewEventOfASubjectThatIsThere(t *testing.T) {
	root := tree(t)
	got, err := Write(root, Request{Name: "order-wrapped-tryout", Event: "order.wrapped", System: "klaviyo"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{orders}, got.Changed); diff != "" {
		t.Error(diff)
	}
	for _, line := range []string{"\t{Payload: retail.OrderWrapped{}, Domain: Retail, Means: \"Order wrapped.\"},\n}", "\torderWrappedTryout,\n}"} {
		if !strings.Contains(read(t, root, orders), line) {
			t.Errorf("there is no %q in\n%s", line, read(t, root, orders))
		}
	}
}

func TestWriteAllOrNothing(t *testing.T) {
	root := tree(t)
	put(t, root, "functions/retail/order-created-tryout/main.go", "mine")
	before := read(t, root, orders)
	_, err := Write(root, Request{Name: "order-created-tryout", Event: "order.created", System: "klaviyo"})
	if err == nil || !strings.Contains(err.Error(), "main.go is there already") {
		t.Fatalf("got %v", err)
	}
	if read(t, root, "functions/retail/order-created-tryout/main.go") != "mine" {
		t.Error("a file that was there is another now")
	}
	if read(t, root, orders) != before {
		t.Error("the catalog was changed")
	}
	for _, name := range []string{"handler.go", "handler_test.go"} {
		if _, err := os.Stat(filepath.Join(root, "functions/retail/order-created-tryout", name)); err == nil {
			t.Errorf("%s was left behind", name)
		}
	}
}

func TestWriteNeedsTheSystemsClient(t *testing.T) {
	root := tree(t)
	if err := os.RemoveAll(filepath.Join(root, "shared/connector/klaviyo")); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(root, Request{Name: "order-created-tryout", Event: "order.created", System: "klaviyo"}); err == nil || !strings.Contains(err.Error(), "klaviyo has no client") {
		t.Errorf("got %v", err)
	}
}
