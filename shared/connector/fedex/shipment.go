package fedex

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"net/http"
	"time"

	"signalbox/shared/connector"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// Shipment is a shipment FedEx accepted.
type Shipment struct {
	// TrackingNumber is the number of the whole shipment.
	TrackingNumber string
	// LabelURL is the address of the label for 24 hours; empty for a shipment that
	// was looked up.
	LabelURL string `class:"secret"`
}

// Reference identifies the shipment of the event with the given id at FedEx: 24
// characters, which fit the 30 of a Ground label's purchase-order field.
func Reference(eventID string) string {
	sum := sha256.Sum256([]byte(eventID))
	return base32.StdEncoding.EncodeToString(sum[:15])
}

// maxReference is the longest reference FedEx Ground prints.
const maxReference = 30

type shipmentRequest struct {
	LabelResponse string            `json:"labelResponseOptions"`
	Account       account           `json:"accountNumber"`
	Processing    string            `json:"processingOptionType"`
	Requested     requestedShipment `json:"requestedShipment"`
}

type requestedShipment struct {
	Pickup      string  `json:"pickupType"`
	Service     string  `json:"serviceType"`
	Packaging   string  `json:"packagingType"`
	TotalWeight float64 `json:"totalWeight"`
	Shipper     party   `json:"shipper"`
	Recipients  []party `json:"recipients"`
	Payment     payment `json:"shippingChargesPayment"`
	// Special is set for returns only.
	Special  *specialServices `json:"shipmentSpecialServices,omitzero"`
	Label    label            `json:"labelSpecification"`
	Packages []parcel         `json:"requestedPackageLineItems"`
}

type payment struct {
	Type  string `json:"paymentType"`
	Payor struct {
		Responsible struct {
			Account account `json:"accountNumber"`
		} `json:"responsibleParty"`
	} `json:"payor"`
}

type label struct {
	Image string `json:"imageType"`
	Stock string `json:"labelStockType"`
}

type parcel struct {
	Sequence   int         `json:"sequenceNumber"`
	Weight     weight      `json:"weight"`
	References []reference `json:"customerReferences"`
}

type weight struct {
	Units string  `json:"units"`
	Value float64 `json:"value"`
}

type reference struct {
	Type  string `json:"customerReferenceType"`
	Value string `json:"value"`
}

// CreateShipment creates the shipment of an order for the event with the given
// id, one package with all its lines, and returns when FedEx has assigned a number.
// The order must have a ShipTo. Equal arguments give equal requests.
func (c *Client) CreateShipment(ctx context.Context, eventID string, order retail.Order) (Shipment, error) {
	request, err := c.request(eventID, order)
	if err != nil {
		return Shipment{}, err
	}
	return c.create(ctx, eventID, request)
}

func (c *Client) create(ctx context.Context, eventID string, request shipmentRequest) (Shipment, error) {
	var a answer
	if err := c.send(ctx, connector.Request{Method: http.MethodPost, Path: "/ship/v1/shipments"}, eventID, request, &a); err != nil {
		return Shipment{}, err
	}
	if a.Output.JobID != "" && len(a.Output.Shipments) == 0 {
		return c.await(ctx, eventID, a.Output.JobID)
	}
	return a.shipment(c.api)
}

func (c *Client) request(eventID string, order retail.Order) (shipmentRequest, error) {
	if order.ShipTo == nil {
		return shipmentRequest{}, fault.Field("order.shipTo", "an address")
	}
	to, err := recipient(*order.ShipTo, c.phone)
	if err != nil {
		return shipmentRequest{}, err
	}
	if from := c.shipper.Address.Country; needsCustoms(from, to.Address.Country) {
		return shipmentRequest{}, fault.Refuse(system+"-customs", errors.New("order.shipTo.country: expected one that needs no customs declaration from "+from))
	}
	grams, err := c.weigh("order.lines", order.Lines)
	if err != nil {
		return shipmentRequest{}, err
	}
	return c.parcel(eventID, order.Number, c.shipper, to, grams), nil
}

// parcel is the request for one package, paid by our account. FedEx expects the
// total in pounds, whatever the packages' unit.
func (c *Client) parcel(eventID, number string, from, to party, grams int64) shipmentRequest {
	pounds := weight{"LB", perTenth(grams, gramsPerPound)}
	declared := pounds
	if !hasStates(from.Address.Country) {
		declared = weight{"KG", perTenth(grams, gramsPerKilo)}
	}
	r := shipmentRequest{
		LabelResponse: "URL_ONLY", Account: account{c.account}, Processing: "SYNCHRONOUS_ONLY",
		Requested: requestedShipment{
			Pickup: c.pickup, Service: c.service, Packaging: "YOUR_PACKAGING",
			TotalWeight: pounds.Value,
			Shipper:     from, Recipients: []party{to},
			Payment: payment{Type: "SENDER"}, Label: label{"PDF", "PAPER_4X6"},
			Packages: []parcel{{Sequence: 1, Weight: declared, References: []reference{
				{"CUSTOMER_REFERENCE", cut(tidy(number), maxReference)},
				{"P_O_NUMBER", Reference(eventID)},
			}}},
		},
	}
	r.Requested.Payment.Payor.Responsible.Account.Value = c.account
	return r
}

// maxGrams keeps sums far from overflow; FedEx's own limits are far below.
const maxGrams = 1_000_000_000

func (c *Client) weigh(field string, lines []retail.Line) (int64, error) {
	var sum int64
	for _, l := range lines {
		grams := l.WeightGrams
		if grams == 0 {
			grams = c.grams
		}
		if grams > maxGrams || l.Quantity > maxGrams/grams || sum+grams*l.Quantity > maxGrams {
			return 0, fault.Field(field, "a weight that a parcel can have")
		}
		sum += grams * l.Quantity
	}
	return sum, nil
}

// Ten microgram make both units whole numbers.
const (
	gramsPerPound = 45_359_237
	gramsPerKilo  = 100_000_000
)

// perTenth converts grams to a unit of that many ten microgram, rounded up to a
// tenth: a parcel declared too light is refused or charged extra.
func perTenth(grams int64, unit int64) float64 {
	tenths := (grams*1_000_000 + unit - 1) / unit
	return float64(max(1, tenths)) / 10
}

type answer struct {
	Output struct {
		JobID     string `json:"jobId"`
		Shipments []struct {
			Master    string     `json:"masterTrackingNumber"`
			Pieces    []piece    `json:"pieceResponses"`
			Documents []document `json:"shipmentDocuments"`
		} `json:"transactionShipments"`
	} `json:"output"`
}

type piece struct {
	Master    string     `json:"masterTrackingNumber"`
	Tracking  string     `json:"trackingNumber"`
	Documents []document `json:"packageDocuments"`
}

type document struct {
	Type string `json:"contentType"`
	URL  string `json:"url"`
}

func (a answer) shipment(api *connector.Client) (Shipment, error) {
	var s Shipment
	for _, t := range a.Output.Shipments {
		documents := t.Documents
		s.TrackingNumber = t.Master
		for _, p := range t.Pieces {
			s.TrackingNumber = cmp.Or(s.TrackingNumber, p.Master, p.Tracking)
			documents = append(documents, p.Documents...)
		}
		for _, d := range documents {
			s.LabelURL = cmp.Or(s.LabelURL, d.URL)
		}
		if s.TrackingNumber != "" {
			return s, nil
		}
	}
	return s, api.Unreadable(&fault.FieldError{Field: "answer.output.transactionShipments", Expected: "a shipment with a tracking number"})
}

// polls is how often the results of a deferred shipment are requested.
const polls = 5

// await requests the results of a job. FedEx already has the shipment, so every
// failure here is ambiguous.
func (c *Client) await(ctx context.Context, eventID, job string) (Shipment, error) {
	request := struct {
		Account account `json:"accountNumber"`
		Job     string  `json:"jobId"`
	}{account{c.account}, job}
	for range polls {
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < c.interval+connector.MinTime {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(c.interval):
		}
		var a answer
		err := c.send(ctx, connector.Request{Method: http.MethodPost, Path: "/ship/v1/shipments/results", Repeatable: true}, eventID, request, &a)
		if f := fault.Of(err); f != nil {
			return Shipment{}, fault.Unknown(f.Reason, f.RetryAfter, f.Err)
		}
		if len(a.Output.Shipments) > 0 {
			return a.shipment(c.api)
		}
	}
	return Shipment{}, fault.Unknown(system+"-pending", time.Minute, errors.New("shipment: expected FedEx to finish it"))
}
