package fedex

import (
	"net/http"
	"testing"
	"time"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/fedex/fedextest"
	"signalbox/shared/fault"
)

func TestWithdraw(t *testing.T) {
	for _, c := range []struct {
		name      string
		before    func(*fedextest.Double)
		script    func(*http.Request) *connectortest.Fault
		reason    string // "" for success
		cancelled bool
	}{
		{"a shipment that waits for FedEx is cancelled", nil, nil, "", true},
		{"a lost answer does not make it a refusal", nil, lost("/ship/v1/shipments/cancel"), "", true},
		{"a parcel FedEx has is not", (*fedextest.Double).PickUp, nil, Gone, false},
		{"a refusal for another reason is passed on", nil, answers("/ship/v1/shipments/cancel", http.StatusForbidden), "fedex-403", false},
		{"what cannot be looked up stays open", (*fedextest.Double).PickUp, answers("/track/v1/referencenumbers", http.StatusServiceUnavailable), "fedex-503", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := fedextest.New()
			client, s := serve(t, d)
			made, err := client.CreateShipment(t.Context(), "e-1", order())
			if err != nil {
				t.Fatal(err)
			}
			if c.before != nil {
				c.before(d)
			}
			s.Script(c.script)
			f := fault.Of(client.Withdraw(t.Context(), "e-1", made.TrackingNumber, since, time.Now()))
			if (f == nil) != (c.reason == "") || f != nil && f.Reason != c.reason {
				t.Errorf("error %+v; want %q", f, c.reason)
			}
			if got := d.Shipments()[0].Cancelled; got != c.cancelled {
				t.Errorf("cancelled %v", got)
			}
			s.Script(nil)
			if c.cancelled {
				if err := client.Withdraw(t.Context(), "e-1", made.TrackingNumber, since, time.Now()); err != nil {
					t.Errorf("a second time: %v", err)
				}
			}
		})
	}
}

func TestWithdrawByFedExsOwnDocuments(t *testing.T) {
	judge := contract.Judge(t, "fedex-auth.json", "fedex-ship.json", "fedex-track.json")
	client, s := serve(t, fedextest.New())
	made, err := client.CreateShipment(t.Context(), "e-1", order())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := client.Withdraw(t.Context(), "e-1", made.TrackingNumber, since, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range s.Exchanges() {
		judge(x)
	}
}

// lost loses the first answer on a path after FedEx did what it was asked.
func lost(path string) func(*http.Request) *connectortest.Fault {
	done := false
	return func(r *http.Request) *connectortest.Fault {
		if r.URL.Path != path || done {
			return nil
		}
		done = true
		return &connectortest.Fault{Reset: true, After: true}
	}
}

// answers answers on a path with a status.
func answers(path string, status int) func(*http.Request) *connectortest.Fault {
	return func(r *http.Request) *connectortest.Fault {
		if r.URL.Path != path {
			return nil
		}
		return &connectortest.Fault{Status: status, Body: "{}"}
	}
}
