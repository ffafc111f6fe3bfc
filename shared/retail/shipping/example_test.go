package shipping_test

import (
	"context"
	"fmt"
	"time"

	"signalbox/shared/retail/shipping"
	"signalbox/shared/state"
)

// An order is cancelled while the carrier creates its shipment: whoever made the
// shipment learns that it must be taken back.
func Example() {
	ctx := context.Background()
	shipments := shipping.New(state.NewMemory(time.Now))
	begun, err := shipments.Begin(ctx, "order-1", "event-1", time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC))
	fmt.Println("may ship:", !begun.Cancelled, err)
	cancelled, err := shipments.Cancel(ctx, "order-1")
	fmt.Printf("tracking number %q, asked for by %s, %v\n", cancelled.TrackingNumber, cancelled.Event, err)
	made, err := shipments.Made(ctx, "order-1", "event-1", "794600000000")
	fmt.Println("take it back:", made.Cancelled, err)
	// Output:
	// may ship: true <nil>
	// tracking number "", asked for by event-1, <nil>
	// take it back: true <nil>
}
