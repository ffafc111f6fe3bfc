package strictjson_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

type header struct {
	Source string `json:"source"`
}

type line struct {
	SKU      string  `json:"sku"`
	Quantity int64   `json:"quantity"`
	Price    float64 `json:"price"`
}

type document struct {
	header
	ID     string            `json:"id"`
	Open   bool              `json:"open"`
	At     time.Time         `json:"at"`
	Lines  []line            `json:"lines"`
	Names  map[string]string `json:"names"`
	Parent *document         `json:"parent"`
	Rest   jsontext.Value    `json:"rest"`
	Small  int8              `json:"small"`
}

// The cases are those that decoders disagree about: what one accepts and
// another refuses is how a checked value and a used value come apart.
func TestUnmarshalRefusesHostileDocuments(t *testing.T) {
	deep := func(n int) string {
		return `{"rest":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
	}
	for name, c := range map[string]struct{ document, want string }{
		"a duplicate name":                      {`{"id":"a","id":"b"}`, "doc.id: expected each name once"},
		"a duplicate name in an escape":         {`{"id":"a","\u0069d":"b"}`, "doc.id: expected each name once"},
		"a duplicate name in a part not read":   {`{"other":{"jane":1,"jane":2}}`, "doc.?: expected each name once"},
		"a duplicate name in a raw part":        {`{"rest":{"jane":1,"jane":2}}`, "doc.rest.?: expected each name once"},
		"a duplicate name in a map":             {`{"names":{"jane":"1","jane":"2"}}`, "doc.names.?: expected each name once"},
		"invalid UTF-8 in a value":              {"{\"id\":\"\xff\"}", "doc.id: expected valid UTF-8"},
		"invalid UTF-8 in a name":               {"{\"\xff\":1}", "doc: expected valid UTF-8"},
		"an overlong UTF-8 sequence":            {"{\"id\":\"\xc0\xaf\"}", "doc.id: expected valid UTF-8"},
		"a lone surrogate":                      {`{"id":"\ud800"}`, "doc.id: expected valid UTF-8"},
		"a control byte in a string":            {"{\"id\":\"a\x01\"}", "doc.id: expected valid JSON (stopped at byte 8)"},
		"a truncated document":                  {`{"id":"a"`, "doc: expected valid JSON (stopped at byte 9)"},
		"nothing":                               {``, "doc: expected valid JSON (stopped at byte 0)"},
		"trailing data":                         {`{} {}`, "doc: expected valid JSON (stopped at byte 3)"},
		"a trailing comma":                      {`{"id":"a",}`, "doc: expected valid JSON (stopped at byte 9)"},
		"a comment":                             {`{/*x*/}`, "doc: expected valid JSON (stopped at byte 1)"},
		"single quotes":                         {`{'id':'a'}`, "doc: expected valid JSON (stopped at byte 1)"},
		"a byte order mark":                     {"\ufeff{}", "doc: expected valid JSON (stopped at byte 0)"},
		"a leading zero":                        {`{"small":007}`, "doc: expected valid JSON (stopped at byte 10)"},
		"NaN":                                   {`{"lines":[{"price":NaN}]}`, "doc.lines[0].price: expected valid JSON (stopped at byte 19)"},
		"an array for an object":                {`[]`, "doc: expected an object"},
		"a string for a document":               {`"{}"`, "doc: expected an object"},
		"a number for a string":                 {`{"id":4155552671}`, "doc.id: expected a string"},
		"a string for a number":                 {`{"lines":[{"quantity":"1"}]}`, "doc.lines[0].quantity: expected a whole number within range"},
		"a fraction for a whole number":         {`{"lines":[{},{"quantity":1.5}]}`, "doc.lines[1].quantity: expected a whole number within range"},
		"a whole number that overflows":         {`{"small":128}`, "doc.small: expected a whole number within range"},
		"a whole number beyond 64 bits":         {`{"lines":[{"quantity":9223372036854775808}]}`, "doc.lines[0].quantity: expected a whole number within range"},
		"a number beyond a float":               {`{"lines":[{"price":1e999}]}`, "doc.lines[0].price: expected a number"},
		"a string for true or false":            {`{"open":"true"}`, "doc.open: expected true or false"},
		"an object for an array":                {`{"lines":{}}`, "doc.lines: expected an array"},
		"an array for a map":                    {`{"names":[]}`, "doc.names: expected an object"},
		"a date without a time":                 {`{"at":"2026-02-03"}`, "doc.at: expected a time in RFC 3339"},
		"a wrong type below a pointer":          {`{"parent":{"parent":{"id":1}}}`, "doc.parent.parent.id: expected a string"},
		"a wrong type in an embedded struct":    {`{"source":1}`, "doc.source: expected a string"},
		"a wrong type under a personal map key": {`{"names":{"jane@example.com":1}}`, "doc.names.?: expected a string"},
		"101 levels":                            {deep(100), "doc: expected at most 100 levels of nesting"},
		"a million levels":                      {deep(500_000), "doc: expected at most 100 levels of nesting"},
		"200,000 levels never closed":           {strings.Repeat("[", 200_000), "doc: expected at most 100 levels of nesting"},
		"more than a MiB":                       {`"` + strings.Repeat("x", strictjson.MaxBytes) + `"`, "doc: expected at most 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			var into document
			err := strictjson.Unmarshal("doc", []byte(c.document), &into)
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("got %v, want an invalid event", err)
			}
			if diff := cmp.Diff("invalid-event: "+c.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUnmarshalAccepts(t *testing.T) {
	for name, c := range map[string]struct {
		document string
		want     document
	}{
		"null, which checks nothing":          {`null`, document{}},
		"an empty object":                     {`{}`, document{}},
		"unknown names":                       {`{"new":[1,{"a":null}],"id":"a"}`, document{ID: "a"}},
		"a name in another case as unknown":   {`{"id":"a","ID":"b","Id":"c"}`, document{ID: "a"}},
		"a surrogate pair":                    {`{"id":"\ud83d\ude82"}`, document{ID: "🚂"}},
		"a null field":                        {`{"id":null,"lines":null}`, document{}},
		"white space around":                  {" \n{\"id\":\"a\"}\t ", document{ID: "a"}},
		"brackets and quotes inside a string": {`{"id":"` + strings.Repeat(`[{\"`, 150) + `"}`, document{ID: strings.Repeat(`[{"`, 150)}},
		"many brackets that do not nest":      {`{"lines":[` + strings.Repeat(`{},`, 200) + `{"sku":"x"}]}`, document{Lines: append(make([]line, 200), line{SKU: "x"})}},
		"exactly 100 levels":                  {`{"other":` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + `}`, document{}},
		"the largest whole number":            {`{"lines":[{"quantity":9223372036854775807}]}`, document{Lines: []line{{Quantity: 1<<63 - 1}}}},
	} {
		t.Run(name, func(t *testing.T) {
			var got document
			if err := strictjson.Unmarshal("doc", []byte(c.document), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(document{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheLargestSizeMayBeAnother(t *testing.T) {
	var got document
	large := []byte(`{"id":"` + strings.Repeat("x", strictjson.MaxBytes) + `"}`)
	if err := strictjson.UnmarshalUpTo(2*strictjson.MaxBytes, "doc", large, &got); err != nil || len(got.ID) != strictjson.MaxBytes {
		t.Errorf("got %d bytes, %v", len(got.ID), err)
	}
	err := strictjson.UnmarshalUpTo(9, "doc", []byte(`{"id":"a"}`), &got)
	if want := "invalid-event: doc: expected at most 9 bytes"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestMarshalIsStable(t *testing.T) {
	want := `{"c":1,"a":{"x":1,"y":2,"z":3}}`
	for range 50 {
		got, err := strictjson.Marshal(struct {
			C int            `json:"c"`
			A map[string]int `json:"a"`
		}{1, map[string]int{"z": 3, "x": 1, "y": 2}})
		if err != nil || string(got) != want {
			t.Fatalf("got %s, %v; want %s", got, err, want)
		}
	}
}

func FuzzUnmarshal(f *testing.F) {
	for _, seed := range []string{
		`{"id":"a","lines":[{"sku":"x","quantity":1}],"at":"2026-02-03T09:15:22Z"}`,
		`{"id":"a","id":"b"}`, `{"names":{"jane@example.com":1}}`, `{"rest":[[[]]]}`, `null`, "\xff", `{"parent":{"small":300}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		// The marker stands for a personal value: wherever it is, no error may show it.
		marked := []byte(strings.ReplaceAll(string(data), "jane", "sentinel4711"))
		var got document
		err := strictjson.Unmarshal("doc", marked, &got)
		if err == nil {
			if again, err := strictjson.Marshal(got); err != nil {
				t.Skip("a time that RFC 3339 cannot say")
			} else if err := strictjson.Unmarshal("doc", again, &document{}); err != nil {
				t.Fatalf("what was encoded does not decode: %v", err)
			}
			return
		}
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid {
			t.Fatalf("not an invalid event: %v", err)
		}
		if strings.Contains(err.Error(), "sentinel4711") || len(err.Error()) > 2000 {
			t.Fatalf("the error quotes the input: %v", err)
		}
	})
}

func Example() {
	var order struct {
		Lines []struct {
			Quantity int64 `json:"quantity"`
		} `json:"lines"`
	}
	err := strictjson.Unmarshal("order", []byte(`{"lines":[{"quantity":1},{"quantity":"two"}]}`), &order)
	fmt.Println(err)
	// Output: invalid-event: order.lines[1].quantity: expected a whole number within range
}
