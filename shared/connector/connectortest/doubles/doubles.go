// Package doubles lists the stand-ins of all outside systems, for what runs the
// whole of Signalbox without them. A new system adds its line here.
package doubles

import (
	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/edi/editest"
	"signalbox/shared/connector/fedex/fedextest"
	"signalbox/shared/connector/firehose/firehosetest"
	"signalbox/shared/connector/klaviyo/klaviyotest"
	"signalbox/shared/connector/salesforce/salesforcetest"
	"signalbox/shared/connector/senders/senderstest"
	"signalbox/shared/connector/stripe/stripetest"
	"signalbox/shared/connector/voucherify/voucherifytest"
	"signalbox/shared/connector/webhook/webhooktest"
	"signalbox/shared/connector/workday/workdaytest"
)

// All returns how to make the double of each system of the catalog, by its ID.
func All() map[string]func() connectortest.Double {
	return map[string]func() connectortest.Double{
		"commercetools": func() connectortest.Double { return commercetoolstest.New() },
		"edi":           func() connectortest.Double { return editest.New() },
		"fedex":         func() connectortest.Double { return fedextest.New() },
		"firehose":      func() connectortest.Double { return firehosetest.New() },
		"klaviyo":       func() connectortest.Double { return klaviyotest.New() },
		"salesforce":    func() connectortest.Double { return salesforcetest.New() },
		"senders":       func() connectortest.Double { return senderstest.New() },
		"stripe":        func() connectortest.Double { return stripetest.New() },
		"voucherify":    func() connectortest.Double { return voucherifytest.New() },
		"workday":       func() connectortest.Double { return workdaytest.New() },
		"webhook":       func() connectortest.Double { return webhooktest.New() },
	}
}

// Notified is a double of a system that sends notifications, and that must know
// what it notifies of: a shop knows the order it announced.
type Notified interface {
	// PutNotification makes known what a notification is about. One that is about
	// nothing the system holds is passed over.
	PutNotification(body []byte) error
}
