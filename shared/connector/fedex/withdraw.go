package fedex

import (
	"context"
	"errors"
	"time"

	"signalbox/shared/fault"
)

// Gone is the reason of a shipment that FedEx does not cancel any more, since it
// has the parcel.
const Gone = system + "-already-shipped"

// Withdraw cancels the shipment that the event with the given id asked for at or
// after since; at is the time of the call. One that is cancelled already is none
// that has to be, so asking twice does no harm. One that FedEx refuses to cancel
// and still knows is Permanent, for the reason Gone.
func (c *Client) Withdraw(ctx context.Context, eventID, trackingNumber string, since, at time.Time) error {
	refusal := c.Cancel(ctx, eventID, trackingNumber)
	f := fault.Of(refusal)
	// FedEx refuses with 400 what it cannot cancel; which code stands for which
	// cause is not documented, so it is asked whether the shipment still is.
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
	return fault.Refuse(Gone, errors.New("FedEx does not cancel the shipment any more: "+f.Err.Error()))
}
