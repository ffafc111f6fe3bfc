package event_test

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/event"
)

type inner struct {
	Phone string `json:"phone" class:"personal"`
	City  string `json:"city"`
}

type patient struct {
	ID       string           `json:"id" class:"health"`
	Name     string           `json:"name" class:"personal"`
	Nick     string           `json:"nick" class:"personal"`
	Codes    []string         `json:"codes" class:"health"`
	Born     time.Time        `json:"born" class:"personal"`
	Weight   int              `json:"weight" class:"health"`
	At       time.Time        `json:"at"`
	Home     inner            `json:"home"`
	Work     *inner           `json:"work"`
	Nowhere  *inner           `json:"nowhere"`
	Visits   []inner          `json:"visits"`
	Pair     [2]inner         `json:"pair"`
	ByName   map[string]inner `json:"byName"`
	Any      any              `json:"any"`
	Raw      jsontext.Value   `json:"raw"`
	Plain    []string         `json:"plain"`
	Contact  inner            `json:"contact" class:"personal"`
	unlisted string
}

func (patient) EventType() event.Type { return "patient.registered" }
func (patient) SchemaVersion() int    { return 1 }
func (p patient) Subject() string     { return p.ID }
func (patient) Validate() error       { return nil }

func TestMaskTakesOutWhatIsClassifiedAtAnyDepth(t *testing.T) {
	at := time.Date(2026, 3, 4, 16, 21, 9, 0, time.UTC)
	person := inner{Phone: "1", City: "Bonn"}
	p := patient{
		ID: "p1", Name: "Ada", Codes: []string{"J45"}, Born: at, Weight: 60, At: at, Home: person, Work: &person, Visits: []inner{person, {City: "Köln"}},
		Pair: [2]inner{person, person}, ByName: map[string]inner{"x": person}, Any: person, Raw: jsontext.Value(`"Ada"`), Plain: []string{"a"}, Contact: person, unlisted: "Ada",
	}
	hidden := inner{Phone: "[personal]", City: "Bonn"}
	want := patient{
		ID: "[health]", Name: "[personal]", At: at, Home: hidden, Work: &hidden, Visits: []inner{hidden, {City: "Köln"}},
		Pair: [2]inner{hidden, hidden}, ByName: map[string]inner{"x": hidden}, Any: hidden, Plain: []string{"a"},
	}
	got := event.Mask(p).(patient)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(patient{})); diff != "" {
		t.Error(diff)
	}
	if got.Subject() != "[health]" {
		t.Errorf("a classified subject is shown: %s", got.Subject())
	}
	if p.Home.Phone != "1" || p.Visits[0].Phone != "1" || p.Work.Phone != "1" || p.ByName["x"].Phone != "1" {
		t.Error("what was masked is the original")
	}
}
