package fedextest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"signalbox/shared/connector/connectortest"
)

type account struct {
	Value string `json:"value"`
}

type party struct {
	Contact struct {
		Person  string `json:"personName"`
		Phone   string `json:"phoneNumber"`
		Company string `json:"companyName"`
	} `json:"contact"`
	Address struct {
		Lines      []string `json:"streetLines"`
		City       string   `json:"city"`
		State      string   `json:"stateOrProvinceCode"`
		PostalCode string   `json:"postalCode"`
		Country    string   `json:"countryCode"`
	} `json:"address"`
}

type shipmentRequest struct {
	LabelResponse string  `json:"labelResponseOptions"`
	Account       account `json:"accountNumber"`
	Requested     struct {
		Pickup      string  `json:"pickupType"`
		Service     string  `json:"serviceType"`
		Packaging   string  `json:"packagingType"`
		TotalWeight float64 `json:"totalWeight"`
		Shipper     party   `json:"shipper"`
		Recipients  []party `json:"recipients"`
		Payment     struct {
			Type  string `json:"paymentType"`
			Payor struct {
				Responsible struct {
					Account account `json:"accountNumber"`
				} `json:"responsibleParty"`
			} `json:"payor"`
		} `json:"shippingChargesPayment"`
		Label struct {
			Image string `json:"imageType"`
			Stock string `json:"labelStockType"`
		} `json:"labelSpecification"`
		Packages []struct {
			Weight struct {
				Units string  `json:"units"`
				Value float64 `json:"value"`
			} `json:"weight"`
			References []struct {
				Type  string `json:"customerReferenceType"`
				Value string `json:"value"`
			} `json:"customerReferences"`
		} `json:"requestedPackageLineItems"`
		Customs any `json:"customsClearanceDetail"`
		Special struct {
			Types  []string `json:"specialServiceTypes"`
			Return *struct {
				Type string `json:"returnType"`
				RMA  struct {
					Reason string `json:"reason"`
				} `json:"rma"`
			} `json:"returnShipmentDetail"`
		} `json:"shipmentSpecialServices"`
	} `json:"requestedShipment"`
}

func (d *Double) create(w http.ResponseWriter, r *http.Request) {
	var request shipmentRequest
	if !decode(w, r, &request) {
		return
	}
	if code, message := request.wrong(); code != "" {
		status := http.StatusBadRequest
		if code == "SHIPMENT.USER.UNAUTHORIZED" {
			status = http.StatusForbidden
		}
		refuse(w, r, status, code, message)
		return
	}
	s := Shipment{
		TrackingNumber: fmt.Sprintf("7949%08d", len(d.shipments)+1),
		References:     map[string]string{},
		Transaction:    r.Header.Get("X-Customer-Transaction-Id"),
		Caller:         connectortest.Caller(r),
		At:             d.now(),
		Return:         request.Requested.Special.Return != nil,
	}
	for _, p := range request.Requested.Packages {
		for _, ref := range p.References {
			s.References[ref.Type] = ref.Value
		}
	}
	d.shipments = append(d.shipments, s)
	if d.pending > 0 {
		id := fmt.Sprintf("job-%d", len(d.shipments))
		d.jobs[id] = &job{shipment: len(d.shipments) - 1, pending: d.pending}
		succeed(w, r, map[string]any{"jobId": id})
		return
	}
	succeed(w, r, output(s, request.Requested.Service))
}

func output(s Shipment, service string) map[string]any {
	return map[string]any{"transactionShipments": []any{map[string]any{
		"masterTrackingNumber": s.TrackingNumber,
		"serviceType":          service,
		"shipDatestamp":        s.At.UTC().Format("2006-01-02"),
		"pieceResponses": []any{map[string]any{
			"masterTrackingNumber": s.TrackingNumber,
			"trackingNumber":       s.TrackingNumber,
			"packageDocuments": []any{map[string]any{
				"contentType": "LABEL", "docType": "PDF", "copiesToPrint": 1,
				"url": "https://www.fedex.com/document/v2/document/retrieve/SH," + s.TrackingNumber + "/isLabel=true",
			}},
		}},
	}}}
}

// wrong returns the first error that FedEx would report.
func (q shipmentRequest) wrong() (code, message string) {
	s := q.Requested
	invalid := func(code string) (string, string) {
		return code, "Please update the request and try again."
	}
	switch {
	case q.Account.Value == "":
		return invalid("ACCOUNT.NUMBER.REQUIRED")
	case q.Account.Value != Account:
		return invalid("SHIPMENT.USER.UNAUTHORIZED")
	case q.LabelResponse != "URL_ONLY" && q.LabelResponse != "LABEL":
		return invalid("LABELRESPONSEOPTIONS.REQUIRED")
	case s.Pickup == "" || s.Service == "" || s.Packaging == "":
		return invalid("SHIPMENT.TYPES.REQUIRED")
	case s.Payment.Type == "" || s.Payment.Type == "SENDER" && s.Payment.Payor.Responsible.Account.Value != Account:
		return invalid("SHIPPINGCHARGESPAYMENT.PAYOR.INVALID")
	case s.Label.Image == "" || s.Label.Stock == "":
		return invalid("LABELSPECIFICATION.REQUIRED")
	case len(s.Recipients) != 1:
		return invalid("RECIPIENTS.REQUIRED")
	case len(s.Packages) == 0:
		return invalid("REQUESTEDPACKAGELINEITEMS.REQUIRED")
	}
	isReturn, detail := slices.Contains(s.Special.Types, "RETURN_SHIPMENT"), s.Special.Return
	switch {
	case isReturn != (detail != nil):
		return invalid("RETURNSHIPMENTDETAIL.REQUIRED")
	case isReturn && (detail.Type != "PRINT_RETURN_LABEL" || detail.RMA.Reason == ""):
		return invalid("RETURNSHIPMENTDETAIL.INVALID")
	}
	if code := s.Shipper.wrong(); code != "" {
		return invalid("SHIPPER." + code)
	}
	if code := s.Recipients[0].wrong(); code != "" {
		return invalid("RECIPIENTS." + code)
	}
	from, to := s.Shipper.Address.Country, s.Recipients[0].Address.Country
	ground := func(country string) bool { return country == "US" || country == "CA" || country == "PR" }
	switch {
	case s.Service == "FEDEX_GROUND" && !(ground(from) && ground(to)):
		return invalid("SERVICETYPE.NOT.AVAILABLE")
	case from != to && (ground(from) || ground(to)) && s.Customs == nil:
		return invalid("CUSTOMSCLEARANCEDETAIL.REQUIRED")
	}
	for _, p := range s.Packages {
		limit := map[string]float64{"LB": 150, "KG": 68}[p.Weight.Units]
		if p.Weight.Value <= 0 || p.Weight.Value > limit {
			return invalid("REQUESTEDPACKAGELINEITEMS.WEIGHT.INVALID")
		}
		for _, ref := range p.References {
			if ref.Value == "" || utf8.RuneCountInString(ref.Value) > 30 {
				return invalid("CUSTOMERREFERENCES.VALUE.INVALID")
			}
		}
	}
	return "", ""
}

func (p party) wrong() string {
	a := p.Address
	national := a.Country == "US" || a.Country == "CA" || a.Country == "PR"
	phone := strings.TrimPrefix(p.Contact.Phone, "+")
	if national && len(phone) == 11 {
		phone = strings.TrimPrefix(phone, "1")
	}
	switch {
	case p.Contact.Person == "" && p.Contact.Company == "":
		return "CONTACT.NAME.REQUIRED"
	case utf8.RuneCountInString(p.Contact.Person) > 70 || utf8.RuneCountInString(p.Contact.Company) > 35:
		return "CONTACT.NAME.TOO.LONG"
	case strings.Trim(phone, "0123456789") != "" || len(phone) < 10 || len(phone) > 15 || national && len(phone) != 10:
		return "CONTACT.PHONENUMBER.INVALID"
	case len(a.Lines) == 0 || len(a.Lines) > 3:
		return "ADDRESS.STREETLINES.INVALID"
	case a.City == "" || utf8.RuneCountInString(a.City) > 35:
		return "ADDRESS.CITY.INVALID"
	case len(a.Country) != 2:
		return "ADDRESS.COUNTRYCODE.INVALID"
	case national && len(a.State) != 2 || len(a.State) > 2:
		return "ADDRESS.STATEORPROVINCECODE.INVALID"
	case len(a.PostalCode) > 10 || national && a.PostalCode == "":
		return "ADDRESS.POSTALCODE.INVALID"
	}
	for _, line := range a.Lines {
		if n := utf8.RuneCountInString(line); n == 0 || n > 35 {
			return "ADDRESS.STREETLINES.INVALID"
		}
	}
	return ""
}

func (d *Double) results(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Account account `json:"accountNumber"`
		Job     string  `json:"jobId"`
	}
	if !decode(w, r, &request) {
		return
	}
	j := d.jobs[request.Job]
	switch {
	case j == nil || request.Account.Value != Account:
		refuse(w, r, http.StatusBadRequest, "SHIPMENT.JOBID.INVALID", "Please update the request and try again.")
	case j.pending > 0:
		j.pending--
		succeed(w, r, map[string]any{"alerts": []any{map[string]any{"code": "SHIPMENT.JOB.PENDING", "alertType": "NOTE", "message": "The job is in progress."}}})
	default:
		succeed(w, r, output(d.shipments[j.shipment], "FEDEX_GROUND"))
	}
}

func (d *Double) cancel(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Account  account `json:"accountNumber"`
		Tracking string  `json:"trackingNumber"`
	}
	if !decode(w, r, &request) {
		return
	}
	for i, s := range d.shipments {
		if s.TrackingNumber == request.Tracking && request.Account.Value == Account && !s.Cancelled && !s.PickedUp {
			d.shipments[i].Cancelled, d.shipments[i].CancelledAt, d.shipments[i].CancelledBy = true, d.now(), connectortest.Caller(r)
			succeed(w, r, map[string]any{"cancelledShipment": true, "cancelledHistory": true, "message": "Shipment is successfully cancelled"})
			return
		}
	}
	refuse(w, r, http.StatusBadRequest, "TRACKINGNUMBER.NOT.CANCELLABLE", "Please update the request and try again.")
}
