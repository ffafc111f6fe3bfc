package commercetools

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"signalbox/shared/config"
	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/fault"
)

var marked = Marks{Type: commercetoolstest.ReturnType, Field: commercetoolstest.ReturnField}

// serveReturns returns a client that may put back into stock.
func serveReturns(t testing.TB) (*Client, *commercetoolstest.Double, *connectortest.Server) {
	t.Helper()
	double := commercetoolstest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	client, err := New(values(double, server.URL), ManageProducts, ManagePayments)
	if err != nil {
		t.Fatal(err)
	}
	return client, double, server
}

// shelf returns an inventory entry of five pieces with the given fields.
func shelf(t testing.TB, d *commercetoolstest.Double, id, sku, more string) {
	t.Helper()
	err := d.PutInventory(fmt.Appendf(nil, `{"id":%q,"version":7,"sku":%q,"quantityOnStock":5,"availableQuantity":-3,"createdAt":"2026-01-01T00:00:00.000Z","lastModifiedAt":"2026-01-01T00:00:00.000Z"%s}`, id, sku, more))
	if err != nil {
		t.Fatal(err)
	}
}

// onShelf returns what an entry holds and its marks.
func onShelf(t testing.TB, d *commercetoolstest.Double, id string) (int64, string) {
	t.Helper()
	text, _ := d.Entry(id)
	var e stockEntry
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	marks, err := e.marks(marked)
	if err != nil {
		t.Fatal(err)
	}
	return *e.QuantityOnStock, strings.Join(marks, " ")
}

func TestPiecesAreCountedOncePerName(t *testing.T) {
	client, double, _ := serveReturns(t)
	shelf(t, double, "e-1", "A", "")
	for _, name := range []string{"i-1", "i-1", "i-2", "i-1"} {
		if outcome, err := client.Restock(t.Context(), marked, name, "A", "", 2); outcome != Done || err != nil {
			t.Fatalf("Restock = %q, %v", outcome, err)
		}
	}
	if n, marks := onShelf(t, double, "e-1"); n != 9 || marks != "i-1 i-2" {
		t.Errorf("%d pieces, marks %q; want 9 of two names", n, marks)
	}
	if n := len(double.Effects()); n != 2 {
		t.Errorf("%d effects", n)
	}
}

func TestWherePiecesGoBack(t *testing.T) {
	channel := func(id string) string { return `,"supplyChannel":{"typeId":"channel","id":"` + id + `"}` }
	custom := `,"custom":{"type":{"typeId":"type","id":"t"},"fields":{"` + commercetoolstest.ReturnField + `":"x y"}}`
	for sentence, test := range map[string]struct {
		shelves map[string]string
		channel string
		where   string // "" for nowhere
		outcome Restocked
		reason  string
	}{
		"to the entry of their channel":                    {map[string]string{"e-1": channel("north"), "e-2": channel("south"), "e-3": ""}, "south", "e-2", Done, ""},
		"to the entry without a channel":                   {map[string]string{"e-1": channel("north"), "e-3": ""}, "", "e-3", Done, ""},
		"to the only entry, if their channel is not known": {map[string]string{"e-1": channel("north")}, "", "e-1", Done, ""},
		"nowhere, if it could be either of two":            {map[string]string{"e-1": channel("north"), "e-2": channel("south")}, "", "", "", "commercetools-several-inventory-entries"},
		"nowhere, if their channel has none":               {map[string]string{"e-1": channel("north"), "e-3": ""}, "south", "", NoEntry, ""},
		"nowhere, if the only entry is another channel's":  {map[string]string{"e-1": channel("north")}, "south", "", NoEntry, ""},
		"nowhere, if no stock is kept":                     {nil, "", "", NoEntry, ""},
		"to an entry that has other marks":                 {map[string]string{"e-1": custom}, "", "e-1", Done, ""},
		"to an entry that has other fields":                {map[string]string{"e-1": strings.ReplaceAll(custom, commercetoolstest.ReturnField, "shelf")}, "", "e-1", Done, ""},
		"nowhere, if the field has another type":           {map[string]string{"e-1": strings.Replace(custom, `"x y"`, `7`, 1)}, "", "", "", "commercetools-return-field"},
	} {
		t.Run(sentence, func(t *testing.T) {
			client, double, _ := serveReturns(t)
			for id, more := range test.shelves {
				shelf(t, double, id, "A", more)
			}
			outcome, err := client.Restock(t.Context(), marked, "i-1", "A", test.channel, 2)
			f := fault.Of(err)
			if test.reason == "" && f != nil || test.reason != "" && (f == nil || f.Reason != test.reason || f.Kind != fault.Permanent) {
				t.Fatalf("Restock = %q, %v; want %q", outcome, err, test.reason)
			}
			if err == nil && outcome != test.outcome {
				t.Errorf("outcome %q, want %q", outcome, test.outcome)
			}
			for id, more := range test.shelves {
				text, _ := double.Entry(id)
				if strings.Contains(more, "custom") && !strings.Contains(string(text), `"id":"t"`) {
					t.Error("the entry's own custom type was taken away")
				}
				if got := strings.Contains(string(text), `"quantityOnStock":7`); got != (id == test.where) {
					t.Errorf("put back to %s: %t", id, got)
				}
			}
		})
	}
}

// A type that the project does not have, or that lacks the field, is refused by
// commercetools, and is for a person to set up.
func TestMarksNeedTheirType(t *testing.T) {
	client, double, _ := serveReturns(t)
	shelf(t, double, "e-1", "A", "")
	for m, want := range map[Marks]string{
		{Type: "no-such-type", Field: marked.Field}:    "commercetools-ReferencedResourceNotFound",
		{Type: marked.Type, Field: "signalboxUnknown"}: "commercetools-InvalidField",
	} {
		_, err := client.Restock(t.Context(), m, "i-1", "A", "", 2)
		if f := fault.Of(err); f == nil || f.Kind != fault.Permanent || f.Reason != want {
			t.Errorf("Restock: %v; want %s", err, want)
		}
	}
	if n, _ := onShelf(t, double, "e-1"); n != 5 {
		t.Errorf("%d pieces; want none put back", n)
	}
}

func TestOldestMarksAreForgotten(t *testing.T) {
	client, double, _ := serveReturns(t)
	shelf(t, double, "e-1", "A", "")
	for i := range maxMarks + 2 {
		if _, err := client.Restock(t.Context(), marked, fmt.Sprint("i-", i), "A", "", 1); err != nil {
			t.Fatal(err)
		}
	}
	n, marks := onShelf(t, double, "e-1")
	if names := strings.Fields(marks); n != 5+maxMarks+2 || len(names) != maxMarks || names[0] != "i-2" {
		t.Errorf("%d pieces and %d marks from %s", n, len(names), names[0])
	}
}

func TestStockThatChangesMeanwhileIsReadAgain(t *testing.T) {
	for sentence, test := range map[string]struct {
		conflicts int
		reason    string
	}{
		"once": {1, ""}, "three times": {3, ""}, "four times": {4, "commercetools-ConcurrentModification"},
	} {
		t.Run(sentence, func(t *testing.T) {
			client, double, server := serveReturns(t)
			shelf(t, double, "e-1", "A", "")
			left := test.conflicts
			server.Script(func(r *http.Request) *connectortest.Fault {
				if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/inventory/") && left > 0 {
					left--
					return &connectortest.Fault{Status: 409, Body: `{"statusCode":409,"errors":[{"code":"ConcurrentModification"}]}`}
				}
				return nil
			})
			_, err := client.Restock(t.Context(), marked, "i-1", "A", "", 2)
			if f := fault.Of(err); (f == nil) != (test.reason == "") || f != nil && (f.Reason != test.reason || f.Kind != fault.Retryable) {
				t.Errorf("Restock: %v; want %q", err, test.reason)
			}
		})
	}
}

func TestLostAnswerDoesNotCountTwice(t *testing.T) {
	client, double, server := serveReturns(t)
	shelf(t, double, "e-1", "A", "")
	lost := 0
	server.Script(func(r *http.Request) *connectortest.Fault {
		if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/inventory/") && lost < 2 {
			lost++
			return &connectortest.Fault{Reset: true, After: true}
		}
		return nil
	})
	var err error
	for range 3 {
		if _, err = client.Restock(t.Context(), marked, "i-1", "A", "", 2); err == nil {
			break
		}
	}
	if n, _ := onShelf(t, double, "e-1"); err != nil || n != 7 || lost == 0 {
		t.Errorf("%d pieces, %v; want two put back once", n, err)
	}
}

func TestQuantitiesThatCannotBeAdded(t *testing.T) {
	client, double, server := serveReturns(t)
	shelf(t, double, "e-1", "A", "")
	if _, err := client.Restock(t.Context(), marked, "i-1", "A", "", 1<<63-1); fault.KindOf(err) != fault.Invalid {
		t.Errorf("Restock: %v", err)
	}
	server.Script(func(r *http.Request) *connectortest.Fault {
		if r.Method == http.MethodGet {
			return &connectortest.Fault{Status: 200, Body: `{"results":[{"id":"e-1"}]}`}
		}
		return nil
	})
	if _, err := client.Restock(t.Context(), marked, "i-1", "A", "", 1); fault.Of(err).Reason != "commercetools-answer" {
		t.Errorf("an entry of nothing: %v", err)
	}
}

func TestReadMarks(t *testing.T) {
	for want, settings := range map[string]map[string]string{
		"": {"COMMERCETOOLS_RETURN_TYPE": marked.Type, "COMMERCETOOLS_RETURN_FIELD": marked.Field},
		"COMMERCETOOLS_RETURN_TYPE: expected the key of a custom type":    {"COMMERCETOOLS_RETURN_TYPE": "a b", "COMMERCETOOLS_RETURN_FIELD": "ok"},
		"COMMERCETOOLS_RETURN_FIELD: expected the name of a custom field": {"COMMERCETOOLS_RETURN_TYPE": "ok", "COMMERCETOOLS_RETURN_FIELD": "x"},
	} {
		m, err := ReadMarks(config.Static(settings, nil))
		if err == nil && want != "" || err != nil && err.Error() != want || want == "" && m != marked {
			t.Errorf("ReadMarks = %+v, %v; want %s", m, err, want)
		}
	}
}

func TestRestockContract(t *testing.T) {
	judge := contract.JudgeBoth(t, "commercetools.json")
	client, double, server := serveReturns(t)
	shelf(t, double, "e-1", "A", "")
	_, err1 := client.Restock(t.Context(), marked, "i-1", "A", "", 2)
	_, err2 := client.Restock(t.Context(), marked, "i-2", "A", "", 2)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	judged := 0
	for _, x := range server.Exchanges() {
		if x.Path != "/oauth/token" {
			judge(x)
			judged++
		}
	}
	if judged != 4 {
		t.Errorf("%d exchanges judged; want 4", judged)
	}
}

// FuzzRestock holds that whatever is answered, nothing panics and an error is
// classified.
func FuzzRestock(f *testing.F) {
	f.Add([]byte(`{"results":[{"id":"e-1","version":1,"sku":"A","quantityOnStock":-1,"custom":{"fields":{"signalboxReturns":"i-1"}}}]}`))
	f.Add([]byte(`{"results":[null,{"id":"e-1","version":1,"quantityOnStock":1,"custom":{}}]}`))
	client, _, server := serveReturns(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		server.Script(func(r *http.Request) *connectortest.Fault {
			switch {
			case r.Method == http.MethodGet:
				return &connectortest.Fault{Status: 200, Body: string(body)}
			case strings.Contains(r.URL.Path, "/inventory/"):
				return &connectortest.Fault{Status: 400, Body: `{}`}
			}
			return nil
		})
		if _, err := client.Restock(t.Context(), marked, "i-9", "A", "", 1); err != nil && fault.Of(err).Reason == "unclassified" {
			t.Errorf("%s: %v", body, err)
		}
	})
}
