package idempotency_test

import (
	"context"
	"fmt"
	"time"

	"signalbox/shared/idempotency"
)

// A claim that was never completed makes the next one uncertain: look up the effect
// before you make it.
func Example() {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	ledger := idempotency.NewMemory(func() time.Time { return now })
	event := idempotency.Entry{Function: "order-approved-shipping", EventID: "1"}
	ctx := context.Background()

	first, _ := ledger.Claim(ctx, event, "first", now.Add(30*time.Second), time.Minute)
	fmt.Println("free:", first.Verdict == idempotency.Free)

	now = now.Add(10 * time.Minute) // the first owner crashed
	second, _ := ledger.Claim(ctx, event, "second", now.Add(30*time.Second), time.Minute)
	fmt.Println("uncertain:", second.Verdict == idempotency.Uncertain)
	fmt.Println(ledger.Complete(ctx, event, "first"))
	fmt.Println(ledger.Complete(ctx, event, "second"))
	// Output:
	// free: true
	// uncertain: true
	// the claim has another owner
	// <nil>
}
