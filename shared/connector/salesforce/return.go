package salesforce

import (
	"context"
	"fmt"
	"strings"

	"signalbox/shared/event/retail"
)

// The length limits of a Case's Subject and Description:
// https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_case.htm
const (
	maxSubject     = 255
	maxDescription = 32000
)

// UpsertReturn updates the record of a return from the event. The customer's record
// must exist, unless a guest ordered; the order's must exist if
// SALESFORCE_RETURN_FIELDS names a field for it.
func (c *Client) UpsertReturn(ctx context.Context, r retail.ReturnRequested) error {
	return c.upsert(ctx, c.returns, r.ReturnID, c.returns.returned(r, c.orders.idField, c.customers.idField))
}

func (t table) returned(p retail.ReturnRequested, orderIDField, customerIDField string) record {
	r := record{}
	t.set(r, "subject", cut("Return of order "+p.OrderNumber, maxSubject))
	t.set(r, "description", cut(describe(p), maxDescription))
	t.set(r, "email", p.Customer.Email)
	t.set(r, "requestedAt", p.RequestedAt.UTC().Format("2006-01-02T15:04:05.000Z"))
	if field := t.fields["order"]; field != "" {
		r[field] = map[string]string{orderIDField: p.OrderID}
	}
	if field := t.fields["customer"]; field != "" && p.Customer.ID != "" {
		r[field] = map[string]string{customerIDField: p.Customer.ID}
	}
	return r
}

// describe lists the items, one per line, with their comments.
func describe(p retail.ReturnRequested) string {
	var lines []string
	for _, item := range p.Items {
		line := fmt.Sprintf("%d x %s", item.Quantity, strings.TrimSpace(item.SKU+" "+item.Name))
		if item.Condition != retail.Advised {
			line += " (" + string(item.Condition) + ")"
		}
		if item.Comment != "" {
			line += ": " + item.Comment
		}
		lines = append(lines, line)
	}
	if p.TrackingNumber != "" {
		lines = append(lines, "Tracking number "+p.TrackingNumber)
	}
	return strings.Join(lines, "\n")
}

// cut shortens s to n characters.
func cut(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}
