package catalog

import "slices"

// Subscribed is what the subscription asks commercetools for about one type of
// resource.
type Subscribed struct {
	Resource string
	// Messages are the types of messages that become events.
	Messages []string
	// Changes asks for the changes of the resources too, of which there is no message.
	Changes bool
}

// Subscription is all that the subscription at commercetools asks for, which is
// what shared/source/commercetools maps; a test compares the two. The custom
// resource, the README and the back-fill follow from it.
var Subscription = []Subscribed{
	{Resource: "order", Messages: []string{
		"OrderCreated", "OrderImported", "OrderCreatedFromRecurringOrder",
		"OrderPaymentStateChanged", "OrderStateChanged",
		"ReturnInfoAdded", "ReturnInfoSet", "OrderReturnShipmentStateChanged",
	}},
	{Resource: "payment", Messages: []string{"PaymentTransactionAdded", "PaymentTransactionStateChanged"}},
	{Resource: "inventory-entry", Changes: true, Messages: []string{
		"InventoryEntryCreated", "InventoryEntryQuantitySet", "InventoryEntryOutOfStock", "InventoryEntryDeleted",
	}},
	{Resource: "customer", Changes: true, Messages: []string{
		"CustomerCreated", "CustomerDeleted", "CustomerEmailChanged", "CustomerFirstNameSet", "CustomerLastNameSet", "CustomerCompanyNameSet",
		"CustomerAddressAdded", "CustomerAddressChanged", "CustomerAddressRemoved",
		"CustomerBillingAddressAdded", "CustomerBillingAddressRemoved", "CustomerShippingAddressAdded", "CustomerShippingAddressRemoved",
		"CustomerDefaultBillingAddressSet", "CustomerDefaultShippingAddressSet", "CustomerGroupSet",
	}},
}

// IsSubscribed reports whether the subscription asks for messages of that type.
func IsSubscribed(message string) bool {
	return slices.ContainsFunc(Subscription, func(s Subscribed) bool { return slices.Contains(s.Messages, message) })
}

// SubscribesTo reports whether the subscription asks for messages about resources of that type.
func SubscribesTo(resource string) bool {
	return slices.ContainsFunc(Subscription, func(s Subscribed) bool { return s.Resource == resource && len(s.Messages) > 0 })
}
