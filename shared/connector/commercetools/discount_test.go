package commercetools

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/fault"
)

// serveDiscounts returns a client that may write cart discounts.
func serveDiscounts(t testing.TB) (*Client, *commercetoolstest.Double, *connectortest.Server) {
	t.Helper()
	double := commercetoolstest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	client, err := New(values(double, server.URL), ManageCartDiscounts)
	if err != nil {
		t.Fatal(err)
	}
	return client, double, server
}

const kettle = `KETTLE "1L"`

func offer() Discount {
	return Discount{
		SKU: kettle, Active: true, Percent: 15, AtLeast: []string{"28.24 USD", "25.89 EUR"},
		Changes: []Change{{Cause: "e-1", Started: true, Percent: 15, Why: "demand slow: 2 sold"}},
	}
}

// wanting decides for a discount that is as wanted when it is active or not as
// wanted is.
func wanting(want Discount) Decide {
	return func(_ context.Context, is *Discount) (*Discount, error) {
		if is != nil && is.Active == want.Active || is == nil && !want.Active {
			return nil, nil
		}
		return &want, nil
	}
}

// The vendor's document has the writing of discounts. Their reading by key it has
// not; the look-up uses the key of the public reference:
// https://docs.commercetools.com/api/projects/cartDiscounts#get-cartdiscount-by-key
func TestDiscountIsStartedAndEnded(t *testing.T) {
	client, double, server := serveDiscounts(t)
	is, err := client.PutDiscount(t.Context(), kettle, wanting(offer()))
	if err != nil {
		t.Fatal(err)
	}
	want := offer()
	want.AtLeast = nil
	if diff := cmp.Diff(&want, is); diff != "" {
		t.Errorf("as it was read again (-want +got):\n%s", diff)
	}
	ended := offer()
	ended.Active, ended.Percent = false, 10
	ended.AtLeast = []string{"20.00 USD"}
	ended.Changes = append([]Change{{Cause: "e-2", Percent: 10, Why: "scarce"}}, ended.Changes...)
	if is, err = client.PutDiscount(t.Context(), kettle, wanting(ended)); err != nil || is.Active || len(is.Changes) != 2 {
		t.Errorf("ended: %+v, %v", is, err)
	}
	encoded, _ := double.Discount(DiscountKey(kettle))
	for _, part := range []string{`"isActive":false`, `"permyriad":1000`, `sku = \"KETTLE \\\"1L\\\"\" and (price >= \"20.00 USD\")`} {
		if !strings.Contains(string(encoded), part) {
			t.Errorf("%s lacks %s", encoded, part)
		}
	}
	var what []string
	for _, e := range double.Effects() {
		what = append(what, e.Reference+": "+e.What)
	}
	if diff := cmp.Diff([]string{kettle + ": discount started (15 %)", kettle + ": discount ended (10 %)"}, what); diff != "" {
		t.Error(diff)
	}
	t.Run("by its own document", func(t *testing.T) {
		judge := contract.JudgeBoth(t, "commercetools.json")
		judged := 0
		for _, x := range server.Exchanges() {
			if x.Method == http.MethodPost && x.Path != "/oauth/token" {
				x.Response = localized(t, x.Response)
				judge(x)
				judged++
			}
		}
		if judged != 2 {
			t.Errorf("%d exchanges judged; want 2", judged)
		}
	})
}

func TestDiscountIsDecidedAnewUntilItIsAsWanted(t *testing.T) {
	isPost := func(r *http.Request) bool {
		return r.Method == http.MethodPost && strings.Contains(r.URL.Path, "cart-discounts")
	}
	for name, c := range map[string]struct {
		fault  connectortest.Fault
		times  int
		reason string
		starts int
	}{
		"a 500 after it was done":       {connectortest.Fault{Status: 500, After: true}, 1, "", 1},
		"a 500 before it was done":      {connectortest.Fault{Status: 500}, 1, "commercetools-500", 0},
		"a reset after it was done":     {connectortest.Fault{Reset: true, After: true}, 1, "", 1},
		"a gateway that fails once":     {connectortest.Fault{Status: 503}, 1, "", 1},
		"one who created it before us":  {connectortest.Fault{Status: 400, After: true, Body: `{"errors":[{"code":"DuplicateField"}]}`}, 1, "", 1},
		"another with its sort order":   {connectortest.Fault{Status: 400, Body: `{"errors":[{"code":"DuplicateField"}]}`}, 9, "commercetools-DuplicateField", 0},
		"too many discounts":            {connectortest.Fault{Status: 400, Body: `{"errors":[{"code":"MaxCartDiscountsReached"}]}`}, 9, "commercetools-MaxCartDiscountsReached", 0},
		"others who change it for ever": {connectortest.Fault{Status: 409, Body: `{"errors":[{"code":"ConcurrentModification"}]}`}, 99, "commercetools-ConcurrentModification", 0},
		"others who changed it":         {connectortest.Fault{Status: 409, Body: `{"errors":[{"code":"ConcurrentModification"}]}`}, 2, "", 1},
		"a scope that is missing":       {connectortest.Fault{Status: 403, Body: `{"errors":[{"code":"insufficient_scope"}]}`}, 1, "commercetools-insufficient_scope", 0},
	} {
		t.Run(name, func(t *testing.T) {
			client, double, server := serveDiscounts(t)
			left := c.times
			server.Script(func(r *http.Request) *connectortest.Fault {
				if !isPost(r) || left == 0 {
					return nil
				}
				left--
				return &c.fault
			})
			_, err := client.PutDiscount(t.Context(), kettle, wanting(offer()))
			if f := fault.Of(err); c.reason == "" && err != nil || c.reason != "" && (f == nil || f.Reason != c.reason) {
				t.Errorf("PutDiscount: %v; want %q", err, c.reason)
			}
			if n := len(double.Effects()); n != c.starts {
				t.Errorf("%d discounts started; want %d", n, c.starts)
			}
		})
	}
}

func TestDiscountThatAnotherChangedMeanwhileIsReadAgain(t *testing.T) {
	client, double, server := serveDiscounts(t)
	if _, err := client.PutDiscount(t.Context(), kettle, wanting(offer())); err != nil {
		t.Fatal(err)
	}
	other, err := New(values(double, server.URL), ManageCartDiscounts)
	if err != nil {
		t.Fatal(err)
	}
	ended, raced := offer(), false
	ended.Active = false
	server.Script(func(r *http.Request) *connectortest.Fault {
		if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/cart-discounts/") && !raced {
			raced = true
			if _, err := other.PutDiscount(context.Background(), kettle, wanting(ended)); err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	if _, err := client.PutDiscount(t.Context(), kettle, wanting(ended)); err != nil {
		t.Fatal(err)
	}
	if n := len(double.Effects()); n != 2 || !strings.Contains(requests(server), "Conflict") {
		t.Errorf("%d effects; want it started once and ended once:\n%s", n, requests(server))
	}
}

func TestADecisionThatFailsWritesNothing(t *testing.T) {
	client, double, _ := serveDiscounts(t)
	broken := errors.New("broken")
	if _, err := client.PutDiscount(t.Context(), kettle, func(context.Context, *Discount) (*Discount, error) { return nil, broken }); err != broken {
		t.Errorf("got %v", err)
	}
	if len(double.Effects()) > 0 {
		t.Error("something was written")
	}
}

func TestAnotherAnswerThanADiscountIsUnreadable(t *testing.T) {
	for _, body := range []string{`{}`, `[]`, `{"id":"1","version":2,"key":"another"}`} {
		client, _, server := serveDiscounts(t)
		server.Script(func(r *http.Request) *connectortest.Fault {
			if r.Method == http.MethodGet {
				return &connectortest.Fault{Status: 200, Body: body}
			}
			return nil
		})
		if _, err := client.PutDiscount(t.Context(), kettle, wanting(offer())); fault.Of(err) == nil || fault.Of(err).Reason != "commercetools-answer" {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestKeysAndPlacesAreOfOneSKU(t *testing.T) {
	seen := map[string]bool{}
	for _, sku := range []string{"A", "A B", "A-B", "A_B", "Ä", strings.Repeat("x", 500)} {
		key, order := DiscountKey(sku), sortOrder(sku)
		if seen[key] || seen[order] || len(key) > 256 || strings.ContainsFunc(key, func(r rune) bool { return !isKeyPart(r) }) {
			t.Errorf("%s: key %s, order %s", sku, key, order)
		}
		seen[key], seen[order] = true, true
	}
}

func TestChangesAreReadFromADescription(t *testing.T) {
	d := Discount{}
	for i := range 10 {
		d.Changes = append(d.Changes, Change{Cause: "e-" + string(rune('a'+i)), Started: i%2 == 0, Percent: 15, Why: "demand slow, 0 % sell-through"})
	}
	if diff := cmp.Diff(d.Changes[:maxChanges], changes("a remark of a person\n"+d.describe())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, text := range []string{"", "e-1 paused 15 %: x", "e-1 started % : x", "\n\n"} {
		if got := changes(text); got != nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func FuzzChanges(f *testing.F) {
	f.Add("e-1 started 15 %: demand slow\ne-0 ended 15 %: scarce")
	f.Add("%: ")
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range changes(text) {
			if c.Cause == "" {
				t.Errorf("%q has a change without a cause", text)
			}
		}
	})
}
