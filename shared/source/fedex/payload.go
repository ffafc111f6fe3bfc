package fedex

import (
	"cmp"
	"slices"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

// payload is what a scan says, nil for one that nobody reacts to. The second
// result names all that the payload holds beside number and time, so that two
// scans with the same id are the same event.
func (p parcel) payload(s scan, when time.Time) (event.Payload, string) {
	order := p.orderNumber()
	switch code := cmp.Or(s.Type, s.Derived); {
	case code == delivered:
		return retail.ShipmentDelivered{Carrier: carrier, TrackingNumber: p.number, OrderNumber: order, DeliveredAt: when}, code + "/" + order
	case slices.Contains(delayed, code), s.Delay.Status == "DELAYED":
		reason := code
		if isCode(s.ExceptionCode, 8) {
			reason += "-" + s.ExceptionCode
		}
		return retail.ShipmentDelayed{Carrier: carrier, TrackingNumber: p.number, OrderNumber: order, Reason: reason, DelayedAt: when}, reason + "/" + order
	}
	return nil, ""
}
