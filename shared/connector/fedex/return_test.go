package fedex

import (
	"strings"
	"testing"
	"time"

	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/fedex/fedextest"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

func goingBack() retail.ReturnRequested {
	return retail.ReturnRequested{
		ReturnID: "i-1", OrderID: "o-1", OrderNumber: "SB-20417", From: order().ShipTo,
		Items: []retail.ReturnItem{
			{ID: "i-1", LineID: "l-1", Quantity: 2, Condition: retail.Advised, WeightGrams: 450, Comment: "torn, private words"},
			{ID: "i-2", LineID: "l-2", Quantity: 9, Condition: retail.Returned, WeightGrams: 9000},
			{ID: "i-3", LineID: "l-3", Quantity: 1, Condition: retail.Advised},
		},
	}
}

func TestReturnIsAShipmentTheOtherWayRound(t *testing.T) {
	d := fedextest.New()
	c, s := serve(t, d)
	made, err := c.CreateReturn(t.Context(), "e-1", goingBack())
	if err != nil || made.TrackingNumber == "" || !strings.HasPrefix(made.LabelURL, "https://") {
		t.Fatalf("CreateReturn = %+v, %v", made, err)
	}
	if _, err := c.CreateReturn(t.Context(), "e-1", goingBack()); err != nil {
		t.Fatal(err)
	}
	var bodies []string
	for _, x := range s.Exchanges() {
		if x.Path == "/ship/v1/shipments" {
			bodies = append(bodies, string(x.Body))
		}
	}
	// 1.9 kg, of what has not arrived yet alone, are 4.2 pounds.
	want := `{"labelResponseOptions":"URL_ONLY","accountNumber":{"value":"510087020"},"processingOptionType":"SYNCHRONOUS_ONLY",` +
		`"requestedShipment":{"pickupType":"DROPOFF_AT_FEDEX_LOCATION","serviceType":"FEDEX_GROUND","packagingType":"YOUR_PACKAGING","totalWeight":4.2,` +
		`"shipper":{"contact":{"personName":"Rosalind Achterberg","phoneNumber":"5125550142"},` +
		`"address":{"streetLines":["4120 Juniper Hollow Road","Apartment 7"],"city":"Austin","stateOrProvinceCode":"TX","postalCode":"78741","countryCode":"US"}},` +
		`"recipients":[{"contact":{"personName":"Warehouse 7","phoneNumber":"9015551234","companyName":"Acme"},` +
		`"address":{"streetLines":["10 FedEx Pkwy"],"city":"Memphis","stateOrProvinceCode":"TN","postalCode":"38115","countryCode":"US"}}],` +
		`"shippingChargesPayment":{"paymentType":"SENDER","payor":{"responsibleParty":{"accountNumber":{"value":"510087020"}}}},` +
		`"shipmentSpecialServices":{"specialServiceTypes":["RETURN_SHIPMENT"],"returnShipmentDetail":{"returnType":"PRINT_RETURN_LABEL","rma":{"reason":"Return of order"}}},` +
		`"labelSpecification":{"imageType":"PDF","labelStockType":"PAPER_4X6"},` +
		`"requestedPackageLineItems":[{"sequenceNumber":1,"weight":{"units":"LB","value":4.2},"customerReferences":[` +
		`{"customerReferenceType":"CUSTOMER_REFERENCE","value":"SB-20417"},{"customerReferenceType":"P_O_NUMBER","value":"` + Reference("e-1") + `"}]}]}}`
	if bodies[0] != want || bodies[1] != want {
		t.Errorf("request\n%s\nwant\n%s", bodies[0], want)
	}
	t.Run("by FedEx's own document", func(t *testing.T) {
		judge := contract.Judge(t, "fedex-auth.json", "fedex-ship.json")
		for _, x := range s.Exchanges() {
			judge(x)
		}
	})
}

func TestReturnIsFoundAndCancelledAsAnyShipment(t *testing.T) {
	d := fedextest.New()
	c, _ := serve(t, d)
	made, err := c.CreateReturn(t.Context(), "e-1", goingBack())
	if err != nil {
		t.Fatal(err)
	}
	found, ok, err := c.FindShipment(t.Context(), "e-1", since, time.Now())
	if !ok || err != nil || found.TrackingNumber != made.TrackingNumber || found.LabelURL != "" {
		t.Errorf("found %+v %t, %v; want it without its label", found, ok, err)
	}
	if len(d.Effects()) != 1 {
		t.Errorf("%d effects", len(d.Effects()))
	}
	if err := c.Cancel(t.Context(), "e-1", made.TrackingNumber); err != nil || len(d.Effects()) != 0 {
		t.Errorf("cancelled: %v, %d effects", err, len(d.Effects()))
	}
}

func TestReturnsThatCannotBeLabelled(t *testing.T) {
	for sentence, test := range map[string]struct {
		change func(*retail.ReturnRequested)
		kind   fault.Kind
		want   string
	}{
		"from nowhere": {func(r *retail.ReturnRequested) { r.From = nil }, fault.Invalid, "invalid-event: return.from: expected an address"},
		"from no name": {func(r *retail.ReturnRequested) { r.From.FirstName, r.From.LastName = "", "" }, fault.Invalid, "invalid-event: return.from: expected a person or a company"},
		"from no city": {func(r *retail.ReturnRequested) { r.From.City = "" }, fault.Invalid, "invalid-event: return.from.city: expected a city of at most 35 characters"},
		"from beyond the border": {func(r *retail.ReturnRequested) {
			r.From.Country, r.From.State, r.From.PostalCode = "CA", "ON", "K1A 0B1"
		}, fault.Permanent, "fedex-customs: return.from.country: expected one that needs no customs declaration to US"},
		"of what has arrived":  {func(r *retail.ReturnRequested) { r.Items = r.Items[1:2] }, fault.Invalid, "invalid-event: return.items: expected an advised item"},
		"too heavy to be true": {func(r *retail.ReturnRequested) { r.Items[0].Quantity = 1 << 60 }, fault.Invalid, "invalid-event: return.items: expected a weight that a parcel can have"},
	} {
		t.Run(sentence, func(t *testing.T) {
			d := fedextest.New()
			c, _ := serve(t, d)
			r := goingBack()
			from := *r.From
			r.From = &from
			test.change(&r)
			_, err := c.CreateReturn(t.Context(), "e-1", r)
			if fault.KindOf(err) != test.kind || err == nil || err.Error() != test.want || len(d.Effects()) != 0 {
				t.Errorf("CreateReturn: %v; want %s", err, test.want)
			}
		})
	}
}
