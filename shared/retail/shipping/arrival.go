package shipping

import (
	"context"
	"errors"
	"slices"
	"time"

	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// arrivals is the scope of the notes of what has arrived.
const arrivals = "arrival"

// Arrived notes that the parcel with the tracking number arrived and returns all
// of the order's that did, in the order of their numbers. commercetools keeps no
// state of a parcel, so the ledger does.
func (d Desk) Arrived(ctx context.Context, order, trackingNumber string) ([]string, error) {
	for range swaps {
		note, err := d.Notes.SharedNote(ctx, arrivals, order)
		if err != nil {
			return nil, err
		}
		numbers, err := parcels(note.Text)
		if err != nil || slices.Contains(numbers, trackingNumber) {
			return numbers, err
		}
		numbers = append(numbers, trackingNumber)
		slices.Sort(numbers)
		text, err := strictjson.Marshal(numbers)
		if err != nil {
			return nil, fault.Refuse("dispatch-arrivals", errors.New("the tracking number cannot be encoded"))
		}
		ok, err := d.Notes.SwapSharedNote(ctx, arrivals, order, note, string(text), Keep)
		if err != nil {
			return nil, err
		}
		if ok {
			return numbers, nil
		}
	}
	return nil, fault.Retry("dispatch-busy", time.Second, errors.New("others wrote of the order's parcels all the time"))
}

// HasArrived reports whether the order's parcel with the tracking number arrived.
func (d Desk) HasArrived(ctx context.Context, order, trackingNumber string) (bool, error) {
	note, err := d.Notes.SharedNote(ctx, arrivals, order)
	if err != nil {
		return false, err
	}
	numbers, err := parcels(note.Text)
	return slices.Contains(numbers, trackingNumber), err
}

func parcels(text string) (numbers []string, err error) {
	if text == "" {
		return nil, nil
	}
	if err := strictjson.Unmarshal("arrivals", []byte(text), &numbers); err != nil {
		return nil, fault.Refuse("dispatch-arrivals", errors.New("what the ledger holds of the order's parcels cannot be read"))
	}
	return numbers, nil
}
