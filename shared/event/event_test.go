package event_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// level is the payload of level.changed: a stock level, which is a state.
type level struct {
	SKU   string `json:"sku"`
	Count int64  `json:"count"`
	Seq   int64  `json:"seq"`
}

func (level) EventType() event.Type { return "level.changed" }
func (level) SchemaVersion() int    { return 2 }
func (l level) Subject() string     { return l.SKU }
func (l level) Sequence() int64     { return l.Seq }
func (l level) Validate() error {
	if l.SKU == "" {
		return fault.Field("data.sku", "a non-empty string")
	}
	return nil
}

// Upcast reads version 1, which called the count "quantity".
func (level) Upcast(from int, data []byte) ([]byte, error) {
	if strings.Contains(string(data), "unreadable") {
		return nil, fault.Field("data", "version 1 of level.changed")
	}
	return []byte(strings.ReplaceAll(string(data), `"quantity"`, `"count"`)), nil
}

// note is the payload of note.taken: no state, no older version.
type note struct {
	ID string `json:"id"`
}

func (note) EventType() event.Type { return "note.taken" }
func (note) SchemaVersion() int    { return 1 }
func (n note) Subject() string     { return n.ID }
func (n note) Validate() error     { return nil }

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t
}

func origin() event.Origin {
	return event.Origin{
		Source: "/commercetools/acme-dev", ID: "n-1", Time: at("2026-02-03T10:15:22.314+01:00"),
		TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	}
}

func entered(t *testing.T) event.Raw {
	t.Helper()
	r, err := event.New(origin(), level{SKU: "A", Count: 3, Seq: 7})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnEventSurvivesItsEncoding(t *testing.T) {
	first := entered(t)
	next, err := event.Next("level-changed-watch", first.Header, at("2026-02-03T09:15:23Z"), note{ID: "A"})
	if err != nil {
		t.Fatal(err)
	}
	for file, r := range map[string]event.Raw{"testdata/entered.json": first, "testdata/next.json": next} {
		encoded, err := event.Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		readable := jsontext.Value(append([]byte(nil), encoded...))
		if err := readable.Indent(jsontext.WithIndent("  ")); err != nil {
			t.Fatal(err)
		}
		readable = append(readable, '\n')
		if *update {
			if err := os.WriteFile(file, readable, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		golden, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(golden), string(readable)); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
		parsed, err := event.Parse(golden)
		if err != nil {
			t.Fatal(err)
		}
		again, err := event.Encode(parsed)
		if err != nil {
			t.Fatal(err)
		}
		if string(again) != string(encoded) {
			t.Errorf("%s: parsed and encoded it reads %s, want %s", file, again, encoded)
		}
	}
}

func TestAsDecodes(t *testing.T) {
	for name, change := range map[string]func(*event.Raw){
		"the current version":  func(*event.Raw) {},
		"a name unknown to us": func(r *event.Raw) { r.Data = jsontext.Value(`{"sku":"A","count":3,"seq":7,"new":1}`) },
		"an older version by its upcast": func(r *event.Raw) {
			r.DataSchema, r.Data = "urn:signalbox:level.changed:1", jsontext.Value(`{"sku":"A","quantity":3,"seq":7}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := entered(t)
			change(&r)
			got, err := event.As[level](r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(event.Event[level]{Header: r.Header, Data: level{SKU: "A", Count: 3, Seq: 7}}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAsRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*event.Raw)
		want   string
	}{
		"another type":               {func(r *event.Raw) { r.Type = "note.taken" }, "type: expected level.changed"},
		"a newer version":            {func(r *event.Raw) { r.DataSchema = "urn:signalbox:level.changed:3" }, "dataschema: expected version 2 of level.changed"},
		"a version that never was":   {func(r *event.Raw) { r.DataSchema = "urn:signalbox:level.changed:0" }, "dataschema: expected urn:signalbox:level.changed:<version>"},
		"the schema of another type": {func(r *event.Raw) { r.DataSchema = "urn:signalbox:note.taken:2" }, "dataschema: expected urn:signalbox:level.changed:<version>"},
		"no schema":                  {func(r *event.Raw) { r.DataSchema = "" }, "dataschema: expected urn:signalbox:level.changed:<version>"},
		"an older version gone unreadable": {func(r *event.Raw) {
			r.DataSchema, r.Data = "urn:signalbox:level.changed:1", jsontext.Value(`"unreadable"`)
		}, "data: expected version 1 of level.changed"},
		"no data":                           {func(r *event.Raw) { r.Data = nil }, "data: expected an object"},
		"null":                              {func(r *event.Raw) { r.Data = jsontext.Value(`null`) }, "data: expected an object"},
		"an array":                          {func(r *event.Raw) { r.Data = jsontext.Value(`[]`) }, "data: expected an object"},
		"a wrong type of a field":           {func(r *event.Raw) { r.Data = jsontext.Value(`{"sku":"A","count":"3"}`) }, "data.count: expected a whole number within range"},
		"what the payload objects to":       {func(r *event.Raw) { r.Data = jsontext.Value(`{}`) }, "data.sku: expected a non-empty string"},
		"a subject that is not the data's":  {func(r *event.Raw) { r.Subject = "B" }, "subject: expected the subject of the data"},
		"a sequence that is not the data's": {func(r *event.Raw) { r.Sequence = 8 }, "sequence: expected the sequence of the data, above 0"},
		"a state without a sequence": {func(r *event.Raw) {
			r.Sequence, r.Data = 0, jsontext.Value(`{"sku":"A","count":3}`)
		}, "sequence: expected the sequence of the data, above 0"},
	} {
		t.Run(name, func(t *testing.T) {
			r := entered(t)
			c.change(&r)
			_, err := event.As[level](r)
			invalid(t, err, c.want)
		})
	}
	t.Run("an older version of a payload that never had one", func(t *testing.T) {
		r, err := event.New(origin(), note{ID: "A"})
		if err != nil {
			t.Fatal(err)
		}
		r.DataSchema = "urn:signalbox:note.taken:2"
		_, err = event.As[note](r)
		invalid(t, err, "dataschema: expected version 1 of note.taken")
	})
}

func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*event.Raw)
		want   string
	}{
		"another CloudEvents version":  {func(r *event.Raw) { r.SpecVersion = "0.3" }, `specversion: expected "1.0"`},
		"no id":                        {func(r *event.Raw) { r.ID = "" }, "id: expected 1 to 256 printable ASCII characters"},
		"an id with a line break":      {func(r *event.Raw) { r.ID = "a\nb" }, "id: expected 1 to 256 printable ASCII characters"},
		"an id too long for a key":     {func(r *event.Raw) { r.ID = strings.Repeat("a", 257) }, "id: expected 1 to 256 printable ASCII characters"},
		"no source":                    {func(r *event.Raw) { r.Source = "" }, "source: expected 1 to 1024 printable ASCII characters"},
		"no type":                      {func(r *event.Raw) { r.Type = "" }, "type: expected 1 to 128 printable ASCII characters"},
		"a type outside ASCII":         {func(r *event.Raw) { r.Type = "größe.changed" }, "type: expected 1 to 128 printable ASCII characters"},
		"no time":                      {func(r *event.Raw) { r.Time = time.Time{} }, "time: expected a time in RFC 3339"},
		"a subject too long for a key": {func(r *event.Raw) { r.Subject = strings.Repeat("a", 513) }, "subject: expected at most 512 bytes"},
		"a sequence below 0":           {func(r *event.Raw) { r.Sequence = -1 }, "sequence: expected 0 or more"},
		"a hop below 0":                {func(r *event.Raw) { r.Hop = -1 }, "hop: expected 0 to 16"},
		"a hop beyond the limit":       {func(r *event.Raw) { r.Hop = 17 }, "hop: expected 0 to 16"},
	} {
		t.Run(name, func(t *testing.T) {
			r := entered(t)
			c.change(&r)
			body, err := event.Encode(r)
			if err != nil {
				t.Fatal(err)
			}
			_, err = event.Parse(body)
			invalid(t, err, c.want)
		})
	}
	for name, c := range map[string]struct{ body, want string }{
		"null":                            {`null`, `specversion: expected "1.0"`},
		"an empty object":                 {`{}`, `specversion: expected "1.0"`},
		"a list":                          {`[]`, "event: expected an object"},
		"a second id":                     {`{"specversion":"1.0","id":"a","id":"b"}`, "event.id: expected each name once"},
		"a sequence that is not a string": {`{"specversion":"1.0","sequence":1}`, "event.sequence: expected a whole number within range"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := event.Parse([]byte(c.body))
			invalid(t, err, c.want)
		})
	}
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*event.Origin)
		data   event.Payload
		want   string
	}{
		"a notification without id":  {func(o *event.Origin) { o.ID = "" }, note{ID: "A"}, "id: expected the source's id of the notification"},
		"an origin without source":   {func(o *event.Origin) { o.Source = "" }, note{ID: "A"}, "source: expected 1 to 1024 printable ASCII characters"},
		"an origin without time":     {func(o *event.Origin) { o.Time = time.Time{} }, note{ID: "A"}, "time: expected a time in RFC 3339"},
		"data that is not valid":     {func(*event.Origin) {}, level{Seq: 1}, "data.sku: expected a non-empty string"},
		"a state without a sequence": {func(*event.Origin) {}, level{SKU: "A"}, "sequence: expected the sequence of the data, above 0"},
		"a state before the first":   {func(*event.Origin) {}, level{SKU: "A", Seq: -1}, "sequence: expected 0 or more"},
	} {
		t.Run(name, func(t *testing.T) {
			o := origin()
			c.change(&o)
			_, err := event.New(o, c.data)
			invalid(t, err, c.want)
		})
	}
}

// The id is what makes a repetition recognizable, so what it depends on is a
// contract: changing it would make every replay a set of new events.
func TestIDsAreDerived(t *testing.T) {
	const want = "274d6c1c-9009-5161-ab72-f5bcc937aa49"
	cause := entered(t).Header
	id := func(function, cause string, data event.Payload) string {
		r, err := event.Next(function, event.Header{ID: cause}, at("2026-02-03T09:15:23Z"), data)
		if err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	base := id("f", cause.ID, note{ID: "A"})
	if later, err := event.Next("f", cause, at("2027-01-01T00:00:00Z"), note{ID: "A"}); err != nil || later.ID != base {
		t.Errorf("emitted again later it is %s, %v; want %s", later.ID, err, base)
	}
	for what, other := range map[string]string{
		"function": id("g", cause.ID, note{ID: "A"}),
		"cause":    id("f", "other", note{ID: "A"}),
		"subject":  id("f", cause.ID, note{ID: "B"}),
		"type":     id("f", cause.ID, level{SKU: "A", Seq: 1}),
	} {
		if other == base {
			t.Errorf("another %s gives the same id", what)
		}
	}
	if got := event.DeriveID("/commercetools/acme-dev", "n-1", "order.created", "o-1"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if same := entered(t); same.ID != cause.ID {
		t.Errorf("the same notification gives %s and %s", same.ID, cause.ID)
	}
}

func TestNextContinuesTheStory(t *testing.T) {
	first := entered(t)
	first.Refetched, first.TraceState = true, "vendor=1"
	next, err := event.Next("level-changed-watch", first.Header, at("2026-02-03T10:15:23+01:00"), note{ID: "A"})
	if err != nil {
		t.Fatal(err)
	}
	want := event.Header{
		SpecVersion: "1.0", ID: next.ID, Source: "/signalbox/level-changed-watch", Type: "note.taken", Subject: "A",
		Time: at("2026-02-03T09:15:23Z"), ContentType: "application/json", DataSchema: "urn:signalbox:note.taken:1",
		CorrelationID: first.ID, CausationID: first.ID, Hop: 1, Refetched: true,
		TraceParent: first.TraceParent, TraceState: "vendor=1",
	}
	if diff := cmp.Diff(want, next.Header); diff != "" {
		t.Error(diff)
	}
	foreign, err := event.Next("f", event.Header{ID: "x"}, next.Time, note{ID: "A"})
	if err != nil || foreign.CorrelationID != "x" {
		t.Errorf("a cause without correlation id gives %q, %v; want its own id", foreign.CorrelationID, err)
	}
}

func TestAChainOfEventsEnds(t *testing.T) {
	cause := entered(t).Header
	for range event.MaxHops {
		next, err := event.Next("f", cause, cause.Time, note{ID: "A"})
		if err != nil {
			t.Fatalf("hop %d: %v", cause.Hop+1, err)
		}
		cause = next.Header
	}
	_, err := event.Next("f", cause, cause.Time, note{ID: "A"})
	if f := fault.Of(err); f == nil || f.Kind != fault.Permanent || f.Reason != "hop-limit" {
		t.Errorf("hop %d: got %v, want a permanent hop-limit", cause.Hop+1, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, file := range []string{"testdata/entered.json", "testdata/next.json"} {
		seed, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Add([]byte(`{"specversion":"1.0","id":"a","source":"s","type":"level.changed","time":"2026-02-03T09:15:22+23:59","dataschema":"urn:signalbox:level.changed:1","data":{"sku":"A","quantity":1,"seq":1},"subject":"A","sequence":"1"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := event.Parse(body)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("not an invalid event: %v", err)
			}
			return
		}
		encoded, err := event.Encode(r)
		if err != nil {
			t.Fatalf("what was parsed does not encode: %v", err)
		}
		again, err := event.Parse(encoded)
		if err != nil || !again.Time.Equal(r.Time) || again.ID != r.ID || again.Hop != r.Hop || again.Sequence != r.Sequence {
			t.Fatalf("parsed again it differs: %v", err)
		}
		if e, err := event.As[level](r); err != nil && fault.KindOf(err) != fault.Invalid {
			t.Fatalf("not an invalid event: %v", err)
		} else if err == nil && e.Data.SKU == "" {
			t.Fatal("data that its payload objects to was accepted")
		}
	})
}

func invalid(t *testing.T, err error, want string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Error() != "invalid-event: "+want {
		t.Errorf("got %v, want invalid-event: %s", err, want)
	}
}

func ExampleAs() {
	raw, err := event.Parse([]byte(`{
		"specversion": "1.0", "id": "e-1", "source": "/wms/7", "type": "level.changed", "subject": "A-42",
		"time": "2026-02-03T09:15:22Z", "dataschema": "urn:signalbox:level.changed:2", "sequence": "7",
		"data": {"sku": "A-42", "count": 3, "seq": 7}
	}`))
	if err != nil {
		panic(err)
	}
	e, err := event.As[level](raw)
	fmt.Println(e.Data.SKU, e.Data.Count, err)

	_, err = event.As[note](raw)
	fmt.Println(err)
	// Output:
	// A-42 3 <nil>
	// invalid-event: type: expected note.taken
}

func ExampleNext() {
	cause := event.Header{ID: "e-1", CorrelationID: "e-1"}
	once, _ := event.Next("level-changed-watch", cause, time.Now(), note{ID: "A-42"})
	twice, _ := event.Next("level-changed-watch", cause, time.Now(), note{ID: "A-42"})
	fmt.Println(once.ID == twice.ID, once.CausationID, once.Hop)
	// Output: true e-1 1
}
