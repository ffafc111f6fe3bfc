package schema_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/event/schema"
	"signalbox/shared/sample"
	"signalbox/shared/strictjson"
)

var update = flag.Bool("update", false, "write the schemas, as far as nothing breaks, and the goldens")

func folder(e catalog.Event) string { return filepath.Join("..", string(e.Domain), "schema") }

func TestSchemasSayWhatTheTypesSay(t *testing.T) {
	for _, e := range catalog.Events {
		if err := schema.Keep(folder(e), e.Payload, *update); err != nil {
			t.Error(err)
		}
	}
}

func TestNoSchemaIsWithoutAnEvent(t *testing.T) {
	expected := map[string]bool{}
	for _, e := range catalog.Events {
		for version := range e.Payload.SchemaVersion() {
			expected[filepath.Join(folder(e), schema.File(e.Payload, version+1))] = true
		}
	}
	files, err := filepath.Glob("../*/schema/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !expected[file] {
			t.Errorf("%s describes no event of the catalog", file)
		}
	}
	if len(files) == 0 {
		t.Error("no schema was found")
	}
}

func compile(t *testing.T, body []byte) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func instance(t *testing.T, body []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSamplesFitTheirSchemas(t *testing.T) {
	samples, err := sample.Load("../../../events-samples")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, s := range samples {
		if s.Source != sample.Own {
			continue
		}
		tried++
		raw, err := s.Event()
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		e, ok := catalog.EventByType(raw.Type)
		if !ok {
			t.Errorf("%s: %s is not in the catalog", s.Name, raw.Type)
			continue
		}
		body, err := os.ReadFile(filepath.Join(folder(e), schema.File(e.Payload, e.Payload.SchemaVersion())))
		if err != nil {
			t.Error(err)
			continue
		}
		if err := compile(t, body).Validate(instance(t, raw.Data)); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
	if tried == 0 {
		t.Error("there is no sample")
	}
}

// everything is a payload with every shape the generator knows.
type everything struct {
	Text     string            `json:"text"`
	Name     string            `json:"name,omitzero" class:"personal"`
	Yes      bool              `json:"yes"`
	Count    int64             `json:"count"`
	Quoted   int64             `json:"quoted,string"`
	Small    int32             `json:"small,omitempty"`
	Share    float64           `json:"share"`
	At       time.Time         `json:"at"`
	Bytes    []byte            `json:"bytes"`
	Prices   []retail.Money    `json:"prices"`
	Labels   map[string]string `json:"labels"`
	Parent   *everything       `json:"parent,omitzero"`
	Nameless struct {
		ID string `json:"id" class:"health"`
	} `json:"nameless"`
	Hidden string `json:"-"`
	retail.ShippedLine
}

func (everything) EventType() event.Type { return "thing.happened" }
func (everything) SchemaVersion() int    { return 3 }
func (everything) Subject() string       { return "s" }
func (everything) Validate() error       { return nil }

func full() everything {
	return everything{
		Text: "t", Name: "Max", Yes: true, Count: -1, Quoted: 7, Small: 1, Share: 0.5, At: time.Date(2026, 2, 3, 9, 15, 22, 0, time.UTC),
		Bytes: []byte{1}, Prices: []retail.Money{{Currency: "EUR", Amount: 1, FractionDigits: 2}}, Labels: map[string]string{"a": "b"},
		Parent: &everything{At: time.Unix(0, 0).UTC()}, ShippedLine: retail.ShippedLine{ID: "l", Quantity: 1},
	}
}

func TestGenerate(t *testing.T) {
	got, err := schema.Generate(everything{})
	if err != nil {
		t.Fatal(err)
	}
	const file = "testdata/everything.json"
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

// An independent validator accepts what we encode and refuses what differs.
func TestWhatIsEncodedFitsItsSchema(t *testing.T) {
	body, err := schema.Generate(everything{})
	if err != nil {
		t.Fatal(err)
	}
	compiled := compile(t, body)
	for name, e := range map[string]everything{"a full payload": full(), "an empty payload": {}} {
		encoded, err := strictjson.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(instance(t, encoded)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	encoded, err := strictjson.Marshal(full())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a required property is absent":   {`"text":"t",`, ``},
		"a number for a text":             {`"text":"t"`, `"text":1`},
		"a fraction for a whole number":   {`"count":-1`, `"count":1.5`},
		"a number that is to be a text":   {`"quoted":"7"`, `"quoted":7`},
		"a date without a time":           {`"2026-02-03T09:15:22Z"`, `"2026-02-03"`},
		"a null for an object":            {`"parent":{`, `"x":{},"parent":null,"y":{`},
		"a wrong type in a list":          {`"amount":1,`, `"amount":"1",`},
		"a wrong type in an inner value":  {`"a":"b"`, `"a":1`},
		"a wrong type in an embedded one": {`"quantity":1`, `"quantity":[]`},
	} {
		changed := strings.Replace(string(encoded), change[0], change[1], 1)
		if changed == string(encoded) {
			t.Errorf("%s: %s is not in %s", name, change[0], encoded)
			continue
		}
		if compiled.Validate(instance(t, []byte(changed))) == nil {
			t.Errorf("%s: the schema accepts %s", name, changed)
		}
	}
	grown := strings.Replace(string(encoded), `{`, `{"new":1,`, 1)
	if err := compiled.Validate(instance(t, []byte(grown))); err != nil {
		t.Errorf("a property of a later schema: %v", err)
	}
}

type duration struct {
	everything
	D time.Duration `json:"d"`
}

type nullable struct {
	everything
	P *string `json:"p"`
}

type untagged struct {
	everything
	U string
}

type anything struct {
	everything
	A any `json:"a"`
}

type keyed struct {
	everything
	M map[int]string `json:"m"`
}

// Money has the name of retail's type, which everything holds too.
type Money struct {
	Coins int64 `json:"coins"`
}

type twice struct {
	everything
	M Money `json:"m"`
}

func TestGenerateRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		payload event.Payload
		want    string
	}{
		"a pointer for a payload":       {&everything{}, "thing.happened: expected a struct as payload"},
		"a duration":                    {duration{}, "thing.happened: duration.D: expected a whole number and its unit in the name instead of a duration"},
		"a pointer that would be null":  {nullable{}, "thing.happened: nullable.P: expected the tag omitzero, because nil would be encoded as null"},
		"a field that has no name":      {untagged{}, "thing.happened: untagged.U: expected a json tag"},
		"anything":                      {anything{}, "thing.happened: anything.A: expected a type with a JSON Schema instead of interface {}"},
		"two types of one name":         {twice{}, "thing.happened: twice.M: expected different names for retail.Money and schema_test.Money"},
		"a map by something but a text": {keyed{}, "thing.happened: keyed.M: expected strings as the map's keys"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := schema.Generate(c.payload); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// The schema holds the tags that redaction uses, for systems that store the data
// elsewhere.
func TestClassesOfAnOrder(t *testing.T) {
	body, err := schema.Generate(retail.OrderCreated{})
	if err != nil {
		t.Fatal(err)
	}
	defs := instance(t, body).(map[string]any)["$defs"].(map[string]any)
	var classed []string
	for _, name := range []string{"Customer", "Order"} {
		for property, s := range defs[name].(map[string]any)["properties"].(map[string]any) {
			if class, ok := s.(map[string]any)["x-class"]; ok {
				classed = append(classed, name+"."+property+" "+class.(string))
			}
		}
	}
	slices.Sort(classed)
	want := []string{
		"Customer.email personal", "Customer.firstName personal", "Customer.lastName personal",
		"Order.paymentMethod secret", "Order.riskSession personal",
	}
	if diff := cmp.Diff(want, classed); diff != "" {
		t.Error(diff)
	}
}
