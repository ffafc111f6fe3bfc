package fedex

import (
	"context"
	"errors"
	"time"

	"signalbox/shared/fault"
)

// Gone is the reason for a shipment that FedEx cannot cancel, since it has picked
// up the parcel.
const Gone = system + "-already-shipped"

// Withdraw cancels the shipment that was created for the event with the given id at
// or after since; at is the time of the call. A cancelled shipment needs no second
// cancellation, so Withdraw can be repeated. If FedEx refuses to cancel a shipment
// that still exists, the error is Permanent with the reason Gone.
func (c *Client) Withdraw(ctx context.Context, eventID, trackingNumber string, since, at time.Time) error {
	refusal := c.Cancel(ctx, eventID, trackingNumber)
	f := fault.Of(refusal)
	// FedEx answers 400 if it cannot cancel. Its codes are not documented, so the
	// shipment is looked up again.
	if f == nil || f.Kind != fault.Permanent || f.Reason != system+"-400" && f.Reason != system+"-cancel" {
		return refusal
	}
	_, found, err := c.FindShipment(ctx, eventID, since, at)
	switch {
	case err != nil:
		return err
	case !found:
		return nil
	}
	return fault.Refuse(Gone, errors.New("shipment: expected one that FedEx can still cancel: "+f.Err.Error()))
}
