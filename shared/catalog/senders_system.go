package catalog

var sendersSystem = System{
	ID: "senders", Title: "Webhook senders", Rate: 100,
	Secret: []string{"tokens"},
}
