package fedex

import (
	"strings"
	"testing"
	"time"

	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/fedex/fedextest"
	"signalbox/shared/event/retail"
)

// Every variant of every request, judged by FedEx's own documents together with
// the double's answers.
func TestContract(t *testing.T) {
	judge := contract.JudgeBoth(t, "fedex-auth.json", "fedex-ship.json", "fedex-track.json")
	variants := map[string]func(*retail.Order){
		"home":         func(*retail.Order) {},
		"company":      func(o *retail.Order) { o.ShipTo.Company = "Achterberg Instruments" },
		"other phone":  func(o *retail.Order) { o.ShipTo.Phone = "12" },
		"long street":  func(o *retail.Order) { o.ShipTo.Street = strings.Repeat("Juniper ", 8) },
		"no weight":    func(o *retail.Order) { o.Lines[0].WeightGrams = 0 },
		"long number":  func(o *retail.Order) { o.Number = strings.Repeat("9", 64) },
		"other script": func(o *retail.Order) { o.ShipTo.City = "Łódź" },
	}
	for name, change := range variants {
		t.Run(name, func(t *testing.T) {
			c, s := serve(t, fedextest.New())
			o := order()
			change(&o)
			created, err := c.CreateShipment(t.Context(), "e-1", o)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok, err := c.FindShipment(t.Context(), "e-1", since, time.Now()); !ok || err != nil {
				t.Errorf("not found: %v", err)
			}
			if _, ok, err := c.FindShipment(t.Context(), "e-2", since, time.Now()); ok || err != nil {
				t.Errorf("found another: %v", err)
			}
			if err := c.Cancel(t.Context(), "e-1", created.TrackingNumber); err != nil {
				t.Error(err)
			}
			for _, x := range s.Exchanges() {
				judge(x)
			}
		})
	}
	t.Run("within Europe", func(t *testing.T) {
		d := fedextest.New()
		c, s := serve(t, d, func(v map[string]string) {
			v["FEDEX_SERVICE"] = "FEDEX_REGIONAL_ECONOMY"
			v["FEDEX_SHIPPER"] = `{"company":"Acme","phone":"+49 30 123456789","streets":["Kai 1"],"city":"Hamburg","postalCode":"20457","country":"DE"}`
		})
		o := order()
		o.ShipTo = &retail.Address{Company: "Acme NV", Street: "Meir 1", City: "Antwerpen", PostalCode: "2000", Country: "BE"}
		if _, err := c.CreateShipment(t.Context(), "e-1", o); err != nil {
			t.Fatal(err)
		}
		for _, x := range s.Exchanges() {
			judge(x)
		}
	})
	t.Run("deferred", func(t *testing.T) {
		c, s := serve(t, fedextest.NewWith(fedextest.Options{Deferred: 1}))
		if _, err := c.CreateShipment(t.Context(), "e-1", order()); err != nil {
			t.Fatal(err)
		}
		for _, x := range s.Exchanges() {
			judge(x)
		}
	})
}

// The judge itself must object to a shipment that lacks what FedEx requires.
func TestContractObjects(t *testing.T) {
	contract.Judge(t, "fedex-ship.json")
	c, s := serve(t, fedextest.New())
	if _, err := c.CreateShipment(t.Context(), "e-1", order()); err != nil {
		t.Fatal(err)
	}
	x := s.Exchanges()[1]
	if !strings.Contains(string(x.Body), `"labelSpecification"`) {
		t.Fatal("the request has no label specification to leave out")
	}
	x.Body = []byte(strings.Replace(string(x.Body), `"labelSpecification"`, `"label"`, 1))
	var objections objector
	contract.Judge(&objections, "fedex-ship.json")(x)
	if objections.count == 0 {
		t.Error("a shipment without label specification passed")
	}
}

type objector struct {
	testing.TB
	count int
}

func (o *objector) Helper()               {}
func (o *objector) Errorf(string, ...any) { o.count++ }
