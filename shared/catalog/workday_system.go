package catalog

var workdaySystem = System{
	ID: "workday", Title: "Workday", Rate: 5,
	Secret: []string{"client_id", "client_secret", "refresh_token"},
	Settings: []Setting{
		{Name: "WORKDAY_HOST", Help: "host of the tenant's web services, such as wd2-impl-services1.workday.com", Required: true, Example: "wd2-impl-services1.workday.com"},
		{Name: "WORKDAY_TENANT", Help: "name of the tenant", Required: true, Example: "acme_impl"},
		{Name: "WORKDAY_PAYMENT_REPORT", Help: "owner/name of a custom report enabled as a web service that finds customer payments by the prompt Transaction_Number and returns the columns Transaction_Number and Workday_ID", Required: true, Example: "ISU_Signalbox/Customer_Payments"},
		{Name: "WORKDAY_PAYMENT_TYPES", Help: "Workday ids of payment types by the shop's payment method as JSON; \"*\" stands for all that are not named", Required: true,
			Example: `{"*":"9b0a9c37f68c4d3c82d7a9d5e1f04b2e"}`},
		{Name: "WORKDAY_COMPANIES", Help: "Workday ids of companies by the order's currency as JSON; \"*\" stands for all that are not named", Required: true,
			Example: `{"*":"cb550da820584750aae8f807882fa79a"}`},
		{Name: "WORKDAY_CUSTOMER", Help: "Workday id of the customer that the shop's payments are remitted from", Required: true,
			Example: "f1a5c1f6d2b04c1aa7a5c3a1e2b3c4d5"},
	},
}
