package voucherify_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/voucherify/voucherifytest"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

func account() retail.Account {
	return retail.Account{
		ID: "c-1", Version: 2, Email: "max@example.com", FirstName: "Max", LastName: "Muster",
		Address: &retail.Address{Street: "Hauptstr. 1", Country: "DE"},
	}
}

func TestACustomerIsUpsertedByNameAndAddress(t *testing.T) {
	client, double, server := serve(t, nil, nil)
	for range 2 {
		if err := client.UpsertCustomer(within(t), account()); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "testdata/customer.json", server.Exchanges()[0].Body)
	if got, _ := double.Customer("c-1"); got != (voucherifytest.Customer{SourceID: "c-1", Name: "Max Muster", Email: "max@example.com"}) || len(double.Effects()) != 1 {
		t.Errorf("customer %+v, effects %v", got, double.Effects())
	}
	less := account()
	less.FirstName, less.LastName = "", ""
	if err := client.UpsertCustomer(within(t), less); err != nil {
		t.Fatal(err)
	}
	if got, _ := double.Customer("c-1"); got.Name != "" {
		t.Errorf("the name stays: %+v", got)
	}
	t.Run("by its own document", func(t *testing.T) {
		judge := contract.JudgeBoth(t, "voucherify.json")
		for _, x := range server.Exchanges() {
			judge(x)
		}
	})
}

// The permanent deletion is not part of the trimmed document that the other
// requests are judged by; path and method are those of
// https://docs.voucherify.io/api-reference/customers/delete-customer-permanently
func TestACustomerIsForgottenOnce(t *testing.T) {
	client, double, server := serve(t, nil, nil)
	if err := client.UpsertCustomer(within(t), account()); err != nil {
		t.Fatal(err)
	}
	if err := client.PayOrder(within(t), order(), usd(12480)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, false} {
		if there, err := client.ForgetCustomer(within(t), "c-1"); err != nil || there != want {
			t.Fatalf("there %t, %v; want %t", there, err, want)
		}
	}
	var got []string
	for _, e := range double.Effects() {
		got = append(got, e.Reference+": "+e.What)
	}
	if diff := cmp.Diff([]string{"c-1: customer created", "o-1: order PAID", "c-1: customer erased"}, got); diff != "" {
		t.Error(diff)
	}
	if _, known := double.Customer("c-1"); known || double.Points("c-1") != 0 {
		t.Error("the customer or their points are still there")
	}
	if x := server.Exchanges()[2]; x.Method != http.MethodPost || x.Path != "/v1/customers/c-1/permanent-deletion" || len(x.Body) != 0 {
		t.Errorf("asked by %s %s %s", x.Method, x.Path, x.Body)
	}
}

// Only Voucherify's own word for it says that a customer is gone.
func TestAMissingPageIsNoErasure(t *testing.T) {
	client, _, server := serve(t, nil, nil)
	server.Script(func(*http.Request) *connectortest.Fault {
		return &connectortest.Fault{Status: http.StatusNotFound, Body: "<html>no such page</html>"}
	})
	_, err := client.ForgetCustomer(within(t), "c-1")
	if f := fault.Of(err); f == nil || f.Kind != fault.Permanent {
		t.Errorf("%+v; want it permanent", f)
	}
}
