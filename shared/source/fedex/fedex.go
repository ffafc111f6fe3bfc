// Package fedex maps FedEx's pushes about shipments (Advanced Integrated Visibility)
// to business events.
// https://developer.fedex.com/api/en-us/catalog/shipment-visibility-webhook/docs.html
//
// # Delivery
//
// A push has no id, scans arrive out of order, and FedEx repeats a delivery with its
// pictures. An event is identified by tracking number, kind of scan and time of the
// scan. The event's time is the scan's, so that consumers can order events.
//
// # Errors
//
// A malformed push is fault.Invalid and names the field. A push without a scan that
// becomes an event, such as an arrival at a hub, is [Ignored].
//
// # Limits
//
// FedEx documents the push as the answer of its Track API (output, or only the list
// of trackResults); other fields are ignored. A scan without an offset from UTC is
// refused, since its time is unknown.
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

// maxPush is the largest push that is read: it may hold the picture of a delivery.
const maxPush = 4 << 20

// maxScans limits the events of one push.
const maxScans = 1000

// Ignored is the reason why a push holds no event. It is not a failure.
type Ignored struct {
	// Reason is "scan-" and the code of the last scan, or "no-scan".
	Reason string
}

func (i *Ignored) Error() string { return "ignored: " + i.Reason }

// push holds the fields that are read: TrackingNumbersResponse of the Track API, with
// or without an envelope.
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

// Codes of scans: a delivery, and the causes of a delay, among them failed delivery
// attempts and customs.
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

// parcel is a track whose number is known, and its path in the push.
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
		return nil, fault.Field("push.output", "an object, or trackResults instead of it")
	}
	return all, nil
}

// event maps one scan; ok is false for a scan that becomes no event.
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

// orderNumber is the reference with which the shipment was created; "" if the push
// does not have it.
func (p parcel) orderNumber() string {
	for _, id := range p.Additional.Identifiers {
		if id.Type == "CUSTOMER_REFERENCE" && len(id.Values) > 0 {
			return id.Values[0]
		}
	}
	return ""
}

// isCode reports whether s has at most that many letters and digits, so that it is
// safe in a reason, an id and a log.
func isCode(s string, most int) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return s != "" && len(s) <= most
}
