package catalog

var stripeSystem = System{
	ID: "stripe", Title: "Stripe Radar", BaseURL: "https://api.stripe.com", Rate: 25,
	Secret: []string{"api_key"},
}
