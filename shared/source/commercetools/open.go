// Package commercetools opens what commercetools delivers and maps it to
// Signalbox's own events.
//
// # Delivery
//
// A body is a notification in the Platform or the CloudEvents format, without an
// envelope (a subscription to SQS), in an SNS envelope, or in that of an EventBridge
// partner event. Only the structure shows which. commercetools delivers at least once
// and in no order: the same message always becomes the same event.
//
// # Events
//
// OrderCreated, OrderImported and OrderCreatedFromRecurringOrder become
// order.created: commercetools sends exactly one of the three for an order.
// A message whose payload did not fit is completed by reading the order.
//
// An order that was paid when it was created becomes order.paid too, and so does
// OrderPaymentStateChanged to Paid: an order has one order.paid, whose id is derived
// from the order's id and not from the message's. OrderPaymentStateChanged to
// CreditOwed becomes order.refunded, one for each refunded sum. Only the payment state
// of the order counts, so a part payment is no event.
//
// For shops whose orders have no payment state, PaymentTransactionAdded and
// PaymentTransactionStateChanged become the same events: the payment's order is looked
// up and read with all its payments. A charge becomes order.paid once the charges
// cover the order's total, a refund or chargeback becomes order.refunded; the
// transaction's state at the time of reading counts. A payment without an order is
// Ignored, since the order follows: a created order whose payment state is not Paid is
// read with its payments.
//
// OrderStateChanged to Cancelled becomes order.cancelled, if the order is still
// cancelled when it is read.
//
// InventoryEntryCreated, -QuantitySet, -OutOfStock and -Deleted and the changes
// of inventory entries become inventory.changed. A message that holds both
// quantities is sufficient; for all others the entry is read. One version of an entry
// is one event, whichever notifications report it. commercetools
// sends no message when an order takes stock, so the subscription must include
// the changes of inventory entries, or order-created-stock must read the levels.
//
// CustomerCreated becomes customer.created. The messages about changed fields of an
// account become customer.changed, for which the customer is read. CustomerDeleted and
// the change ResourceDeleted of a customer become customer.deleted: only the change
// says whether the data must be erased, so the subscription must include the changes
// of customers. Passwords and tokens are never mapped.
//
// ReturnInfoAdded and ReturnInfoSet become return.requested, one for each return.
// Return items in the state Returned, BackInStock or Unusable, and those of
// OrderReturnShipmentStateChanged, become return.received, one for each item and
// state. Fields that a return item lacks are read from the order. An item is
// identified by its key in the shop, or else by its id. setReturnInfo assigns new ids
// to all items, so only keys identify an item across repetitions.
//
// Anything else, known or not, is Ignored.
//
// # Our own writes
//
// Messages about changes by our own API client are Ignored, so that no reaction
// triggers itself. There are two exceptions. Changes of stock count, whoever made
// them; a check of the catalog excludes a loop. And messages about created orders and
// about customers, which no function writes, come from a shop that shares the API
// client with us and must not be lost.
//
// # Errors
//
// A malformed body is fault.Invalid and names the field. A message of another project
// is fault.Permanent: commercetools sends from the same address for all its customers,
// so only the project key distinguishes our own subscription from another customer's.
// An order to several addresses is fault.Permanent too.
//
// # Limits
//
// Bodies of 1 MiB and orders of MaxOrderBytes.
//
// Shapes: https://docs.commercetools.com/api/projects/subscriptions and
// api-specs/api/types of github.com/commercetools/commercetools-api-reference.
package commercetools

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// MaxOrderBytes is the largest order that is read from commercetools: orders that do
// not fit a message are large.
const MaxOrderBytes = 4 << 20

// Fetcher reads from commercetools.
type Fetcher interface {
	// Order returns the order with the given id as commercetools writes it. The
	// error is classified.
	Order(ctx context.Context, id string) ([]byte, error)
	// OrderWithPayments returns the order with its payments instead of the references
	// to them. A payment that may not be read stays a reference.
	OrderWithPayments(ctx context.Context, id string) ([]byte, error)
	// OrdersOfPayment returns the orders that refer to the payment with the given id,
	// like OrderWithPayments; none if no order does.
	OrdersOfPayment(ctx context.Context, id string) ([]jsontext.Value, error)
	// Inventory returns the inventory entry with the given id as commercetools
	// writes it, and nil if there is none. The error is classified.
	Inventory(ctx context.Context, id string) ([]byte, error)
	// Customer returns the customer with the given id as commercetools writes it,
	// and nil if there is none. The error is classified.
	Customer(ctx context.Context, id string) ([]byte, error)
}

// Ignored is the error for a valid notification that becomes no event.
type Ignored struct {
	// Reason has a limited length and alphabet: "subscription-test",
	// "message-OrderEditApplied", "change-ResourceUpdated-inventory-entry".
	Reason string
}

func (i *Ignored) Error() string { return "ignored: " + i.Reason }

// Source opens the notifications of one project.
type Source struct {
	// Project is the key of the project whose events are accepted.
	Project string
	// Shop completes notifications that lack their resource.
	Shop Fetcher
	// Arrived is called with the id of every message of a mapped type, before the
	// message is opened; may be nil.
	Arrived func(ctx context.Context, messageID string)
	// Client is the id of the API client that makes our own writes.
	Client string
	// Fields names the project's custom fields and attributes.
	Fields Fields
}

// Open returns the events of one body. The error is an *Ignored, or classified.
func (s Source) Open(ctx context.Context, body []byte) ([]event.Raw, error) {
	n, err := unwrap(body)
	if err != nil {
		return nil, err
	}
	switch n.NotificationType {
	case "Message":
		return s.message(ctx, n)
	case "ResourceCreated", "ResourceUpdated", "ResourceDeleted":
		// The notification that commercetools sends when a subscription is created
		// or changed: https://docs.commercetools.com/api/projects/subscriptions
		if n.Resource.TypeID == "subscription" {
			return nil, &Ignored{"subscription-test"}
		}
		if n.Resource.TypeID == "inventory-entry" {
			return s.inventoryChanged(ctx, n)
		}
		if n.Resource.TypeID == "customer" && n.NotificationType == "ResourceDeleted" {
			return s.customerDeleted(n)
		}
		return nil, ignored("change", n.NotificationType, n.Resource.TypeID)
	case "Event":
		return nil, ignored("event", n.Type)
	}
	return nil, ignored("notification", n.NotificationType)
}

func (s Source) message(ctx context.Context, n notification) ([]event.Raw, error) {
	kind := n.messageType()
	if s.Arrived != nil && n.ID != "" && n.ProjectKey == s.Project && Subscribes(kind) {
		s.Arrived(ctx, n.ID)
	}
	if s.wrote(n, kind) {
		return nil, ignored("own-write", kind)
	}
	switch kind {
	case "":
		return nil, fault.Field("notification.type", "the name of a message type")
	case "OrderCreated", "OrderImported", "OrderCreatedFromRecurringOrder":
		return s.orderCreated(ctx, n, kind)
	case "OrderStateChanged":
		return s.orderStateChanged(ctx, n)
	case "OrderPaymentStateChanged":
		return s.paymentStateChanged(ctx, n)
	case "PaymentTransactionAdded", "PaymentTransactionStateChanged":
		return s.paymentTransaction(ctx, n)
	case "ReturnInfoAdded", "ReturnInfoSet":
		return s.returnInfo(ctx, n)
	case "OrderReturnShipmentStateChanged":
		return s.returnStateChanged(ctx, n)
	case "InventoryEntryCreated", "InventoryEntryQuantitySet", "InventoryEntryOutOfStock", "InventoryEntryDeleted":
		return s.inventoryChanged(ctx, n)
	case "CustomerCreated":
		return s.customerCreated(ctx, n)
	case "CustomerDeleted":
		return s.customerDeleted(n)
	case "CustomerEmailChanged", "CustomerFirstNameSet", "CustomerLastNameSet", "CustomerCompanyNameSet",
		"CustomerAddressAdded", "CustomerAddressChanged", "CustomerAddressRemoved",
		"CustomerBillingAddressAdded", "CustomerBillingAddressRemoved", "CustomerShippingAddressAdded", "CustomerShippingAddressRemoved",
		"CustomerDefaultBillingAddressSet", "CustomerDefaultShippingAddressSet", "CustomerGroupSet":
		return s.customerChanged(ctx, n)
	}
	return nil, ignored("message", kind)
}

// aboutOrder checks the fields that every message about an order has.
func (s Source) aboutOrder(n notification) error {
	if err := s.ours(n); err != nil {
		return err
	}
	switch {
	case n.ID == "":
		return fault.Field("notification.id", "a non-empty string")
	case n.Resource.TypeID != "order":
		return fault.Field("notification.resource.typeId", `"order"`)
	case n.Resource.ID == "":
		return fault.Field("notification.resource.id", "a non-empty string")
	}
	return nil
}

func (s Source) orderCreated(ctx context.Context, n notification, kind string) ([]event.Raw, error) {
	if err := s.aboutOrder(n); err != nil {
		return nil, err
	}
	o, err := s.order(ctx, n)
	if err != nil {
		return nil, err
	}
	if reason := finished(o, kind); reason != "" {
		return nil, &Ignored{reason}
	}
	mapped, err := s.Fields.order(o)
	if err != nil {
		return nil, err
	}
	raw, err := event.New(event.Origin{
		Source:    "/commercetools/" + n.ProjectKey,
		ID:        n.ID,
		Time:      firstTime(n.CreatedAt, o.CreatedAt),
		Refetched: n.PayloadNotIncluded != nil,
	}, retail.OrderCreated{Order: mapped})
	if err != nil {
		return nil, err
	}
	o, settled, err := s.paidAtCreation(ctx, n, o)
	if err != nil {
		return nil, err
	}
	if !settled {
		return []event.Raw{raw}, nil
	}
	payment, err := s.orderPaid(n, o, mapped)
	if err != nil {
		return nil, err
	}
	return []event.Raw{raw, payment}, nil
}

// wrote reports whether our own API client caused the message.
func (s Source) wrote(n notification, kind string) bool {
	if s.Client == "" || n.LastModifiedBy.ClientID != s.Client || strings.HasPrefix(kind, "InventoryEntry") || strings.HasPrefix(kind, "Customer") {
		return false
	}
	switch kind {
	case "OrderCreated", "OrderImported", "OrderCreatedFromRecurringOrder":
		return false
	}
	return true
}

// ours refuses a notification of another project.
func (s Source) ours(n notification) error {
	switch n.ProjectKey {
	case s.Project:
		return nil
	case "":
		return fault.Field("notification.projectKey", "a non-empty string")
	}
	return fault.Refuse("commercetools-foreign-project", errors.New("message: expected the project of this stage"))
}

// order returns the message's order, or reads it from commercetools if the message
// has no payload.
func (s Source) order(ctx context.Context, n notification) (order, error) {
	data, limit := []byte(n.Order), strictjson.MaxBytes
	if n.PayloadNotIncluded != nil {
		fetched, err := s.Shop.Order(ctx, n.Resource.ID)
		if err != nil {
			return order{}, err
		}
		data, limit = fetched, MaxOrderBytes
	}
	return decodeOrder(n, data, limit)
}

func decodeOrder(n notification, data []byte, limit int) (order, error) {
	var o order
	if len(data) == 0 || data[0] != '{' {
		return o, fault.Field("order", "an object")
	}
	if err := strictjson.UnmarshalUpTo(limit, "order", data, &o); err != nil {
		return o, err
	}
	if o.ID != n.Resource.ID {
		return o, fault.Field("order.id", "the id of the message's resource")
	}
	return o, nil
}

// finished returns why a created order becomes no event: it was cancelled before it
// was read, or it was imported after another system shipped it. It returns "" for all
// others.
func finished(o order, kind string) string {
	switch {
	case o.OrderState == cancelled:
		return "order-cancelled"
	case kind == "OrderImported" && (o.OrderState == "Complete" || o.ShipmentState == "Shipped" || o.ShipmentState == "Delivered"):
		return "order-imported-complete"
	}
	return ""
}

func firstTime(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// maxName limits a type's name in a reason; commercetools' longest has 54 letters.
const maxName = 64

// ignored composes a reason from names in a message. A name that does not look like a
// type is replaced.
func ignored(class string, names ...string) *Ignored {
	reason := class
	for _, name := range names {
		if !isTypeName(name) {
			name = "other"
		}
		reason += "-" + name
	}
	return &Ignored{reason}
}

func isTypeName(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != "" && len(s) <= maxName
}
