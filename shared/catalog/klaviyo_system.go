package catalog

var klaviyoSystem = System{
	ID: "klaviyo", Title: "Klaviyo", BaseURL: "https://a.klaviyo.com", Rate: 58,
	Secret: []string{"api_key"},
}
