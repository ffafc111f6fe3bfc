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
	// Advised: the customer wants to send them back.
	Advised Condition = "advised"
	// Returned: they arrived and nobody has judged them yet.
	Returned Condition = "returned"
	// BackInStock: they arrived and can be sold again.
	BackInStock Condition = "back-in-stock"
	// Unusable: they arrived and cannot be sold again.
	Unusable Condition = "unusable"
)

var conditions = []Condition{Advised, Returned, BackInStock, Unusable}

// ReturnItem is how many pieces of an order line go back.
type ReturnItem struct {
	// ID is the shop's id of the return item, or what is derived from the key that
	// the shop gave it.
	ID string `json:"id"`
	// LineID is the order line that the pieces are of.
	LineID string `json:"lineId"`
	// SKU is empty where the line is no product, such as gift wrapping.
	SKU  string `json:"sku,omitzero"`
	Name string `json:"name,omitzero"`
	// Channel is the shop's id of the supply channel that the line was taken from;
	// empty if it was none.
	Channel   string    `json:"channel,omitzero"`
	Quantity  int64     `json:"quantity"`
	Condition Condition `json:"condition"`
	// WeightGrams is the weight of one piece; 0 if the shop does not know it.
	WeightGrams int64 `json:"weightGrams,omitzero"`
	// Comment is what the customer or the clerk wrote.
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

// ReturnRequested is the data of return.requested: pieces of an order are to go
// back, or went back before anybody was told.
type ReturnRequested struct {
	// ReturnID is the id of the first of the return's items.
	ReturnID    string       `json:"returnId"`
	OrderID     string       `json:"orderId"`
	OrderNumber string       `json:"orderNumber"`
	Customer    Customer     `json:"customer"`
	Items       []ReturnItem `json:"items"`
	// From is where the order went, which is where the pieces are fetched from;
	// absent where nothing was shipped.
	From *Address `json:"from,omitzero"`
	// TrackingNumber is that of a parcel that is on its way already; empty if there
	// is none, so that a label is needed.
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

// ReturnLabelled is the data of return.labelled: a carrier will take the parcel
// with the pieces from whoever sticks its label on.
type ReturnLabelled struct {
	ReturnID    string   `json:"returnId"`
	OrderID     string   `json:"orderId"`
	OrderNumber string   `json:"orderNumber"`
	Customer    Customer `json:"customer"`
	// Carrier is the carrier's name as customers know it, "FedEx".
	Carrier        string `json:"carrier"`
	TrackingNumber string `json:"trackingNumber"`
	// LabelURL is where whoever knows it can print the label, for as long as the
	// carrier keeps it.
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

// ReturnReceived is the data of return.received: pieces that went back arrived,
// or somebody judged those that had arrived. Pieces may be received more than
// once, as returned and then as what they were judged to be.
type ReturnReceived struct {
	// OrderID is the order that the pieces are of.
	OrderID     string     `json:"orderId"`
	OrderNumber string     `json:"orderNumber"`
	Item        ReturnItem `json:"item"`
	// Value is what the customer paid for these pieces, tax and discounts of the
	// line included, shipping left out. It is absent where that cannot be said,
	// for a discount of the whole order belongs to no line.
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
