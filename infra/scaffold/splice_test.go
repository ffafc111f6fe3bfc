package scaffold

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const list = `package catalog

import (
	"time"

	"signalbox/shared/event/retail"
)

// The domains.
const (
	Ingress Domain = "ingress"
	Retail  Domain = "retail"
)

var orderEvents = []Event{
	{Means: "Old."},
}

var orderFunctions = []Function{
	orderCreatedCRM, // the first
	orderPaidFinance,
}

// Functions are all functions.
var Functions = slices.Concat(
	orderFunctions,
)

var none = []Function{}
`

func TestIntoList(t *testing.T) {
	for _, c := range []struct {
		name, list, element, want string
	}{
		{"an entry stands after the last one of its event", "orderFunctions", "orderCreatedGift",
			"\torderCreatedCRM, // the first\n\torderCreatedGift,\n\torderPaidFinance,\n"},
		{"an entry of another event stands last", "orderFunctions", "orderHeldCRM", "\torderPaidFinance,\n\torderHeldCRM,\n}\n"},
		{"an event stands last", "orderEvents", `{Means: "New."}`, "\t{Means: \"Old.\"},\n\t{Means: \"New.\"},\n}\n"},
		{"a list stands last in what joins them", "Functions", "trialFunctions", "\torderFunctions,\n\ttrialFunctions,\n)\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := source{"order_list.go", list}
			if err := s.intoList(c.list, c.element); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(s.text, c.want) {
				t.Errorf("got\n%s\nwant in it\n%s", s.text, c.want)
			}
			if rest := strings.Replace(s.text, "\t"+c.element+",\n", "", 1); rest != list {
				t.Errorf("something else changed: %s", cmp.Diff(list, rest))
			}
		})
	}
	s := source{"order_list.go", list}
	if err := s.intoList("none", "first"); err != nil || !strings.Contains(s.text, "var none = []Function{\n\tfirst,\n}\n") {
		t.Errorf("%v: an empty list became\n%s", err, s.text)
	}
}

func TestIntoListWithoutSuchAList(t *testing.T) {
	s := source{"order_list.go", list}
	if err := s.intoList("Events", "{}"); err == nil {
		t.Error("an entry was put into a list that is not there")
	}
}

func TestIntoImports(t *testing.T) {
	s := source{"order_list.go", strings.Replace(list, "\t\"time\"\n\n", "", 1)}
	for range 2 {
		for _, path := range []string{"signalbox/shared/event/automotive", "time"} {
			if err := s.intoImports(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := strings.Replace(list, "\t\"signalbox/shared/event/retail\"\n", "\t\"signalbox/shared/event/automotive\"\n\t\"signalbox/shared/event/retail\"\n", 1)
	if diff := cmp.Diff(want, s.text); diff != "" {
		t.Error(diff)
	}
}

func TestIntoConstants(t *testing.T) {
	s := source{"catalog.go", list}
	if err := s.intoConstants("Domain", `Automotive Domain = "automotive"`); err != nil {
		t.Fatal(err)
	}
	if want := "\tRetail     Domain = \"retail\"\n\tAutomotive Domain = \"automotive\"\n)"; !strings.Contains(s.text, want) {
		t.Errorf("got\n%s", s.text)
	}
}
