package commercetools

import (
	"strings"
	"testing"

	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/fault"
)

// Reading a customer is not part of the published document that the other
// requests are judged by: path and answer are those of
// https://docs.commercetools.com/api/projects/customers#get-customer-by-id
func TestCustomerIsReadByTheirID(t *testing.T) {
	double := commercetoolstest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	client, err := New(values(double, server.URL), ViewCustomers)
	if err != nil {
		t.Fatal(err)
	}
	body, err := client.Customer(t.Context(), commercetoolstest.SampleCustomer)
	if err != nil || !strings.Contains(string(body), `"version":4`) {
		t.Errorf("Customer = %s, %v", body, err)
	}
	if x := server.Exchanges()[1]; x.Method != "GET" || x.Path != "/acme-dev/customers/"+commercetoolstest.SampleCustomer {
		t.Errorf("asked by %s %s", x.Method, x.Path)
	}
	double.DeleteCustomer(commercetoolstest.SampleCustomer)
	if body, err := client.Customer(t.Context(), commercetoolstest.SampleCustomer); body != nil || err != nil {
		t.Errorf("a customer who is gone: %s, %v", body, err)
	}
}

func TestWithoutTheScopeNoCustomerIsRead(t *testing.T) {
	client, _, _ := serve(t)
	_, err := client.Customer(t.Context(), commercetoolstest.SampleCustomer)
	if f := fault.Of(err); f == nil || f.Kind != fault.Permanent {
		t.Errorf("%v; want it permanent: the key lacks a scope", err)
	}
}
