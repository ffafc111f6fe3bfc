package shipping

import (
	"context"
	"slices"
)

// Arrived stores that the parcel with the tracking number arrived and returns all
// parcels of the order that did, sorted by their numbers. commercetools keeps no
// state of a parcel.
func (s Shipments) Arrived(ctx context.Context, order, trackingNumber string) ([]string, error) {
	return s.arrivals.Update(ctx, order, func(numbers *[]string) (bool, error) {
		if slices.Contains(*numbers, trackingNumber) {
			return false, nil
		}
		*numbers = append(*numbers, trackingNumber)
		slices.Sort(*numbers)
		return true, nil
	})
}

// HasArrived reports whether the order's parcel with the tracking number arrived.
func (s Shipments) HasArrived(ctx context.Context, order, trackingNumber string) (bool, error) {
	numbers, err := s.arrivals.Get(ctx, order)
	return slices.Contains(numbers, trackingNumber), err
}
