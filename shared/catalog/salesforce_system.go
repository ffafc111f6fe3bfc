package catalog

var salesforceSystem = System{
	ID: "salesforce", Title: "Salesforce", BaseURL: "https://login.salesforce.com", Rate: 25,
	Secret: []string{"consumer_key", "private_key"},
	Settings: []Setting{
		{Name: "SALESFORCE_USERNAME", Help: "integration user the connected app may act for", Required: true, Example: "integration@acme.example"},
		{Name: "SALESFORCE_AUDIENCE", Help: "audience of the JWT: https://login.salesforce.com or https://test.salesforce.com", Default: "https://login.salesforce.com"},
		{Name: "SALESFORCE_ORDER_OBJECT", Help: "object that holds orders", Default: "Order__c"},
		{Name: "SALESFORCE_ORDER_ID_FIELD", Help: "its external-id field for the commercetools order id", Default: "CT_Order_Id__c"},
		{Name: "SALESFORCE_ORDER_FIELDS", Help: "fields of an order as JSON: {number, total, currency, placedAt, customer}; what is not named is not sent, and customer is a relationship such as Account__r",
			Default: `{"number":"OrderNumber__c","total":"TotalAmount__c","currency":"CurrencyIsoCode","placedAt":"PlacedAt__c","customer":"Account__r"}`},
		{Name: "SALESFORCE_CUSTOMER_OBJECT", Help: "object that holds customers", Default: "Account"},
		{Name: "SALESFORCE_CUSTOMER_ID_FIELD", Help: "its external-id field for the commercetools customer id", Default: "CT_Customer_Id__c"},
		{Name: "SALESFORCE_CUSTOMER_FIELDS", Help: "fields of a customer as JSON: {name} or, for person accounts, {firstName, lastName}, and email; what is not named is not sent",
			Default: `{"name":"Name"}`},
		{Name: "SALESFORCE_RETURN_OBJECT", Help: "object that holds returns", Default: "Case"},
		{Name: "SALESFORCE_RETURN_ID_FIELD", Help: "its external-id field for the id of the return, 36 characters", Default: "CT_Return_Id__c"},
		{Name: "SALESFORCE_RETURN_FIELDS", Help: "fields of a return as JSON: {subject, description, order, customer, email, requestedAt}; what is not named is not sent, and order and customer are relationships such as Order__r and Account",
			Default: `{"subject":"Subject","description":"Description","customer":"Account"}`},
	},
}
