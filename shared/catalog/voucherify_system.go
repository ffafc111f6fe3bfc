package catalog

var voucherifySystem = System{
	ID: "voucherify", Title: "Voucherify", BaseURL: "https://api.voucherify.io", Rate: 33,
	Secret: []string{"app_id", "app_token"},
	Settings: []Setting{
		{Name: "VOUCHERIFY_CURRENCY", Help: "currency that the project's amounts and earning rules are in", Required: true, Example: "USD"},
	},
}
