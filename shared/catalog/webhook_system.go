package catalog

var webhookSystem = System{
	ID: "webhook", Title: "Supplier webhooks", Rate: 20,
	Secret: []string{"signing_secrets"},
	Settings: []Setting{
		{Name: "WEBHOOK_SUPPLIERS", Help: "suppliers and how each of their SKUs is ordered as JSON: {name: {url, answerHours, skus: {SKU: {part, quantity}}}}; a SKU has one supplier; answerHours is how long it may take until goods arrive, a week if it is not given", Required: true,
			Example: `{"lumen":{"url":"https://orders.lumen.example/hooks/signalbox","skus":{"LANTERN-LED":{"part":"LED-20","quantity":60}}}}`},
	},
}
