package catalog

var ediSystem = System{
	ID: "edi", Title: "EDI gateway", Rate: 10,
	Secret: []string{"user", "password"},
	Settings: []Setting{
		{Name: "EDI_SENDER", Help: "our own id in interchanges as JSON: {qualifier, id}", Required: true, Example: `{"qualifier":"ZZ","id":"ACMECOMMERCE"}`},
		{Name: "EDI_SHIP_TO", Help: "where suppliers deliver to as JSON: {name, street, city, state, postalCode, country}", Required: true,
			Example: `{"name":"Acme Warehouse 7","street":"10 FedEx Pkwy","city":"Memphis","state":"TN","postalCode":"38115","country":"US"}`},
		{Name: "EDI_SUPPLIERS", Help: "suppliers and how each of their SKUs is ordered as JSON: {name: {qualifier, id, answerHours, skus: {SKU: {part, quantity, unit, price, name}}}}; a SKU has one supplier; answerHours is how long it may take until goods arrive, a week if it is not given", Required: true,
			Example: `{"campfire":{"qualifier":"ZZ","id":"CAMPFIRECO","skus":{"STOVE-GAS-MINI":{"part":"CF-8842","quantity":120,"unit":"EA","price":"24.90","name":"Gas stove, mini"}}}}`},
		{Name: "EDI_USAGE", Help: "P for production, T for test interchanges", Default: "P"},
	},
}
