package fedex

import (
	"context"
	"errors"

	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// specialServices make a shipment a return:
// https://developer.fedex.com/api/en-us/catalog/ship/v1/docs.html
type specialServices struct {
	Types  []string     `json:"specialServiceTypes"`
	Return returnDetail `json:"returnShipmentDetail"`
}

type returnDetail struct {
	Type string `json:"returnType"`
	RMA  struct {
		Reason string `json:"reason"`
	} `json:"rma"`
}

// CreateReturn creates the shipment of a return's advised items for the event with
// the given id: one package from the customer to the sender of all shipments, paid
// by the account. The customer prints the label and brings the package to FedEx.
// FindShipment and Cancel work as for any shipment. The return must have a From and
// advised items. Equal arguments give equal requests.
//
// The customer's remarks are not sent: FedEx would print them.
func (c *Client) CreateReturn(ctx context.Context, eventID string, r retail.ReturnRequested) (Shipment, error) {
	request, err := c.returnRequest(eventID, r)
	if err != nil {
		return Shipment{}, err
	}
	return c.create(ctx, eventID, request)
}

func (c *Client) returnRequest(eventID string, r retail.ReturnRequested) (shipmentRequest, error) {
	if r.From == nil {
		return shipmentRequest{}, fault.Field("return.from", "an address")
	}
	from, err := addressee("return.from", *r.From, c.phone)
	if err != nil {
		return shipmentRequest{}, err
	}
	if to := c.shipper.Address.Country; needsCustoms(from.Address.Country, to) {
		return shipmentRequest{}, fault.Refuse(system+"-customs", errors.New("return.from.country: expected one that needs no customs declaration to "+to))
	}
	var lines []retail.Line
	for _, item := range r.Advised() {
		lines = append(lines, retail.Line{Quantity: item.Quantity, WeightGrams: item.WeightGrams})
	}
	if len(lines) == 0 {
		return shipmentRequest{}, fault.Field("return.items", "an advised item")
	}
	grams, err := c.weigh("return.items", lines)
	if err != nil {
		return shipmentRequest{}, err
	}
	request := c.parcel(eventID, r.OrderNumber, from, c.shipper, grams)
	request.Requested.Pickup = "DROPOFF_AT_FEDEX_LOCATION"
	request.Requested.Special = &specialServices{Types: []string{"RETURN_SHIPMENT"}, Return: returnDetail{Type: "PRINT_RETURN_LABEL"}}
	request.Requested.Special.Return.RMA.Reason = "Return of order"
	return request, nil
}
