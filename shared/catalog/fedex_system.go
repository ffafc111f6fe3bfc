package catalog

var fedexSystem = System{
	ID: "fedex", Title: "FedEx", BaseURL: "https://apis.fedex.com", Rate: 140,
	Secret: []string{"client_id", "client_secret"},
	Settings: []Setting{
		{Name: "FEDEX_ACCOUNT", Help: "account number that ships and pays", Required: true, Example: "510087020"},
		{Name: "FEDEX_SERVICE", Help: "service type of every shipment", Default: "FEDEX_GROUND"},
		{Name: "FEDEX_PICKUP", Help: "pickup type", Default: "USE_SCHEDULED_PICKUP"},
		{Name: "FEDEX_SHIPPER", Help: "sender as JSON: {person, company, phone, streets, city, state, postalCode, country}", Required: true,
			Example: `{"person":"Warehouse 7","company":"Acme","phone":"9015551234","streets":["10 FedEx Pkwy"],"city":"Memphis","state":"TN","postalCode":"38115","country":"US"}`},
		{Name: "FEDEX_DEFAULT_WEIGHT_GRAMS", Help: "weight of a piece whose weight the shop does not know", Default: "1000"},
		{Name: "FEDEX_DEFAULT_PHONE", Help: "recipient's phone where the order has none; FedEx requires one", Required: true, Example: "9015551234"},
	},
}
