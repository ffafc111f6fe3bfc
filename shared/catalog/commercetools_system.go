package catalog

var commercetoolsSystem = System{
	ID: "commercetools", Title: "commercetools", Rate: 100,
	Secret: []string{"client_id", "client_secret"},
	Settings: []Setting{
		{Name: "COMMERCETOOLS_PROJECT", Help: "project key", Required: true, Example: "acme-dev"},
		{Name: "COMMERCETOOLS_REGION", Help: "region of the project's hosts, such as eu-central-1.aws", Required: true, Example: "eu-central-1.aws"},
		{Name: "COMMERCETOOLS_AUTH_URL", Help: "auth host where it is not the region's own"},
	},
}
