package fedex

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

// payload is what a scan says, nil for one that nobody reacts to. The second
// result names all that the payload holds beside number, reference and time, so
// that two scans with the same id are the same event.
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

// reason says why, by FedEx's own type of the delay, or by the code of the scan
// and of its exception: an address that is wrong, somebody who was not there or
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

// estimate is when FedEx now expects to deliver, zero if it does not say.
func (p parcel) estimate() time.Time {
	for _, d := range p.Times {
		if at, err := time.Parse(time.RFC3339, d.At); d.Type == "ESTIMATED_DELIVERY" && err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}
