// Package doubles lists the doubles of all outside systems, for the local run and
// the tests of all functions. A new system adds a line here.
//
//	for id, newDouble := range doubles.All() {
//		server := connectortest.Serve(newDouble())
//		defer server.Close()
//		addresses[id] = server.URL
//	}
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

// All returns the constructor of each system's double, by the system's ID.
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

// Notified is the double of a system that sends notifications. It must have the
// resources of its notifications: a shop has the order that it reported.
type Notified interface {
	// PutNotification adds the resource of a notification. A notification about
	// another kind of resource is ignored.
	PutNotification(body []byte) error
}
