package retail

import (
	"fmt"
	"slices"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// Types of the events about returns.
const (
	TypeReturnRequested event.Type = "return.requested"
	TypeReturnLabelled  event.Type = "return.labelled"
	TypeReturnReceived  event.Type = "return.received"
)

// Condition is where returned pieces are, and in what state.
type Condition string

// The conditions.
const (
	// Advised: the customer is going to send them back.
	Advised Condition = "advised"
	// Returned: they arrived and were not inspected yet.
	Returned Condition = "returned"
	// BackInStock: they arrived and can be sold again.
	BackInStock Condition = "back-in-stock"
	// Unusable: they arrived and cannot be sold again.
	Unusable Condition = "unusable"
)

var conditions = []Condition{Advised, Returned, BackInStock, Unusable}

// ReturnItem is how many pieces of an order line go back.
type ReturnItem struct {
	// ID is the shop's id of the return item, or is derived from the item's key in
	// the shop.
	ID string `json:"id"`
	// LineID is the order line that the pieces belong to.
	LineID string `json:"lineId"`
	// SKU is empty if the line is not a product, such as gift wrapping.
	SKU  string `json:"sku,omitzero"`
	Name string `json:"name,omitzero"`
	// Channel is the shop's id of the supply channel that the line was taken from;
	// empty if it was none.
	Channel   string    `json:"channel,omitzero"`
	Quantity  int64     `json:"quantity"`
	Condition Condition `json:"condition"`
	// WeightGrams is the weight of one piece; 0 if the shop does not know it.
	WeightGrams int64 `json:"weightGrams,omitzero"`
	// Comment is a remark of the customer or the clerk.
	Comment string `json:"comment,omitzero" class:"personal"`
}

func (i ReturnItem) validate(field string) error {
	switch {
	case i.ID == "":
		return fault.Field(field+".id", "a non-empty string")
	case i.LineID == "":
		return fault.Field(field+".lineId", "a non-empty string")
	case i.Quantity < 1:
		return fault.Field(field+".quantity", "a whole number above 0")
	case !slices.Contains(conditions, i.Condition):
		return fault.Field(field+".condition", "advised, returned, back-in-stock or unusable")
	case i.WeightGrams < 0:
		return fault.Field(field+".weightGrams", "0 or more")
	}
	return nil
}

// ReturnRequested is the data of return.requested: pieces of an order will be
// sent back, or were sent back without notice.
type ReturnRequested struct {
	// ReturnID is the id of the first of the return's items.
	ReturnID    string       `json:"returnId"`
	OrderID     string       `json:"orderId"`
	OrderNumber string       `json:"orderNumber"`
	Customer    Customer     `json:"customer"`
	Items       []ReturnItem `json:"items"`
	// From is the order's shipping address, from which the pieces are collected;
	// absent if nothing was shipped.
	From *Address `json:"from,omitzero"`
	// TrackingNumber is that of a parcel the customer has already sent; empty if
	// there is none and a label is needed.
	TrackingNumber string    `json:"trackingNumber,omitzero"`
	RequestedAt    time.Time `json:"requestedAt"`
}

// Advised returns the items that have not arrived yet.
func (p ReturnRequested) Advised() []ReturnItem {
	var items []ReturnItem
	for _, item := range p.Items {
		if item.Condition == Advised {
			items = append(items, item)
		}
	}
	return items
}

func (ReturnRequested) EventType() event.Type { return TypeReturnRequested }
func (ReturnRequested) SchemaVersion() int    { return 1 }
func (p ReturnRequested) Subject() string     { return p.OrderID }
func (p ReturnRequested) Validate() error {
	if err := identified(p.ReturnID, p.OrderID, p.OrderNumber); err != nil {
		return err
	}
	switch {
	case len(p.Items) == 0:
		return fault.Field("data.items", "at least one item")
	case p.RequestedAt.IsZero():
		return fault.Field("data.requestedAt", "a time in RFC 3339")
	case p.From != nil && !isUpper(p.From.Country, 2):
		return fault.Field("data.from.country", "an ISO 3166-1 alpha-2 code such as DE")
	}
	for i, item := range p.Items {
		if err := item.validate(fmt.Sprintf("data.items[%d]", i)); err != nil {
			return err
		}
	}
	return nil
}

// ReturnLabelled is the data of return.labelled: a carrier issued a label with
// which the customer can send the parcel back.
type ReturnLabelled struct {
	ReturnID    string   `json:"returnId"`
	OrderID     string   `json:"orderId"`
	OrderNumber string   `json:"orderNumber"`
	Customer    Customer `json:"customer"`
	// Carrier is the carrier's name as customers know it, "FedEx".
	Carrier        string `json:"carrier"`
	TrackingNumber string `json:"trackingNumber"`
	// LabelURL is the address of the printable label. It grants access by itself and
	// works for as long as the carrier keeps the label.
	LabelURL string `json:"labelUrl" class:"secret"`
}

func (ReturnLabelled) EventType() event.Type { return TypeReturnLabelled }
func (ReturnLabelled) SchemaVersion() int    { return 1 }
func (p ReturnLabelled) Subject() string     { return p.OrderID }
func (p ReturnLabelled) Validate() error {
	if err := identified(p.ReturnID, p.OrderID, p.OrderNumber); err != nil {
		return err
	}
	switch {
	case p.Carrier == "":
		return fault.Field("data.carrier", "a non-empty string")
	case p.TrackingNumber == "":
		return fault.Field("data.trackingNumber", "a non-empty string")
	case p.LabelURL == "":
		return fault.Field("data.labelUrl", "a non-empty string")
	}
	return nil
}

// ReturnReceived is the data of return.received: returned pieces arrived, or were
// inspected after their arrival. The same pieces may be reported more than once:
// as returned, and then in the condition that the inspection found.
type ReturnReceived struct {
	// OrderID is the order that the pieces belong to.
	OrderID     string     `json:"orderId"`
	OrderNumber string     `json:"orderNumber"`
	Item        ReturnItem `json:"item"`
	// Value is the price the customer paid for these pieces, with tax and discounts
	// of the line, without shipping. It is absent if the order has a discount on
	// its total, which cannot be attributed to a line.
	Value *Money `json:"value,omitzero"`
	// Settled says why the shop wants no refund: "non-refundable", "refunded" or
	// "not-refunded"; empty if one is due.
	Settled    string    `json:"settled,omitzero"`
	ReceivedAt time.Time `json:"receivedAt"`
}

func (ReturnReceived) EventType() event.Type { return TypeReturnReceived }
func (ReturnReceived) SchemaVersion() int    { return 1 }
func (p ReturnReceived) Subject() string     { return p.OrderID }
func (p ReturnReceived) Validate() error {
	if err := identified(p.Item.ID, p.OrderID, p.OrderNumber); err != nil {
		return err
	}
	if err := p.Item.validate("data.item"); err != nil {
		return err
	}
	switch {
	case p.Item.Condition == Advised:
		return fault.Field("data.item.condition", "returned, back-in-stock or unusable")
	case p.ReceivedAt.IsZero():
		return fault.Field("data.receivedAt", "a time in RFC 3339")
	case p.Value == nil:
		return nil
	case p.Value.Amount < 0:
		return fault.Field("data.value.amount", "0 or more")
	}
	return p.Value.validate("data.value")
}

// identified checks the ids that every event about a return has.
func identified(returnID, orderID, orderNumber string) error {
	switch {
	case returnID == "":
		return fault.Field("data.returnId", "a non-empty string")
	case orderID == "":
		return fault.Field("data.orderId", "a non-empty string")
	case orderNumber == "":
		return fault.Field("data.orderNumber", "a non-empty string")
	}
	return nil
}
