package commercetools

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// returned holds the fields of a message about a return.
type returned struct {
	// ReturnInfo is an object in ReturnInfoAdded and an array in ReturnInfoSet.
	ReturnInfo jsontext.Value `json:"returnInfo"`
	// ReturnItemID and ReturnShipmentState are fields of OrderReturnShipmentStateChanged.
	ReturnItemID        string `json:"returnItemId"`
	ReturnShipmentState string `json:"returnShipmentState"`
}

// returnInfo is one return of an order (types/order/ReturnInfo.raml).
type returnInfo struct {
	Items            []returnItem `json:"items"`
	ReturnTrackingID string       `json:"returnTrackingId"`
}

// returnItem is a LineItemReturnItem or a CustomLineItemReturnItem
// (types/order/ReturnItem.raml).
type returnItem struct {
	ID               string `json:"id"`
	Key              string `json:"key"`
	Quantity         int64  `json:"quantity"`
	LineItemID       string `json:"lineItemId"`
	CustomLineItemID string `json:"customLineItemId"`
	Comment          string `json:"comment"`
	ShipmentState    string `json:"shipmentState"`
	PaymentState     string `json:"paymentState"`
}

// identity is the id of an item that stays when the item is set again.
func (i returnItem) identity(orderID string) string {
	if i.Key == "" {
		return i.ID
	}
	return event.DeriveID("/commercetools/return-item", orderID, "", i.Key)
}

// lineID is the id of the line item or of the custom line item.
func (i returnItem) lineID() string { return cmp.Or(i.LineItemID, i.CustomLineItemID) }

// conditionOf maps ReturnShipmentState to a Condition.
func conditionOf(state string) (retail.Condition, bool) {
	switch state {
	case "Advised":
		return retail.Advised, true
	case "Returned":
		return retail.Returned, true
	case "BackInStock":
		return retail.BackInStock, true
	case "Unusable":
		return retail.Unusable, true
	}
	return "", false
}

// settledOf maps the values of ReturnPaymentState without a due refund to Settled.
func settledOf(state string) string {
	switch state {
	case "NonRefundable":
		return "non-refundable"
	case "Refunded":
		return "refunded"
	case "NotRefunded":
		return "not-refunded"
	}
	return ""
}

// returns are an order with returns, while they are mapped.
type returns struct {
	order
	mapped retail.Order
	source string
	at     time.Time
}

// returnInfo maps the added return, or all that were set. A message without a payload
// reports all returns of the order: those reported before keep their event ids.
func (s Source) returnInfo(ctx context.Context, n notification) ([]event.Raw, error) {
	var told []returnInfo
	name := "notification.returnInfo"
	if n.PayloadNotIncluded == nil {
		var err error
		if told, err = decodeReturns(name, n.ReturnInfo); err != nil {
			return nil, err
		}
	}
	r, err := s.returns(ctx, n)
	if err != nil {
		return nil, err
	}
	if n.PayloadNotIncluded != nil {
		told, name = r.ReturnInfo, "order.returnInfo"
	}
	var events []event.Raw
	for i, info := range told {
		at := name
		if n.ReturnInfo.Kind() != '{' {
			at = fmt.Sprintf("%s[%d]", name, i)
		}
		mapped, err := r.requested(at, info)
		if err != nil {
			return nil, err
		}
		events = append(events, mapped...)
	}
	if len(events) == 0 {
		return nil, &Ignored{"return-without-items"}
	}
	return events, nil
}

func decodeReturns(name string, value jsontext.Value) ([]returnInfo, error) {
	switch value.Kind() {
	case '{':
		var one returnInfo
		err := strictjson.Unmarshal(name, value, &one)
		return []returnInfo{one}, err
	case '[':
		var all []returnInfo
		err := strictjson.Unmarshal(name, value, &all)
		return all, err
	case 0, 'n':
		// setReturnInfo without returns removes the existing ones.
		return nil, nil
	}
	return nil, fault.Field(name, "an object or an array")
}

// returnStateChanged reads the item whose state changed.
func (s Source) returnStateChanged(ctx context.Context, n notification) ([]event.Raw, error) {
	state := n.ReturnShipmentState
	if n.PayloadNotIncluded == nil {
		switch condition, known := conditionOf(state); {
		case n.ReturnItemID == "":
			return nil, fault.Field("notification.returnItemId", "a non-empty string")
		case state == "":
			return nil, fault.Field("notification.returnShipmentState", "the name of a state")
		case !known || condition == retail.Advised:
			return nil, ignored("return", state)
		}
	}
	r, err := s.returns(ctx, n)
	if err != nil {
		return nil, err
	}
	var events []event.Raw
	for i, info := range r.ReturnInfo {
		for k, item := range info.Items {
			if n.PayloadNotIncluded == nil {
				if item.ID != n.ReturnItemID {
					continue
				}
				item.ShipmentState = state
			}
			mapped, err := r.received(fmt.Sprintf("order.returnInfo[%d].items[%d]", i, k), item)
			if err != nil {
				return nil, err
			}
			events = append(events, mapped...)
		}
	}
	switch {
	case len(events) > 0:
		return events, nil
	case n.PayloadNotIncluded != nil:
		return nil, &Ignored{"return-without-items"}
	}
	return nil, fault.Field("notification.returnItemId", "a return item of the order")
}

// returns reads the order that a message is about.
func (s Source) returns(ctx context.Context, n notification) (returns, error) {
	if err := s.aboutOrder(n); err != nil {
		return returns{}, err
	}
	data, err := s.Shop.Order(ctx, n.Resource.ID)
	if err != nil {
		return returns{}, err
	}
	o, err := decodeOrder(n, data, MaxOrderBytes)
	if err != nil {
		return returns{}, err
	}
	if o.Version < n.ResourceVersion {
		return returns{}, fault.Retry("commercetools-behind", 2*time.Second, errors.New("order: expected at least the reported version"))
	}
	mapped, err := s.Fields.order(o)
	if err != nil {
		return returns{}, err
	}
	return returns{order: o, mapped: mapped, source: "/commercetools/" + n.ProjectKey, at: firstTime(n.CreatedAt, o.CreatedAt).UTC()}, nil
}

// requested returns the return.requested of a return, and a return.received for each
// item that has already arrived.
func (r returns) requested(at string, info returnInfo) ([]event.Raw, error) {
	if len(info.Items) == 0 {
		return nil, nil
	}
	p := retail.ReturnRequested{
		ReturnID: info.Items[0].identity(r.ID), OrderID: r.mapped.ID, OrderNumber: r.mapped.Number, Customer: r.mapped.Customer,
		From: r.mapped.ShipTo, TrackingNumber: info.ReturnTrackingID, RequestedAt: r.at,
	}
	var arrived []event.Raw
	for i, item := range info.Items {
		field := fmt.Sprintf("%s.items[%d]", at, i)
		mapped, err := r.item(field, item)
		if err != nil {
			return nil, err
		}
		p.Items = append(p.Items, mapped)
		events, err := r.received(field, item)
		if err != nil {
			return nil, err
		}
		arrived = append(arrived, events...)
	}
	raw, err := r.event("return/"+p.ReturnID, p)
	if err != nil {
		return nil, err
	}
	return append([]event.Raw{raw}, arrived...), nil
}

// received returns the return.received of an item, or nothing while it is advised.
func (r returns) received(at string, item returnItem) ([]event.Raw, error) {
	mapped, err := r.item(at, item)
	if err != nil || mapped.Condition == retail.Advised {
		return nil, err
	}
	value, err := r.value(item)
	if err != nil {
		return nil, err
	}
	raw, err := r.event("return-item/"+mapped.ID+"/"+string(mapped.Condition), retail.ReturnReceived{
		OrderID: r.mapped.ID, OrderNumber: r.mapped.Number, Item: mapped,
		Value: value, Settled: settledOf(item.PaymentState), ReceivedAt: r.at,
	})
	return []event.Raw{raw}, err
}

// event makes an event that another message may report too, with later data of the
// order; so it is always marked as refetched.
func (r returns) event(id string, data event.Payload) (event.Raw, error) {
	return event.New(event.Origin{Source: r.source, ID: r.ID + "/" + id, Time: r.at, Refetched: true}, data)
}

func (r returns) item(at string, item returnItem) (retail.ReturnItem, error) {
	condition, known := conditionOf(item.ShipmentState)
	switch {
	case item.ID == "":
		return retail.ReturnItem{}, fault.Field(at+".id", "a non-empty string")
	case item.Quantity < 1:
		return retail.ReturnItem{}, fault.Field(at+".quantity", "a whole number above 0")
	case !known:
		return retail.ReturnItem{}, fault.Field(at+".shipmentState", "Advised, Returned, BackInStock or Unusable")
	case item.lineID() == "":
		return retail.ReturnItem{}, fault.Field(at+".lineItemId", "a non-empty string")
	}
	mapped := retail.ReturnItem{
		ID: item.identity(r.ID), LineID: item.lineID(), Quantity: item.Quantity, Condition: condition, Comment: item.Comment,
	}
	if item.LineItemID == "" {
		i := slices.IndexFunc(r.CustomLineItems, func(l customLineItem) bool { return l.ID == item.CustomLineItemID })
		if i < 0 {
			return mapped, fault.Field(at+".customLineItemId", "a custom line item of the order")
		}
		mapped.Name = localized(r.CustomLineItems[i].Name, r.Locale)
		return mapped, nil
	}
	i := slices.IndexFunc(r.LineItems, func(l lineItem) bool { return l.ID == item.LineItemID })
	if i < 0 {
		return mapped, fault.Field(at+".lineItemId", "a line item of the order")
	}
	// Lines are the line items in their order, if there are any.
	line := r.mapped.Lines[i]
	mapped.SKU, mapped.Name, mapped.WeightGrams, mapped.Channel = line.SKU, line.Name, line.WeightGrams, r.LineItems[i].SupplyChannel.ID
	return mapped, nil
}

// value returns the price that the customer paid for the pieces of an item, nil if it
// is unknown. The pieces of a line are valued one after the other in the order of
// their returns, so that the rounded values add up to the price of the line, and
// surplus pieces have no value.
func (r returns) value(item returnItem) (*retail.Money, error) {
	if len(r.DiscountOnTotalPrice) > 0 && r.DiscountOnTotalPrice.Kind() != 'n' {
		return nil, nil
	}
	total, pieces, field := r.cost(item)
	amount, err := total.amount(field)
	if err != nil {
		return nil, err
	}
	amount.Amount = max(0, amount.Amount)
	if pieces < 1 || amount.Amount > math.MaxInt64/pieces {
		return nil, fault.Field(field+".centAmount", "an amount that can be divided")
	}
	first := min(r.before(item), pieces)
	last := pieces
	if item.Quantity < pieces-first {
		last = first + item.Quantity
	}
	amount.Amount = amount.Amount*last/pieces - amount.Amount*first/pieces
	return &amount, nil
}

// cost returns the price of an item's line, with tax if it was calculated, the number
// of its pieces, and the path of the amount. The line is the order's.
func (r returns) cost(item returnItem) (*money, int64, string) {
	gross := func(taxed taxedPrice, total *money, at string) (*money, string) {
		if taxed.TaxedPrice != nil && taxed.TaxedPrice.TotalGross != nil {
			return taxed.TaxedPrice.TotalGross, at + ".taxedPrice.totalGross"
		}
		return total, at + ".totalPrice"
	}
	for i, line := range r.LineItems {
		if line.ID == item.LineItemID {
			total, field := gross(line.taxedPrice, line.TotalPrice, fmt.Sprintf("order.lineItems[%d]", i))
			return total, line.Quantity, field
		}
	}
	for i, line := range r.CustomLineItems {
		if line.ID == item.CustomLineItemID {
			total, field := gross(line.taxedPrice, line.TotalPrice, fmt.Sprintf("order.customLineItems[%d]", i))
			return total, line.Quantity, field
		}
	}
	return nil, 0, "order"
}

// before counts the pieces of the same line in the returns before an item.
func (r returns) before(item returnItem) int64 {
	var n int64
	for _, info := range r.ReturnInfo {
		for _, earlier := range info.Items {
			if earlier.identity(r.ID) == item.identity(r.ID) {
				return n
			}
			if earlier.lineID() == item.lineID() && earlier.Quantity > 0 && earlier.Quantity <= math.MaxInt64-n {
				n += earlier.Quantity
			}
		}
	}
	// The order's returns were set again meanwhile.
	return 0
}
