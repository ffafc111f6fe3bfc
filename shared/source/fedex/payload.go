package fedex

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

// payload is the payload of a scan's event, nil for a scan that becomes no event. The
// second result identifies the payload's fields other than number, reference and
// time, so that two scans with the same id are the same event.
func (p parcel) payload(s scan, when time.Time) (event.Payload, string) {
	about := retail.Parcel{OrderNumber: p.orderNumber(), Carrier: carrier, TrackingNumber: p.number}
	switch code := cmp.Or(s.Type, s.Derived); {
	case code == delivered:
		return retail.ShipmentDelivered{Parcel: about, DeliveredAt: when}, code
	case slices.Contains(delayed, code), s.Delay.Status == "DELAYED":
		late := retail.ShipmentDelayed{Parcel: about, Reason: s.reason(code), ReportedAt: when, EstimatedAt: p.estimate()}
		return late, strings.Join([]string{code, late.Reason, late.EstimatedAt.Format(time.RFC3339)}, "/")
	}
	return nil, ""
}

// reason derives the reason of a delay from FedEx's type of the delay, or from the
// codes of the scan and its exception: a wrong address, a recipient who was absent or
// refused, customs.
func (s scan) reason(code string) string {
	switch s.Delay.Type {
	case "WEATHER":
		return retail.DelayWeather
	case "CLEARANCE":
		return retail.DelayCustoms
	case "OPERATIONAL", "LOCAL":
		return retail.DelayCarrier
	}
	switch {
	case code == "CD":
		return retail.DelayCustoms
	case slices.Contains([]string{"03", "A12", "A13"}, s.ExceptionCode):
		return retail.DelayAddress
	case slices.Contains([]string{"07", "08"}, s.ExceptionCode):
		return retail.DelayRecipient
	}
	return retail.DelayUnknown
}

// estimate is when FedEx now expects to deliver, zero without an estimate.
func (p parcel) estimate() time.Time {
	for _, d := range p.Times {
		if at, err := time.Parse(time.RFC3339, d.At); d.Type == "ESTIMATED_DELIVERY" && err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}
