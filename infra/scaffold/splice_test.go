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

// Functions are all functions.
var Functions = []Function{
	{Name: "a", Domain: Retail}, // the first
	{
		Name: "b", Domain: Retail, Timeout: 2 * time.Minute,
	},
	{Name: "c", Domain: Ingress},
}

// Topics come after.
var Topics = []Topic{}
`

func TestIntoList(t *testing.T) {
	for _, c := range []struct {
		name, domain, want string
	}{
		{"an entry stands after the last one of its domain", "Retail",
			"\t\tName: \"b\", Domain: Retail, Timeout: 2 * time.Minute,\n\t},\n\t{Name: \"new\"},\n\t{Name: \"c\", Domain: Ingress},\n"},
		{"an entry of a new domain stands last", "Automotive",
			"\t{Name: \"c\", Domain: Ingress},\n\t{Name: \"new\"},\n}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := source{"entries.go", list}
			if err := s.intoList("Functions", c.domain, `{Name: "new"}`); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(s.text, c.want) {
				t.Errorf("got\n%s\nwant in it\n%s", s.text, c.want)
			}
			if rest := strings.Replace(s.text, "\t{Name: \"new\"},\n", "", 1); rest != list {
				t.Errorf("something else changed: %s", cmp.Diff(list, rest))
			}
		})
	}
}

func TestIntoListWithoutSuchAList(t *testing.T) {
	s := source{"entries.go", list}
	if err := s.intoList("Events", "Retail", "{}"); err == nil {
		t.Error("an entry was put into a list that is not there")
	}
}

func TestIntoImports(t *testing.T) {
	s := source{"entries.go", strings.Replace(list, "\t\"time\"\n\n", "", 1)}
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
