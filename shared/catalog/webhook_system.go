package catalog

var webhookSystem = System{
	ID: "webhook", Title: "Supplier webhooks", Rate: 20,
	Secret: []string{"signing_secrets"},
	Settings: []Setting{
		{Name: "WEBHOOK_SUPPLIERS", Help: "suppliers and how each of their SKUs is ordered as JSON: {name: {url, skus: {SKU: {part, quantity}}}}; a SKU has one supplier", Required: true,
			Example: `{"lumen":{"url":"https://orders.lumen.example/hooks/signalbox","skus":{"LANTERN-LED":{"part":"LED-20","quantity":60}}}}`},
	},
}
