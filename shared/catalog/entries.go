package catalog

import (
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

// Events are the business events.
var Events = []Event{
	{Payload: retail.OrderCreated{}, Domain: Retail, Means: "An order was placed."},
	{Payload: retail.OrderApproved{}, Domain: Retail, Means: "An order passed fraud screening and may ship."},
	{Payload: retail.OrderHeld{}, Domain: Retail, Means: "An order needs a person's look before it ships."},
	{Payload: retail.OrderPaid{}, Domain: Retail, Means: "An order was paid in full."},
	{Payload: retail.OrderRefunded{}, Domain: Retail, Means: "Money of a paid order went back to the customer."},
	{Payload: retail.OrderCancelled{}, Domain: Retail, Means: "An order was called off."},
	{Payload: retail.ShipmentCreated{}, Domain: Retail, Means: "A carrier accepted a shipment."},
	{Payload: retail.ShipmentDelivered{}, Domain: Retail, Means: "A carrier handed a shipment over."},
	{Payload: retail.ShipmentDelayed{}, Domain: Retail, Means: "A carrier will deliver a shipment later than it said."},
	{Payload: retail.ReturnRequested{}, Domain: Retail, Means: "Pieces of an order are to go back."},
	{Payload: retail.ReturnLabelled{}, Domain: Retail, Means: "A carrier gave a label for the parcel that goes back."},
	{Payload: retail.ReturnReceived{}, Domain: Retail, Means: "Pieces that went back arrived, or were judged."},
	{Payload: retail.InventoryChanged{}, Domain: Retail, Means: "There is more or less of a SKU at one place than before."},
	{Payload: retail.InventoryLow{}, Domain: Retail, Means: "What is available of a SKU fell to its threshold."},
	{Payload: retail.InventorySoldOut{}, Domain: Retail, Means: "Nothing of a SKU is available at one place any more."},
	{Payload: retail.InventoryRestocked{}, Domain: Retail, Means: "Of a SKU that was sold out at one place something is available again."},
	{Payload: retail.InventoryReplenished{}, Domain: Retail, Means: "What was ordered of a SKU arrived: its level is above the threshold again."},
	{Payload: retail.ReplenishmentOverdue{}, Domain: Retail, Means: "A purchase order was sent, and nothing arrived within the supplier's time."},
	{Payload: retail.DemandChanged{}, Domain: Retail, Means: "Demand for a SKU became slow, normal or high."},
	{Payload: retail.PromotionStarted{}, Domain: Retail, Means: "A SKU is sold at a discount."},
	{Payload: retail.PromotionEnded{}, Domain: Retail, Means: "A SKU is not sold at a discount any more."},
	{Payload: retail.CustomerCreated{}, Domain: Retail, Means: "Somebody has an account in the shop."},
	{Payload: retail.CustomerChanged{}, Domain: Retail, Means: "A customer's account is another than before."},
	{Payload: retail.CustomerDeleted{}, Domain: Retail, Means: "A customer's account was closed, or all of the customer's data must go."},
}

// shopEvents are what commercetools' notifications become, whichever way they come.
var shopEvents = []event.Type{
	retail.TypeOrderCreated, retail.TypeOrderPaid, retail.TypeOrderRefunded, retail.TypeOrderCancelled,
	retail.TypeInventoryChanged,
	retail.TypeReturnRequested, retail.TypeReturnReceived,
	retail.TypeCustomerCreated, retail.TypeCustomerChanged, retail.TypeCustomerDeleted,
}

// shopSettings are how they are opened.
var shopSettings = []Setting{
	{Name: "COMMERCETOOLS_PAYMENT_METHOD_FIELD", Help: "custom field of the order that holds the payment provider's method id", Default: "stripePaymentMethodId"},
	{Name: "COMMERCETOOLS_RISK_SESSION_FIELD", Help: "custom field of the order that holds the provider's risk session id", Default: "stripeRadarSession"},
	{Name: "COMMERCETOOLS_WEIGHT_ATTRIBUTE", Help: "product attribute that holds the weight of one piece in grams", Default: "weightGrams"},
}

// Functions are all functions.
var Functions = []Function{
	{
		Name: "commercetools", Domain: Ingress, Source: "commercetools", Reads: []string{"commercetools"},
		Effect: Natural, Calls: 1,
		Emits:    shopEvents,
		Does:     "Opens what commercetools delivers and puts it on the bus as business events.",
		Settings: shopSettings,
	},
	{
		Name: "kafka", Domain: Ingress, Trigger: Kafka, Source: "commercetools", Reads: []string{"commercetools"},
		Effect: Natural, Calls: 1,
		Emits:    shopEvents,
		Does:     "Does the same with what commercetools delivers into a Kafka topic.",
		Settings: shopSettings,
	},
	{
		Name: "subscription", Domain: Platform, Trigger: Schedule, Every: 5 * time.Minute, System: "commercetools",
		Effect: Natural, Timeout: time.Minute,
		Does: "Keeps the commercetools subscription as the stack says, and tells by the clock how it is.",
		Settings: []Setting{
			{Name: "SUBSCRIPTION_KEY", Help: "key of the subscription, which the stage's ingress.subscription names", Default: "signalbox"},
		},
	},
	{
		Name: "backfill", Domain: Platform, Trigger: Schedule, Every: 5 * time.Minute, Reads: []string{"commercetools"}, Refills: "commercetools", Alone: true,
		Effect: Natural, Timeout: 4 * time.Minute,
		Does: "Sweeps commercetools' messages and sends those into the ingress again that never arrived there.",
		Settings: []Setting{
			{Name: "BACKFILL_TRAIL_SECONDS", Help: "how far the sweep stays behind the present, 60 at least; what is delivered later than that is sent in twice and applied once", Default: "300"},
			{Name: "BACKFILL_RATE", Help: "how many messages a second are sent in again at the most", Default: "50"},
		},
	},
	{
		Name: "webhook", Domain: Ingress, Trigger: HTTP, Source: "webhook", Reads: []string{"senders"},
		Effect: Natural, Timeout: 10 * time.Second,
		Emits: []event.Type{retail.TypeShipmentDelivered, retail.TypeShipmentDelayed},
		Does:  "Takes signed webhooks in, of FedEx's tracking and of carriers that speak Standard Webhooks, and puts what they tell on the bus.",
	},
	{
		Name: "checkout", Domain: Ingress, Trigger: HTTP, Source: "checkout", Reads: []string{"senders", "stripe"},
		Effect: Natural, Calls: 1, Timeout: 2 * time.Second, MemoryMB: 512,
		Does: "Answers commercetools before a cart or order is kept: sets the cart's promotion, has Stripe Radar pre-check the order's payment.",
		Settings: []Setting{
			{Name: "CHECKOUT_FAIL", Help: "what becomes of an order that cannot be checked in time: open lets it pass, closed refuses it", Default: "open"},
			{Name: "CHECKOUT_WITHIN_MS", Help: "how long after its arrival a request is answered at the latest, a cold start included; commercetools waits 2,000", Default: "1200"},
			{Name: "CHECKOUT_PROMOTIONS", Help: "promotions by the worth of a cart's goods as JSON: {rules: [{name, currency, minimum, percent, skus}]}; the first that fits is set as a direct discount", Default: `{"rules":[]}`,
				Example: `{"rules":[{"name":"spring","currency":"USD","minimum":10000,"percent":10}]}`},
			{Name: "COMMERCETOOLS_PAYMENT_METHOD_FIELD", Help: "custom field of the order that holds the payment provider's method id", Default: "stripePaymentMethodId"},
			{Name: "COMMERCETOOLS_RISK_SESSION_FIELD", Help: "custom field of the order that holds the provider's risk session id", Default: "stripeRadarSession"},
		},
	},
	{
		Name: "order-created-fraud", Domain: Retail, Event: retail.TypeOrderCreated, System: "stripe",
		Effect: Natural, Calls: 1,
		Emits: []event.Type{retail.TypeOrderApproved, retail.TypeOrderHeld},
		Does:  "Has Stripe Radar evaluate the payment and approves or holds the order.",
		Settings: []Setting{
			{Name: "FRAUD_HOLD_LEVEL", Help: "lowest risk level that holds an order although Radar says continue: elevated, highest or never", Default: "highest"},
			{Name: "FRAUD_UNASSESSED", Help: "what becomes of an order Radar cannot assess, such as one paid by invoice: hold or approve", Default: "hold"},
		},
	},
	{
		Name: "order-created-crm", Domain: Retail, Event: retail.TypeOrderCreated, System: "salesforce",
		Effect: Natural, Calls: 2,
		Does: "Upserts the customer and the order in Salesforce by their commercetools ids.",
	},
	{
		Name: "order-created-marketing", Domain: Retail, Event: retail.TypeOrderCreated, System: "klaviyo",
		Effect: Natural, Calls: 1,
		Does: "Records a Placed Order event on the customer's Klaviyo profile.",
	},
	{
		Name: "order-paid-finance", Domain: Retail, Event: retail.TypeOrderPaid, System: "workday",
		Effect: Unsafe, AskAfter: 2 * time.Minute, Calls: 2,
		Does: "Records the customer payment in Workday; a free order needs none.",
	},
	{
		Name: "order-paid-loyalty", Domain: Retail, Event: retail.TypeOrderPaid, System: "voucherify",
		Effect: Natural, Calls: 1,
		Does: "Tells Voucherify of the customer's paid order, whose rules give points; a guest's and one in another currency give none.",
	},
	{
		Name: "order-refunded-loyalty", Domain: Retail, Event: retail.TypeOrderRefunded, System: "voucherify",
		Effect: Natural, Calls: 1,
		Does: "Cancels an order at Voucherify that was refunded in full; one refunded in part keeps its points.",
	},
	{
		Name: "order-refunded-finance", Domain: Retail, Event: retail.TypeOrderRefunded, System: "workday",
		Effect: Unsafe, AskAfter: 2 * time.Minute, Calls: 3,
		Does: "Requests in Workday what went back of an order since the last request, as a supplier invoice, and submits it for approval.",
		Settings: []Setting{
			{Name: "WORKDAY_REFUND_SUPPLIER", Help: "Workday id of the supplier that stands for refunds to customers", Required: true,
				Example: "3c2b1a09f8e74d6c8b5a4f3e2d1c0b9a"},
			{Name: "WORKDAY_REFUND_REPORT", Help: "owner/name of a custom report enabled as a web service that finds supplier invoice requests by the prompt Suppliers_Invoice_Number and returns the columns Suppliers_Invoice_Number and Workday_ID", Required: true,
				Example: "ISU_Signalbox/Refund_Requests"},
			{Name: "WORKDAY_REFUND_SPEND_CATEGORY", Help: "Workday id of the spend category of a refund's line, where the tenant asks for one"},
		},
	},
	{
		Name: "order-approved-shipping", Domain: Retail, Event: retail.TypeOrderApproved, System: "fedex",
		Effect: Unsafe, AskAfter: 2 * time.Minute, Calls: 2,
		Emits: []event.Type{retail.TypeShipmentCreated},
		Does:  "Creates the FedEx shipment with its label; not of an order that was called off.",
	},
	{
		Name: "order-cancelled-shipping", Domain: Retail, Event: retail.TypeOrderCancelled, System: "fedex",
		Effect: Natural, Calls: 2,
		Does: "Keeps a called-off order from being shipped and cancels the FedEx shipment it has; a parcel FedEx has already is dead-lettered.",
	},
	{
		Name: "shipment-created-tracking", Domain: Retail, Event: retail.TypeShipmentCreated, System: "commercetools",
		Effect: Natural, Calls: 2,
		Does: "Writes delivery, parcel and tracking number back to the commercetools order.",
	},
	{
		Name: "return-requested-crm", Domain: Retail, Event: retail.TypeReturnRequested, System: "salesforce",
		Effect: Natural, Calls: 2,
		Does: "Upserts a case in Salesforce by the id of the return, and the customer that it is of.",
	},
	{
		Name: "return-requested-label", Domain: Retail, Event: retail.TypeReturnRequested, System: "fedex",
		Effect: Unsafe, AskAfter: 2 * time.Minute, Calls: 3,
		Emits: []event.Type{retail.TypeReturnLabelled},
		Does:  "Creates the FedEx return shipment with the label for the customer's printer; a parcel that is on its way needs none.",
	},
	{
		Name: "return-labelled-marketing", Domain: Retail, Event: retail.TypeReturnLabelled, System: "klaviyo",
		Effect: Natural, Calls: 1,
		Does: "Records a Return Label Created event with the label's address on the customer's Klaviyo profile.",
	},
	{
		Name: "return-received-stock", Domain: Retail, Event: retail.TypeReturnReceived, System: "commercetools",
		Effect: Natural, Calls: 2,
		Echoes: []event.Type{retail.TypeInventoryChanged},
		Does:   "Puts pieces that can be sold again back into commercetools' stock, once per return item.",
		Settings: []Setting{
			{Name: "RETURN_RESTOCK", Help: "yes, or no where the warehouse itself raises the stock", Default: "yes"},
			{Name: "COMMERCETOOLS_RETURN_TYPE", Help: "key of the custom type given to inventory entries that have none", Default: "signalbox-inventory"},
			{Name: "COMMERCETOOLS_RETURN_FIELD", Help: "custom field of inventory entries, of type String, that remembers which returns were put back", Default: "signalboxReturns"},
		},
	},
	{
		Name: "return-received-refund", Domain: Retail, Event: retail.TypeReturnReceived, System: "commercetools",
		Effect: Natural, Calls: 2,
		Does: "Adds a refund of what the returned pieces cost to the order's payment in commercetools, for the payment integration to carry out.",
		Settings: []Setting{
			{Name: "RETURN_REFUND_ON", Help: "when a refund is due: receipt, judgement (BackInStock or Unusable), back-in-stock or never", Default: "receipt"},
		},
	},
	{
		Name: "shipment-delivered-tracking", Domain: Retail, Event: retail.TypeShipmentDelivered, System: "commercetools",
		Effect: Natural, Calls: 3,
		Does: "Sets the commercetools order to Delivered once all its parcels have arrived; a parcel of no order is ignored.",
	},
	{
		Name: "shipment-delayed-tracking", Domain: Retail, Event: retail.TypeShipmentDelayed, System: "commercetools",
		Effect: Natural, Calls: 3,
		Does: "Sets the commercetools order to Delayed, unless it was delivered; a parcel of no order is ignored.",
	},
	{
		Name: "shipment-created-marketing", Domain: Retail, Event: retail.TypeShipmentCreated, System: "klaviyo", Reads: []string{"commercetools"},
		Effect: Natural, Calls: 2,
		Does: "Records a Fulfilled Order event with carrier and tracking number on the customer's Klaviyo profile.",
	},
	{
		Name: "shipment-delivered-marketing", Domain: Retail, Event: retail.TypeShipmentDelivered, System: "klaviyo", Reads: []string{"commercetools"},
		Effect: Natural, Calls: 3,
		Does: "Records a Delivered Shipment event on the customer's Klaviyo profile; a parcel of no order is ignored.",
	},
	{
		Name: "shipment-delayed-marketing", Domain: Retail, Event: retail.TypeShipmentDelayed, System: "klaviyo", Reads: []string{"commercetools"},
		Effect: Natural, Calls: 3,
		Does: "Records a Delayed Shipment event, why and until when, on the customer's Klaviyo profile; a parcel of no order is ignored.",
	},
	{
		Name: "order-created-stock", Domain: Retail, Event: retail.TypeOrderCreated, Reads: []string{"commercetools"},
		Effect: Natural, Calls: 1,
		Emits: []event.Type{retail.TypeInventoryChanged},
		Does:  "Reads from commercetools how much is left of each SKU of the order, for which commercetools sends no message.",
	},
	{
		Name: "inventory-changed-watch", Domain: Retail, Event: retail.TypeInventoryChanged,
		Effect: Natural, AnyOrder: true,
		Emits: []event.Type{retail.TypeInventoryLow, retail.TypeInventorySoldOut, retail.TypeInventoryRestocked},
		Does:  "Tells once when what is available of a SKU falls to its threshold, when nothing is left, and when there is something again.",
		Settings: []Setting{
			{Name: "INVENTORY_LOW_THRESHOLD", Help: "highest available quantity that is low", Default: "10"},
			{Name: "INVENTORY_LOW_HYSTERESIS", Help: "by how much the available quantity must be above the threshold before it has recovered", Default: "5"},
			{Name: "INVENTORY_LOW_SKUS", Help: "SKUs with values of their own as JSON: {SKU: {threshold, hysteresis, restock, off}}", Default: "{}"},
			{Name: "INVENTORY_RESTOCK_QUANTITY", Help: "lowest available quantity at which what was sold out is back", Default: "1"},
		},
	},
	{
		Name: "inventory-low-replenish-edi", Domain: Retail, Event: retail.TypeInventoryLow, System: "edi",
		Effect: Natural, Calls: 1, Timers: true,
		Emits: []event.Type{retail.TypeReplenishmentOverdue},
		Does:  "Sends an X12 850 purchase order to the SKU's supplier through the EDI gateway and reports when nothing arrives in time; a SKU of no EDI supplier is ignored.",
	},
	{
		Name: "inventory-low-replenish-webhook", Domain: Retail, Event: retail.TypeInventoryLow, System: "webhook",
		Effect: Natural, Calls: 1, Timers: true,
		Emits: []event.Type{retail.TypeReplenishmentOverdue},
		Does:  "Sends a signed purchase request to the webhook of the SKU's supplier and reports when nothing arrives in time; a SKU of no webhook supplier is ignored.",
	},
	{
		Name: "inventory-changed-replenish", Domain: Retail, Event: retail.TypeInventoryChanged,
		Effect: Natural, AnyOrder: true,
		Emits: []event.Type{retail.TypeInventoryReplenished},
		Does:  "Takes a level above the threshold as the answer to the purchase orders that were sent for it.",
	},
	{
		Name: "inventory-sold-out-marketing", Domain: Retail, Event: retail.TypeInventorySoldOut, System: "klaviyo", Reads: []string{"commercetools"},
		Effect: Natural, Calls: 2,
		Does: "Sets the SKU's stock in Klaviyo's catalog, so that what is sold out everywhere is not recommended.",
	},
	{
		Name: "inventory-restocked-marketing", Domain: Retail, Event: retail.TypeInventoryRestocked, System: "klaviyo", Reads: []string{"commercetools"},
		Effect: Natural, Calls: 2,
		Does: "Sets the SKU's stock in Klaviyo's catalog, which tells those who wait that it is back.",
	},
	{
		Name: "order-created-demand", Domain: Retail, Event: retail.TypeOrderCreated,
		Effect:   Natural,
		Emits:    []event.Type{retail.TypeDemandChanged},
		Does:     "Counts what is sold of the SKUs whose demand is watched, and tells when demand becomes slow, normal or high.",
		Settings: demandSettings,
	},
	{
		Name: "inventory-changed-demand", Domain: Retail, Event: retail.TypeInventoryChanged,
		Effect: Natural, AnyOrder: true,
		Emits:    []event.Type{retail.TypeDemandChanged},
		Does:     "Judges demand anew by what is available and by the time that went by.",
		Settings: demandSettings,
	},
	{
		Name: "demand-changed-promotion", Domain: Retail, Event: retail.TypeDemandChanged, System: "commercetools",
		Effect: Natural, Calls: 5,
		Emits:    []event.Type{retail.TypePromotionStarted, retail.TypePromotionEnded},
		Does:     "Discounts a SKU that sells too slowly, by its rule and within the budget, and ends that when it sells again.",
		Settings: promotionSettings,
	},
	{
		Name: "inventory-low-promotion", Domain: Retail, Event: retail.TypeInventoryLow, System: "commercetools",
		Effect: Natural, Calls: 5,
		Emits:    []event.Type{retail.TypePromotionStarted, retail.TypePromotionEnded},
		Does:     "Ends the discount on a SKU that is scarce.",
		Settings: promotionSettings,
	},
	{
		Name: "customer-created-crm", Domain: Retail, Event: retail.TypeCustomerCreated, System: "salesforce", Sequence: "customer-crm",
		Effect: Natural, Calls: 1,
		Does: "Upserts a new customer's account in Salesforce by its commercetools id.",
	},
	{
		Name: "customer-created-marketing", Domain: Retail, Event: retail.TypeCustomerCreated, System: "klaviyo", Sequence: "customer-marketing",
		Effect: Natural, Calls: 1,
		Does: "Makes the Klaviyo profile of a new customer, which subscribes nobody.",
	},
	{
		Name: "customer-created-loyalty", Domain: Retail, Event: retail.TypeCustomerCreated, System: "voucherify", Sequence: "customer-loyalty",
		Effect: Natural, Calls: 1,
		Does: "Makes Voucherify know a new customer.",
	},
	{
		Name: "customer-changed-crm", Domain: Retail, Event: retail.TypeCustomerChanged, System: "salesforce", Sequence: "customer-crm",
		Effect: Natural, Calls: 1,
		Does: "Brings the customer's Salesforce record to the account as it is now.",
	},
	{
		Name: "customer-changed-marketing", Domain: Retail, Event: retail.TypeCustomerChanged, System: "klaviyo", Sequence: "customer-marketing",
		Effect: Natural, Calls: 1,
		Does: "Brings the customer's Klaviyo profile to the account as it is now.",
	},
	{
		Name: "customer-changed-loyalty", Domain: Retail, Event: retail.TypeCustomerChanged, System: "voucherify", Sequence: "customer-loyalty",
		Effect: Natural, Calls: 1,
		Does: "Brings what Voucherify knows of the customer to the account as it is now.",
	},
	{
		Name: "customer-deleted-crm", Domain: Retail, Event: retail.TypeCustomerDeleted, System: "salesforce", Sequence: "customer-crm",
		Effect: Natural, Calls: 1,
		Does: "Erases the personal fields of the customer's Salesforce record; an account that was only closed stays.",
	},
	{
		Name: "customer-deleted-marketing", Domain: Retail, Event: retail.TypeCustomerDeleted, System: "klaviyo", Sequence: "customer-marketing",
		Effect: Natural, Calls: 2,
		Does: "Has Klaviyo erase the customer's profile; that of an account that was only closed stays.",
	},
	{
		Name: "customer-deleted-loyalty", Domain: Retail, Event: retail.TypeCustomerDeleted, System: "voucherify", Sequence: "customer-loyalty",
		Effect: Natural, Calls: 1,
		Does: "Has Voucherify erase the customer for good; an account that was only closed stays.",
	},
	{
		Name: "analytics", Domain: Platform, Event: AnyEvent, System: "firehose",
		Effect: Natural, Calls: 1,
		Does: "Writes every event to the lake, what is personal masked.",
	},
}

// Topics are fed by the bus directly.
var Topics = []Topic{
	{Name: "buying-overdue", Domain: Retail, Event: retail.TypeReplenishmentOverdue, For: "the buyers' own subscribers, such as their mailbox"},
	{Name: "marketing-orders", Domain: Retail, Event: retail.TypeOrderCreated, For: "the marketing team's own subscribers"},
}

// Systems are what functions write to and read from.
var Systems = []System{
	{
		ID: "commercetools", Title: "commercetools", Rate: 100,
		Secret: []string{"client_id", "client_secret"},
		Settings: []Setting{
			{Name: "COMMERCETOOLS_PROJECT", Help: "project key", Required: true, Example: "acme-dev"},
			{Name: "COMMERCETOOLS_REGION", Help: "region of the project's hosts, such as eu-central-1.aws", Required: true, Example: "eu-central-1.aws"},
			{Name: "COMMERCETOOLS_AUTH_URL", Help: "auth host where it is not the region's own"},
		},
	},
	{
		ID: "fedex", Title: "FedEx", BaseURL: "https://apis.fedex.com", Rate: 140,
		Secret: []string{"client_id", "client_secret"},
		Settings: []Setting{
			{Name: "FEDEX_ACCOUNT", Help: "account number that ships and pays", Required: true, Example: "510087020"},
			{Name: "FEDEX_SERVICE", Help: "service type of every shipment", Default: "FEDEX_GROUND"},
			{Name: "FEDEX_PICKUP", Help: "pickup type", Default: "USE_SCHEDULED_PICKUP"},
			{Name: "FEDEX_SHIPPER", Help: "sender as JSON: {person, company, phone, streets, city, state, postalCode, country}", Required: true,
				Example: `{"person":"Warehouse 7","company":"Acme","phone":"9015551234","streets":["10 FedEx Pkwy"],"city":"Memphis","state":"TN","postalCode":"38115","country":"US"}`},
			{Name: "FEDEX_DEFAULT_WEIGHT_GRAMS", Help: "weight of a piece whose weight the shop does not know", Default: "1000"},
			{Name: "FEDEX_DEFAULT_PHONE", Help: "recipient's phone where the order has none; FedEx requires one", Required: true, Example: "9015551234"},
		},
	},
	{
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
	},
	{
		ID: "stripe", Title: "Stripe Radar", BaseURL: "https://api.stripe.com", Rate: 25,
		Secret: []string{"api_key"},
	},
	{
		ID: "klaviyo", Title: "Klaviyo", BaseURL: "https://a.klaviyo.com", Rate: 58,
		Secret: []string{"api_key"},
	},
	{
		ID: "voucherify", Title: "Voucherify", BaseURL: "https://api.voucherify.io", Rate: 33,
		Secret: []string{"app_id", "app_token"},
		Settings: []Setting{
			{Name: "VOUCHERIFY_CURRENCY", Help: "currency that the project's amounts and earning rules are in", Required: true, Example: "USD"},
		},
	},
	{
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
	},
	{
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
	},
	{
		ID: "webhook", Title: "Supplier webhooks", Rate: 20,
		Secret: []string{"signing_secrets"},
		Settings: []Setting{
			{Name: "WEBHOOK_SUPPLIERS", Help: "suppliers and how each of their SKUs is ordered as JSON: {name: {url, answerHours, skus: {SKU: {part, quantity}}}}; a SKU has one supplier; answerHours is how long it may take until goods arrive, a week if it is not given", Required: true,
				Example: `{"lumen":{"url":"https://orders.lumen.example/hooks/signalbox","skus":{"LANTERN-LED":{"part":"LED-20","quantity":60}}}}`},
		},
	},
	{
		ID: "senders", Title: "Webhook senders", Rate: 100,
		Secret: []string{"tokens"},
	},
	{ID: "firehose", Title: "Amazon Data Firehose", Rate: 1000},
}
