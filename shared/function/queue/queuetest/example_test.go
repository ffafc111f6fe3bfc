package queuetest_test

import (
	"fmt"

	"signalbox/shared/event/retail"
	"signalbox/shared/function/queue/queuetest"
)

// inExample takes the place of a *testing.T.
type inExample struct{}

func (inExample) Helper()                           {}
func (inExample) Cleanup(func())                    {}
func (inExample) Errorf(format string, args ...any) { fmt.Printf(format, args...) }
func (inExample) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// FedEx makes the shipment and answers with an error; the process that finds it again
// dies before the ledger knows. The order is shipped once.
func Example() {
	f := queuetest.New(inExample{}, "order-approved-shipping", ship, queuetest.Options{})
	defer f.Close()
	f.Send(queuetest.Sample[retail.OrderApproved](inExample{}, "order.approved"))
	f.Lie(503)
	f.Deliver()
	f.CrashAt(queuetest.BeforeComplete, 1)
	f.RunUntilSettled()

	fmt.Println(f.Outcomes())
	fmt.Println(f.Crashes(), "crash,", len(f.Effects()), "shipment,", len(f.Emitted()), "event")
	// Output:
	// [retry: fedex-503 retry: claimed applied]
	// 1 crash, 1 shipment, 1 event
}
