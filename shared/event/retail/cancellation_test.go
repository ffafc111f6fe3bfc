package retail_test

import (
	"testing"
	"time"

	"signalbox/shared/event/retail"
)

func TestOrderCancelledRules(t *testing.T) {
	cancelled := retail.OrderCancelled{OrderID: "o-1", OrderNumber: "A-1", CancelledAt: time.Date(2026, 2, 9, 8, 0, 0, 0, time.UTC)}
	if err := cancelled.Validate(); err != nil || cancelled.Subject() != "o-1" || cancelled.SchemaVersion() != 1 {
		t.Errorf("a guest's cancelled order: %v, subject %q", err, cancelled.Subject())
	}
	for name, c := range map[string]struct {
		change func(*retail.OrderCancelled)
		want   string
	}{
		"an order":          {func(p *retail.OrderCancelled) { p.OrderID = "" }, "orderId: expected a non-empty string"},
		"an order's number": {func(p *retail.OrderCancelled) { p.OrderNumber = "" }, "orderNumber: expected a non-empty string"},
		"a time":            {func(p *retail.OrderCancelled) { p.CancelledAt = time.Time{} }, "cancelledAt: expected a time in RFC 3339"},
	} {
		t.Run(name, func(t *testing.T) {
			p := cancelled
			c.change(&p)
			refused(t, p, "data."+c.want)
		})
	}
}
