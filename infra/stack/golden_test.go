package stack

import (
	"flag"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata from what is synthesized")

// hashes are what differs from build to build: an asset's name, and the letters
// CDK puts behind a logical id.
var hashes = regexp.MustCompile(`[0-9a-f]{64}`)

func TestOneFunctionIsWhatItWas(t *testing.T) {
	a := synthesized(t, "prod")
	part := map[string]any{}
	resources := a.stacks[ID("prod", "retail-order")].Resources
	for _, id := range slices.Sorted(maps.Keys(resources)) {
		if strings.HasPrefix(id, "OrderApprovedShipping") {
			r := resources[id]
			part[id] = map[string]any{"Type": r.Type, "Properties": r.Properties, "DependsOn": r.DependsOn, "DeletionPolicy": r.DeletionPolicy}
		}
	}
	text, err := json.Marshal(part, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		t.Fatal(err)
	}
	have := hashes.ReplaceAllString(string(text), "HASH") + "\n"
	const file = "testdata/order-approved-shipping.json"
	if *update {
		if err := os.WriteFile(file, []byte(have), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), have); diff != "" {
		t.Errorf("the template changed; if that is meant, run go test ./infra/stack -update (-was +is):\n%s", diff)
	}
}
