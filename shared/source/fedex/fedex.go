// Package fedex reads what FedEx pushes about shipments (Advanced Integrated
// Visibility) and maps it to business events.
// https://developer.fedex.com/api/en-us/catalog/shipment-visibility-webhook/docs.html
//
// # Delivery
//
// FedEx gives a push no id, sends scans out of order, and sends a delivery again
// with its pictures. An event is known by what happened: tracking number, kind of
// scan and its time. Its time is the scan's, so whoever cares for order has it.
//
// # Errors
//
// What cannot be understood is fault.Invalid and names the field. An [Ignored] push
// holds nothing that anybody reacts to, such as an arrival at a hub.
//
// # Limits
//
// FedEx documents the push as the answer of its Track API (output, or the list of
// trackResults alone); what else is in it is passed over. A scan without an
// offset from UTC is refused, since nobody can tell when it was.
package fedex

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// carrier is FedEx as customers know it.
const carrier = "FedEx"

// source is the CloudEvents source of every event.
const source = "/fedex"

// maxPush is the largest push read: it may hold the picture of a delivery.
const maxPush = 4 << 20

// maxScans bounds the events of one push.
const maxScans = 1000

// Ignored says why a push holds no event. It never means that something is wrong.
type Ignored struct {
	// Reason is "scan-" and the code of the last scan, or "no-scan".
	Reason string
}

func (i *Ignored) Error() string { return "ignored: " + i.Reason }

// push is what is read of one: TrackingNumbersResponse of the Track API in an
// envelope, or without.
type push struct {
	Output *struct {
		Complete []struct {
			Tracking string  `json:"trackingNumber"`
			Results  []track `json:"trackResults"`
		} `json:"completeTrackResults"`
	} `json:"output"`
	Results []track `json:"trackResults"`
}

type track struct {
	Tracking string `json:"trackingNumber"`
	Info     struct {
		Tracking string `json:"trackingNumber"`
	} `json:"trackingNumberInfo"`
	Additional struct {
		Identifiers []struct {
			Type   string   `json:"type"`
			Values []string `json:"values"`
		} `json:"packageIdentifiers"`
	} `json:"additionalTrackingInfo"`
	Times []struct {
		Type string `json:"type"`
		At   string `json:"dateTime"`
	} `json:"dateAndTimes"`
	Scans []scan `json:"scanEvents"`
}

// scan is a ScanEvent of the Track API.
type scan struct {
	Date          string `json:"date"`
	Type          string `json:"eventType"`
	Derived       string `json:"derivedStatusCode"`
	ExceptionCode string `json:"exceptionCode"`
	Delay         struct {
		Type   string `json:"type"`
		Status string `json:"status"`
	} `json:"delayDetail"`
}

// Codes of scans: a delivery, and what holds a shipment up. A delivery attempt
// that failed is among them, as is what customs keep.
const delivered = "DL"

var delayed = []string{"DY", "DD", "DE", "SE", "CD"}

// Open returns the events of one push.
func Open(body []byte) ([]event.Raw, error) {
	var p push
	if err := strictjson.UnmarshalUpTo(maxPush, "push", body, &p); err != nil {
		return nil, err
	}
	tracks, err := p.tracks()
	if err != nil {
		return nil, err
	}
	var events []event.Raw
	last := ""
	for _, t := range tracks {
		for i, s := range t.Scans {
			at := fmt.Sprintf("%s.scanEvents[%d]", t.at, i)
			e, ok, err := t.event(at, s)
			if err != nil {
				return nil, err
			}
			last = cmp.Or(s.Type, s.Derived)
			if ok && !slices.ContainsFunc(events, func(other event.Raw) bool { return other.ID == e.ID }) {
				events = append(events, e)
			}
			if len(events) > maxScans {
				return nil, fault.Field("push", fmt.Sprintf("at most %d scans", maxScans))
			}
		}
	}
	switch {
	case len(events) > 0:
		return events, nil
	case last == "":
		return nil, &Ignored{"no-scan"}
	}
	return nil, &Ignored{"scan-" + last}
}

// parcel is a track whose number is known, and where it stands in the push.
type parcel struct {
	track
	number string
	at     string
}

func (p push) tracks() ([]parcel, error) {
	var all []parcel
	add := func(t track, otherwise, at string) error {
		number := cmp.Or(t.Info.Tracking, t.Tracking, otherwise)
		if !isCode(number, 40) {
			return fault.Field(at+".trackingNumberInfo.trackingNumber", "a tracking number")
		}
		all = append(all, parcel{t, number, at})
		return nil
	}
	switch {
	case p.Output != nil && p.Output.Complete == nil:
		return nil, fault.Field("push.output.completeTrackResults", "an array")
	case p.Output != nil:
		for i, c := range p.Output.Complete {
			for j, t := range c.Results {
				if err := add(t, c.Tracking, fmt.Sprintf("push.output.completeTrackResults[%d].trackResults[%d]", i, j)); err != nil {
					return nil, err
				}
			}
		}
	case p.Results != nil:
		for i, t := range p.Results {
			if err := add(t, "", fmt.Sprintf("push.trackResults[%d]", i)); err != nil {
				return nil, err
			}
		}
	default:
		return nil, fault.Field("push.output", "an object, or trackResults in its place")
	}
	return all, nil
}

// event maps one scan; ok is false for one that nobody reacts to.
func (p parcel) event(at string, s scan) (e event.Raw, ok bool, err error) {
	if !isCode(cmp.Or(s.Type, s.Derived), 8) {
		return e, false, fault.Field(at+".eventType", "a code of letters and digits")
	}
	when, err := time.Parse(time.RFC3339, s.Date)
	if err != nil {
		return e, false, fault.Field(at+".date", "a time in RFC 3339")
	}
	data, kind := p.payload(s, when.UTC())
	if data == nil {
		return e, false, nil
	}
	e, err = event.New(event.Origin{
		Source: source, Time: when,
		ID: strings.Join([]string{p.number, kind, when.UTC().Format(time.RFC3339)}, "/"),
	}, data)
	return e, err == nil, err
}

// orderNumber is the reference that the shipment was created with; "" if the push
// does not say it.
func (p parcel) orderNumber() string {
	for _, id := range p.Additional.Identifiers {
		if id.Type == "CUSTOMER_REFERENCE" && len(id.Values) > 0 {
			return id.Values[0]
		}
	}
	return ""
}

// isCode reports whether s is up to most letters and digits, so that it may
// stand in a reason, an id and a log.
func isCode(s string, most int) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return s != "" && len(s) <= most
}
