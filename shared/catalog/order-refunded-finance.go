package catalog

import (
	"time"

	"signalbox/shared/event/retail"
)

var orderRefundedFinance = Function{
	Name: "order-refunded-finance", Domain: Retail, Trigger: EventQueue{Event: retail.TypeOrderRefunded}, System: "workday",
	Effect: Unsafe{AskAfter: 2 * time.Minute}, Calls: 3,
	Does: "Requests in Workday what went back of an order since the last request, as a supplier invoice, and submits it for approval.",
	Settings: []Setting{
		{Name: "WORKDAY_REFUND_SUPPLIER", Help: "Workday id of the supplier that stands for refunds to customers", Required: true,
			Example: "3c2b1a09f8e74d6c8b5a4f3e2d1c0b9a"},
		{Name: "WORKDAY_REFUND_REPORT", Help: "owner/name of a custom report enabled as a web service that finds supplier invoice requests by the prompt Suppliers_Invoice_Number and returns the columns Suppliers_Invoice_Number and Workday_ID", Required: true,
			Example: "ISU_Signalbox/Refund_Requests"},
		{Name: "WORKDAY_REFUND_SPEND_CATEGORY", Help: "Workday id of the spend category of a refund's line, where the tenant asks for one"},
	},
}
