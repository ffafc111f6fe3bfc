package salesforce_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/event/retail"
)

// personal maps everything there is to map.
var personal = map[string]string{"SALESFORCE_CUSTOMER_FIELDS": `{"name":"Name","email":"Email__c"}`}

func account() retail.Account {
	return retail.Account{
		ID: "c-1", Version: 2, Email: "max@example.com", FirstName: "Max", LastName: "Muster",
		Address: &retail.Address{Street: "Hauptstr. 1", Country: "DE"},
	}
}

func TestAnAccountIsUpsertedAsAWhole(t *testing.T) {
	client, double, server := serve(t, personal)
	for range 2 {
		if err := client.UpsertAccount(within(t), account()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(double.Effects()); n != 1 {
		t.Errorf("%d effects of one state", n)
	}
	x := server.Exchanges()[1]
	golden(t, "testdata/account.json", x.Body)
	if strings.Contains(string(x.Body), "Hauptstr") {
		t.Error("what nothing maps was sent")
	}
	less := account()
	less.Email, less.FirstName, less.LastName = "", "", ""
	if err := client.UpsertAccount(within(t), less); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"Id": "001000000000001AAA", "CT_Customer_Id__c": "c-1", "Name": "Max Muster"}
	if diff := cmp.Diff(want, double.Record("Account", "c-1")); diff != "" {
		t.Errorf("the address stays or the name does not: %s", diff)
	}
	t.Run("by its own document", func(t *testing.T) {
		judge := contract.JudgeBoth(t, "salesforce.json")
		for _, x := range server.Exchanges()[1:] {
			judge(x)
		}
	})
}

func TestANewAccountWithoutANameIsNamedByItsID(t *testing.T) {
	for want, a := range map[string]retail.Account{
		"c-1":  {ID: "c-1", Version: 1, Email: "max@example.com"},
		"Acme": {ID: "c-1", Version: 1, Company: "Acme"},
	} {
		client, double, _ := serve(t, nil)
		if err := client.UpsertAccount(within(t), a); err != nil {
			t.Fatal(err)
		}
		if got := double.Record("Account", "c-1")["Name"]; got != want {
			t.Errorf("named %v, want %s", got, want)
		}
	}
}

func TestAnErasureLeavesARecordOfNobody(t *testing.T) {
	client, double, server := serve(t, personal)
	if err := client.UpsertAccount(within(t), account()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := client.EraseCustomer(within(t), "c-1"); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]any{"Id": "001000000000001AAA", "CT_Customer_Id__c": "c-1", "Name": "Erased customer"}
	if diff := cmp.Diff(want, double.Record("Account", "c-1")); diff != "" {
		t.Error(diff)
	}
	if n := len(double.Effects()); n != 2 {
		t.Errorf("%d effects of one account and its erasure", n)
	}
	t.Run("by its own document", func(t *testing.T) { contract.JudgeBoth(t, "salesforce.json")(server.Exchanges()[2]) })
}

// Person accounts have names of their own, of which the last must not be empty.
func TestAnErasureEmptiesWhatTheStageMaps(t *testing.T) {
	client, _, server := serve(t, map[string]string{"SALESFORCE_CUSTOMER_FIELDS": `{"firstName":"FirstName","lastName":"LastName","email":"PersonEmail"}`})
	// The double has no person accounts and refuses; what counts is what it was asked.
	_ = client.EraseCustomer(within(t), "c-1")
	golden(t, "testdata/erased.json", server.Exchanges()[1].Body)
	changed := account()
	changed.FirstName, changed.Email = "", ""
	_ = client.UpsertAccount(within(t), changed)
	golden(t, "testdata/account.person.json", server.Exchanges()[2].Body)
}
