package fedex

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"signalbox/shared/connector"
)

// cancelled is the status code of a shipment that was cancelled.
const cancelled = "CA"

// FindShipment looks up the shipment that was created for the event with the given
// id at or after since; at is the time of the call. It returns false only if FedEx
// says that there is none; an unclear answer is an error. Cancelled shipments do
// not count. If there are several, it returns FedEx's first.
func (c *Client) FindShipment(ctx context.Context, eventID string, since, at time.Time) (Shipment, bool, error) {
	type information struct {
		Type    string `json:"type"`
		Value   string `json:"value"`
		Account string `json:"accountNumber"`
		Begin   string `json:"shipDateBegin"`
		End     string `json:"shipDateEndDate"`
	}
	// One more day on either side, since FedEx uses the local date of the origin.
	request := struct {
		Information information `json:"referencesInformation"`
		Scans       bool        `json:"includeDetailedScans"`
	}{Information: information{
		Type: "PURCHASE_ORDER", Value: Reference(eventID), Account: c.account,
		Begin: since.UTC().AddDate(0, 0, -1).Format(time.DateOnly), End: at.UTC().AddDate(0, 0, 1).Format(time.DateOnly),
	}}
	var a trackAnswer
	err := c.send(ctx, connector.Request{Method: http.MethodPost, Path: "/track/v1/referencenumbers", Repeatable: true}, eventID, request, &a)
	if notFound(err) {
		return Shipment{}, false, nil
	}
	if err != nil {
		return Shipment{}, false, err
	}
	return a.shipment(c.api)
}

type trackAnswer struct {
	Output *struct {
		Complete []struct {
			Tracking string `json:"trackingNumber"`
			Results  []struct {
				Info struct {
					Tracking string `json:"trackingNumber"`
				} `json:"trackingNumberInfo"`
				Status struct {
					Code string `json:"code"`
				} `json:"latestStatusDetail"`
				Error problem `json:"error"`
			} `json:"trackResults"`
		} `json:"completeTrackResults"`
		Alerts []problem `json:"alerts"`
	} `json:"output"`
}

func (a trackAnswer) shipment(api *connector.Client) (Shipment, bool, error) {
	unclear := func(what string) (Shipment, bool, error) {
		return Shipment{}, false, api.Unreadable(errors.New("answer: expected a shipment, or that there is none: " + what))
	}
	if a.Output == nil {
		return unclear("no output")
	}
	for _, complete := range a.Output.Complete {
		if len(complete.Results) == 0 {
			return unclear("no result")
		}
		for _, r := range complete.Results {
			number := cmp.Or(r.Info.Tracking, complete.Tracking)
			switch {
			case absent(r.Error.Code), r.Status.Code == cancelled:
			case r.Error.Code != "":
				return unclear(connector.Code(r.Error.Code))
			case number == "":
				return unclear("no tracking number")
			default:
				return Shipment{TrackingNumber: number}, true, nil
			}
		}
	}
	for _, alert := range a.Output.Alerts {
		if !absent(alert.Code) {
			return unclear(connector.Code(alert.Code))
		}
	}
	return Shipment{}, false, nil
}

// absent reports the codes that mean that no shipment has the reference, such as TRACKING.REFERENCENUMBER.NOTFOUND and TRACKING.DATA.NOTFOUND.
func absent(code string) bool {
	return strings.HasPrefix(code, "TRACKING.") && (strings.HasSuffix(code, "NOTFOUND") || strings.HasSuffix(code, "NOT.FOUND"))
}

// notFound reports an error whose codes all mean that. A plain NOT.FOUND.ERROR does
// not: it may mean a missing endpoint.
func notFound(err error) bool {
	var r refusal
	return errors.As(err, &r) && !slices.ContainsFunc(r, func(code string) bool { return !absent(code) })
}
