// Package shipping is what the functions that ship an order and the one that
// cancels its shipment agree on. Events come in any order and any number of
// times: an order may be called off before it is approved, while the carrier is
// being asked for a shipment, or after.
//
// Both sides write one slip per order in the ledger, and only in the place of the
// slip they read. Whoever ships takes the slip before it asks the carrier and
// returns it, with the tracking number, after; whoever cancels marks it for good.
// So one of two things is true at any time: the mark was there when the slip was
// taken or returned, and who ships sees it and makes no shipment or takes it
// back; or the slip was returned before the mark, and who cancels finds the
// tracking number on it.
package shipping

import (
	"context"
	"errors"
	"time"

	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/strictjson"
)

// scope is that of the notes in the ledger.
const scope = "dispatch"

// Keep is how long a slip is kept after it was last written; an order is neither
// shipped nor called off later than that.
const Keep = 180 * 24 * time.Hour

// Notes are kept in the ledger: a function.Env.
type Notes interface {
	SharedNote(ctx context.Context, scope, subject string) (function.Note, error)
	SwapSharedNote(ctx context.Context, scope, subject string, old function.Note, text string, keep time.Duration) (bool, error)
}

// Slip is what is known of the shipping of one order.
type Slip struct {
	// Event is the id of the event that asked for the shipment; empty where none did.
	Event string `json:"event,omitzero"`
	// Asked is the time of that event.
	Asked time.Time `json:"asked,omitzero"`
	// TrackingNumber is the shipment's once the carrier gave it.
	TrackingNumber string `json:"trackingNumber,omitzero"`
	// Cancelled is set when the order was called off, and never unset.
	Cancelled bool `json:"cancelled,omitzero"`
}

// Desk keeps the slips. It is safe for concurrent use by any number of processes.
type Desk struct{ Notes Notes }

// Take says before a shipment is asked for that the event with the given id and
// time asks for it. The slip that it returns is Cancelled if nothing may be
// shipped, and of another event if that one ships the order. Taking it again for
// the same event is harmless. A failure is Retryable and nothing was shipped.
func (d Desk) Take(ctx context.Context, order, eventID string, at time.Time) (Slip, error) {
	return d.write(ctx, order, func(s *Slip) bool {
		if s.Cancelled || s.Event != "" {
			return false
		}
		s.Event, s.Asked = eventID, at.UTC()
		return true
	})
}

// Return notes the tracking number of the shipment that was made. The slip that
// it returns is Cancelled if the shipment must be taken back by the caller.
func (d Desk) Return(ctx context.Context, order, eventID, trackingNumber string) (Slip, error) {
	return d.write(ctx, order, func(s *Slip) bool {
		if s.Cancelled || s.TrackingNumber == trackingNumber {
			return false
		}
		// A shipment that was made before its order had a slip has one from now on.
		if s.Event == "" {
			s.Event = eventID
		}
		s.TrackingNumber = trackingNumber
		return true
	})
}

// Cancel marks that the order was called off and returns the slip: without an
// event nothing was shipped and nothing will be; with one and no tracking number
// the shipment is being made, and who makes it will see the mark.
func (d Desk) Cancel(ctx context.Context, order string) (Slip, error) {
	return d.write(ctx, order, func(s *Slip) bool {
		changes := !s.Cancelled
		s.Cancelled = true
		return changes
	})
}

// swaps is how often a slip that others write at the same time is read again.
const swaps = 10

// write changes the order's slip until nobody comes in between. change reports
// whether there is anything to write.
func (d Desk) write(ctx context.Context, order string, change func(*Slip) bool) (Slip, error) {
	for range swaps {
		note, err := d.Notes.SharedNote(ctx, scope, order)
		if err != nil {
			return Slip{}, err
		}
		var s Slip
		if note.Text != "" {
			if err := strictjson.Unmarshal("slip", []byte(note.Text), &s); err != nil {
				return Slip{}, fault.Refuse("dispatch-slip", errors.New("the order's slip in the ledger cannot be read"))
			}
		}
		if !change(&s) {
			return s, nil
		}
		text, err := strictjson.Marshal(s)
		if err != nil {
			return Slip{}, fault.Refuse("dispatch-slip", errors.New("the order's slip cannot be encoded"))
		}
		ok, err := d.Notes.SwapSharedNote(ctx, scope, order, note, string(text), Keep)
		if err != nil {
			return Slip{}, err
		}
		if ok {
			return s, nil
		}
	}
	return Slip{}, fault.Retry("dispatch-busy", 0, errors.New("others wrote the order's slip all the time"))
}
