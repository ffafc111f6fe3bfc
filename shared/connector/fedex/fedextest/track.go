package fedextest

import (
	"net/http"
	"time"
)

// referenceTypes are Track's names for the reference types of Ship.
var referenceTypes = map[string]string{
	"CUSTOMER_REFERENCE": "CUSTOMER_REFERENCE",
	"PURCHASE_ORDER":     "P_O_NUMBER",
	"INVOICE":            "INVOICE_NUMBER",
	"DEPARTMENT":         "DEPARTMENT_NUMBER",
}

func (d *Double) track(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Information struct {
			Type    string `json:"type"`
			Value   string `json:"value"`
			Account string `json:"accountNumber"`
			Begin   string `json:"shipDateBegin"`
			End     string `json:"shipDateEndDate"`
		} `json:"referencesInformation"`
	}
	if !decode(w, r, &request) {
		return
	}
	q := request.Information
	begin, err1 := time.Parse(time.DateOnly, q.Begin)
	end, err2 := time.Parse(time.DateOnly, q.End)
	reference := referenceTypes[q.Type]
	switch {
	case q.Value == "" || reference == "":
		refuse(w, r, http.StatusBadRequest, "TRACKING.REFERENCEVALUE.EMPTY", "Please provide a valid reference.")
		return
	case q.Account == "":
		refuse(w, r, http.StatusBadRequest, "TRACKING.REFERENCEDATA.INCOMPLETE", "Please provide an account number or a destination.")
		return
	case err1 != nil || err2 != nil || end.Before(begin):
		refuse(w, r, http.StatusBadRequest, "TRACKING.SHIPDATE.INVALID", "Please provide a valid ship date.")
		return
	}
	var complete []any
	for _, s := range d.shipments {
		day := s.At.UTC().Truncate(24 * time.Hour)
		if q.Account != Account || s.References[reference] != q.Value || d.now().Before(s.At.Add(d.delay)) || day.Before(begin) || day.After(end) {
			continue
		}
		status := map[string]any{"code": "OC", "description": "Shipment information sent to FedEx"}
		if s.Cancelled {
			status = map[string]any{"code": "CA", "description": "Shipment cancelled by sender"}
		}
		complete = append(complete, map[string]any{
			"trackingNumber": s.TrackingNumber,
			"trackResults": []any{map[string]any{
				"trackingNumberInfo": map[string]any{"trackingNumber": s.TrackingNumber},
				"latestStatusDetail": status,
			}},
		})
	}
	if complete == nil {
		complete = []any{map[string]any{"trackResults": []any{map[string]any{"error": map[string]any{
			"code":    "TRACKING.REFERENCENUMBER.NOTFOUND",
			"message": "Tracking number cannot be found. Please correct the tracking number and try again.",
		}}}}}
	}
	succeed(w, r, map[string]any{"completeTrackResults": complete})
}
