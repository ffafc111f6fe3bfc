package salesforce_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

func returned(customer string) retail.ReturnRequested {
	return retail.ReturnRequested{
		ReturnID: "i-1", OrderID: "o-1", OrderNumber: "A-100045", TrackingNumber: "794",
		Customer: retail.Customer{ID: customer, Email: "max@example.com", FirstName: "Max", LastName: "Muster"},
		Items: []retail.ReturnItem{
			{ID: "i-1", LineID: "l-1", SKU: "TENT", Name: "Tent", Quantity: 2, Condition: retail.Advised, Comment: "torn"},
			{ID: "i-2", LineID: "l-2", Name: "Gift wrap", Quantity: 1, Condition: retail.Unusable},
		},
		RequestedAt: time.Date(2026, 3, 16, 8, 12, 44, 310e6, time.UTC),
	}
}

func TestReturnIsACase(t *testing.T) {
	client, double, server := serve(t, nil)
	r := returned("c-1")
	for range 2 {
		if err := client.UpsertCustomer(within(t), r.Customer); err != nil {
			t.Fatal(err)
		}
		if err := client.UpsertReturn(within(t), r); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]any{
		"Id": "500000000000002AAA", "CT_Return_Id__c": "i-1", "Subject": "Return of order A-100045",
		"Description": "2 x TENT Tent: torn\n1 x Gift wrap (unusable)\nTracking number 794",
		"Account":     map[string]any{"CT_Customer_Id__c": "c-1"},
	}
	if diff := cmp.Diff(want, double.Record("Case", "i-1")); diff != "" {
		t.Error(diff)
	}
	if n := len(double.Effects()); n != 2 {
		t.Errorf("%d effects of one customer and one case", n)
	}
	t.Run("by its own document", func(t *testing.T) {
		judge := contract.JudgeBoth(t, "salesforce.json")
		for _, x := range server.Exchanges()[1:] {
			judge(x)
		}
	})
}

func TestCaseHoldsWhatIsMapped(t *testing.T) {
	for sentence, test := range map[string]struct {
		fields     string
		customer   string
		sent, kept []string
	}{
		"a guest's has no customer":        {``, "", []string{`"Subject":`}, []string{"Account", "max@example.com"}},
		"an address where a stage maps it": {`{"subject":"Subject","email":"SuppliedEmail"}`, "", []string{`"SuppliedEmail":"max@example.com"`}, []string{"torn", "Description"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			settings := map[string]string{}
			if test.fields != "" {
				settings["SALESFORCE_RETURN_FIELDS"] = test.fields
			}
			client, _, server := serve(t, settings)
			if err := client.UpsertReturn(within(t), returned(test.customer)); err != nil {
				t.Fatal(err)
			}
			body := string(server.Exchanges()[1].Body)
			for _, s := range test.sent {
				if !strings.Contains(body, s) {
					t.Errorf("%s was not sent: %s", s, body)
				}
			}
			for _, s := range test.kept {
				if strings.Contains(body, s) {
					t.Errorf("%s was sent: %s", s, body)
				}
			}
		})
	}
}

// A case's order and time are for objects that have fields for them; the double's
// has none, and says so in a record's own error within a 200.
func TestCaseIsRefusedInsideA200(t *testing.T) {
	client, _, server := serve(t, map[string]string{"SALESFORCE_RETURN_FIELDS": `{"order":"Order__r","requestedAt":"Requested__c"}`})
	f := fault.Of(client.UpsertReturn(within(t), returned("")))
	if f == nil || f.Kind != fault.Permanent || f.Reason != "salesforce-invalid-field" {
		t.Errorf("UpsertReturn: %+v", f)
	}
	x := server.Exchanges()[1]
	for _, want := range []string{`"Order__r":{"CT_Order_Id__c":"o-1"}`, `"Requested__c":"2026-03-16T08:12:44.310Z"`} {
		if x.Status != 200 || !strings.Contains(string(x.Body), want) {
			t.Errorf("%d, sent %s; want %s", x.Status, x.Body, want)
		}
	}
}

func TestLongCommentsAreCut(t *testing.T) {
	client, double, _ := serve(t, nil)
	r := returned("")
	r.OrderNumber = strings.Repeat("ä", 300)
	r.Items[0].Comment = strings.Repeat("ü", 40000)
	if err := client.UpsertReturn(within(t), r); err != nil {
		t.Fatal(err)
	}
	record := double.Record("Case", "i-1")
	for field, most := range map[string]int{"Subject": 255, "Description": 32000} {
		if n := len([]rune(record[field].(string))); n != most {
			t.Errorf("%s has %d characters, want %d", field, n, most)
		}
	}
}
