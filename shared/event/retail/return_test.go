package retail_test

import (
	"testing"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

var returnTold = time.Date(2026, 3, 16, 8, 12, 44, 0, time.UTC)

func item() retail.ReturnItem {
	return retail.ReturnItem{ID: "i-1", LineID: "l-1", SKU: "A", Quantity: 1, Condition: retail.Returned}
}

func returnRequested() retail.ReturnRequested {
	return retail.ReturnRequested{
		ReturnID: "i-1", OrderID: "o-1", OrderNumber: "A-1", Items: []retail.ReturnItem{item()}, From: &retail.Address{Country: "DE"}, RequestedAt: returnTold,
	}
}

func returnLabelled() retail.ReturnLabelled {
	return retail.ReturnLabelled{ReturnID: "i-1", OrderID: "o-1", OrderNumber: "A-1", Carrier: "FedEx", TrackingNumber: "794", LabelURL: "https://label"}
}

func returnReceived() retail.ReturnReceived {
	return retail.ReturnReceived{
		OrderID: "o-1", OrderNumber: "A-1", Item: item(), Value: &retail.Money{Currency: "EUR", Amount: 5, FractionDigits: 2}, ReceivedAt: returnTold,
	}
}

func TestReturnRules(t *testing.T) {
	requested := func(change func(*retail.ReturnRequested)) event.Payload {
		p := returnRequested()
		change(&p)
		return p
	}
	labelled := func(change func(*retail.ReturnLabelled)) event.Payload {
		p := returnLabelled()
		change(&p)
		return p
	}
	received := func(change func(*retail.ReturnReceived)) event.Payload {
		p := returnReceived()
		change(&p)
		return p
	}
	ofItem := func(change func(*retail.ReturnItem)) event.Payload {
		return requested(func(p *retail.ReturnRequested) { change(&p.Items[0]) })
	}
	const text, number, moment = "a non-empty string", "a whole number above 0", "a time in RFC 3339"
	for name, c := range map[string]struct {
		p    event.Payload
		want string // "" for none
	}{
		"a return":                    {requested(func(*retail.ReturnRequested) {}), ""},
		"of what was never shipped":   {requested(func(p *retail.ReturnRequested) { p.From = nil }), ""},
		"a return's id":               {requested(func(p *retail.ReturnRequested) { p.ReturnID = "" }), "returnId: expected " + text},
		"a return's order":            {requested(func(p *retail.ReturnRequested) { p.OrderID = "" }), "orderId: expected " + text},
		"a return's order's number":   {requested(func(p *retail.ReturnRequested) { p.OrderNumber = "" }), "orderNumber: expected " + text},
		"a return of something":       {requested(func(p *retail.ReturnRequested) { p.Items = nil }), "items: expected at least one item"},
		"a return's time":             {requested(func(p *retail.ReturnRequested) { p.RequestedAt = time.Time{} }), "requestedAt: expected " + moment},
		"a return's country":          {requested(func(p *retail.ReturnRequested) { p.From.Country = "de" }), "from.country: expected an ISO 3166-1 alpha-2 code such as DE"},
		"an item's id":                {ofItem(func(i *retail.ReturnItem) { i.ID = "" }), "items[0].id: expected " + text},
		"an item's line":              {ofItem(func(i *retail.ReturnItem) { i.LineID = "" }), "items[0].lineId: expected " + text},
		"an item of gift wrapping":    {ofItem(func(i *retail.ReturnItem) { i.SKU = "" }), ""},
		"an item's quantity":          {ofItem(func(i *retail.ReturnItem) { i.Quantity = 0 }), "items[0].quantity: expected " + number},
		"an item's condition":         {ofItem(func(i *retail.ReturnItem) { i.Condition = "lost" }), "items[0].condition: expected advised, returned, back-in-stock or unusable"},
		"an item's weight":            {ofItem(func(i *retail.ReturnItem) { i.WeightGrams = -1 }), "items[0].weightGrams: expected 0 or more"},
		"a label":                     {labelled(func(*retail.ReturnLabelled) {}), ""},
		"a label's return":            {labelled(func(p *retail.ReturnLabelled) { p.ReturnID = "" }), "returnId: expected " + text},
		"a label's carrier":           {labelled(func(p *retail.ReturnLabelled) { p.Carrier = "" }), "carrier: expected " + text},
		"a label's number":            {labelled(func(p *retail.ReturnLabelled) { p.TrackingNumber = "" }), "trackingNumber: expected " + text},
		"a label's address":           {labelled(func(p *retail.ReturnLabelled) { p.LabelURL = "" }), "labelUrl: expected " + text},
		"what arrived":                {received(func(*retail.ReturnReceived) {}), ""},
		"what arrived without value":  {received(func(p *retail.ReturnReceived) { p.Value = nil }), ""},
		"the order of what arrived":   {received(func(p *retail.ReturnReceived) { p.OrderID = "" }), "orderId: expected " + text},
		"what arrived at all":         {received(func(p *retail.ReturnReceived) { p.Item.Quantity = 0 }), "item.quantity: expected " + number},
		"what arrived by now":         {received(func(p *retail.ReturnReceived) { p.Item.Condition = retail.Advised }), "item.condition: expected returned, back-in-stock or unusable"},
		"when it arrived":             {received(func(p *retail.ReturnReceived) { p.ReceivedAt = time.Time{} }), "receivedAt: expected " + moment},
		"what arrived, below nothing": {received(func(p *retail.ReturnReceived) { p.Value.Amount = -1 }), "value.amount: expected 0 or more"},
		"what arrived, in no money":   {received(func(p *retail.ReturnReceived) { p.Value.Currency = "eur" }), "value.currency: expected an ISO 4217 code such as EUR"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.want != "" {
				refused(t, c.p, "data."+c.want)
			} else if err := c.p.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAdvisedItemsAreThoseThatHaveNotArrived(t *testing.T) {
	p := returnRequested()
	advised := item()
	advised.ID, advised.Condition = "i-2", retail.Advised
	p.Items = append(p.Items, advised)
	if got := p.Advised(); len(got) != 1 || got[0].ID != "i-2" {
		t.Errorf("advised %+v", got)
	}
}
