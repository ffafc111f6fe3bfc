package commercetools

import (
	"errors"
	"testing"
)

func TestOurOwnWritesGoNoFurther(t *testing.T) {
	const client = "OurOwnApiClient"
	for sentence, test := range map[string]struct {
		sample string
		client string
		want   string // the reason it is ignored for; empty for events
	}{
		"what another client did is an event":                     {"order-paid.json", "ShopFrontend", ""},
		"what ours did to an order is left out":                   {"order-paid.json", client, "own-write-OrderPaymentStateChanged"},
		"stock that ours changed counts all the same":             {"inventory-quantity-set.json", client, ""},
		"an order under our client's name is still a new order":   {"order-created.json", client, ""},
		"what nothing is known of is left out too, by its reason": {"unknown-type.json", client, "own-write-OrderRouteRecalculated"},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := source(t)
			s.Client = client
			o := theOrder(t)
			o["paymentState"] = "Paid"
			s.Shop = fetch(func(string) ([]byte, error) { return encode(t, o), nil })
			n := decode(t, sample(t, test.sample))
			n["lastModifiedBy"] = object{"clientId": test.client, "isPlatformClient": false}
			if n["type"] == "OrderPaymentStateChanged" {
				o["id"] = n["resource"].(object)["id"]
			}
			events, err := s.Open(t.Context(), encode(t, n))
			var ignored *Ignored
			switch {
			case test.want == "":
				if err != nil || len(events) == 0 {
					t.Errorf("Open = %d events, %v", len(events), err)
				}
			case !errors.As(err, &ignored) || ignored.Reason != test.want:
				t.Errorf("Open = %d events, %v; want ignored: %s", len(events), err, test.want)
			}
			s.Client = ""
			if _, err := s.Open(t.Context(), encode(t, n)); errors.As(err, &ignored) && ignored.Reason == test.want && test.client == client && test.sample == "order-paid.json" {
				t.Error("without a client's id it is left out too")
			}
		})
	}
}
