package commercetools

import "signalbox/shared/config"

// FromSettings returns the source for the settings of an ingress function. Data that
// a notification lacks is read from shop.
func FromSettings(v config.Values, shop Fetcher) Source {
	return Source{
		Project: v.String("COMMERCETOOLS_PROJECT"),
		Shop:    shop,
		Client:  v.Secret("commercetools", "client_id").Reveal(),
		Fields: Fields{
			PaymentMethod: v.String("COMMERCETOOLS_PAYMENT_METHOD_FIELD"),
			RiskSession:   v.String("COMMERCETOOLS_RISK_SESSION_FIELD"),
			Weight:        v.String("COMMERCETOOLS_WEIGHT_ATTRIBUTE"),
		},
	}
}
