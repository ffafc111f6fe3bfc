package catalog

import "time"

var checkoutResponder = Function{
	Name: "checkout", Domain: Ingress, Trigger: HTTP{Source: "checkout"}, Reads: []string{"senders", "stripe"},
	Effect: Natural{}, Calls: 1, Timeout: 2 * time.Second, MemoryMB: 512,
	Does: "Answers commercetools before a cart or order is kept: sets the cart's promotion, has Stripe Radar pre-check the order's payment.",
	Settings: []Setting{
		{Name: "CHECKOUT_FAIL", Help: "what becomes of an order that cannot be checked in time: open lets it pass, closed refuses it", Default: "open"},
		{Name: "CHECKOUT_WITHIN_MS", Help: "how long after its arrival a request is answered at the latest, a cold start included; commercetools waits 2,000", Default: "1200"},
		{Name: "CHECKOUT_PROMOTIONS", Help: "promotions by the worth of a cart's goods as JSON: {rules: [{name, currency, minimum, percent, skus}]}; the first that fits is set as a direct discount", Default: `{"rules":[]}`,
			Example: `{"rules":[{"name":"spring","currency":"USD","minimum":10000,"percent":10}]}`},
	},
	Groups: []Group{paymentFields},
}
