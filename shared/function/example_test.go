package function_test

import (
	"context"
	"fmt"

	"signalbox/shared/catalog"
	"signalbox/shared/connector/salesforce"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/function/queue/queuetest"
)

// crm is what the handler needs of Salesforce.
type crm interface {
	UpsertCustomer(context.Context, retail.Customer) error
	UpsertOrder(context.Context, retail.Order) error
}

type handler struct{ crm crm }

// handle writes the customer before the order, which refers to it.
func (h handler) handle(ctx context.Context, e event.Event[retail.OrderCreated]) error {
	order := e.Data.Order
	if order.Customer.ID == "" {
		return function.Ignore("guest")
	}
	if err := h.crm.UpsertCustomer(ctx, order.Customer); err != nil {
		return err
	}
	return h.crm.UpsertOrder(ctx, order)
}

// build makes the handler; main is func main() { queue.Start("order-created-crm", build) }.
func build(_ context.Context, env function.Env) (queue.Handler[retail.OrderCreated], error) {
	client, err := salesforce.New(env.Config)
	return handler{client}.handle, err
}

// inExample replaces a *testing.T.
type inExample struct{}

func (inExample) Helper()                           {}
func (inExample) Cleanup(func())                    {}
func (inExample) Errorf(format string, args ...any) { fmt.Printf(format, args...) }
func (inExample) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// A whole function, from its entry in the catalog to the applied event: the entry says
// what triggers it and where it writes, build makes it from its settings, and the
// chain around the handler lets an event that comes twice have its effects once.
func Example() {
	entry, _ := catalog.FunctionByName("order-created-crm")
	fmt.Println(entry.Name, "reacts to", entry.Event(), "in", entry.System)

	f := queuetest.New(inExample{}, entry.Name, build, queuetest.Options{})
	defer f.Close()
	order := queuetest.Sample[retail.OrderCreated](inExample{}, "order.created")
	f.Send(order)
	f.Send(order)
	f.Send(queuetest.Sample[retail.OrderCreated](inExample{}, "order.created.guest"))
	f.RunUntilSettled()

	fmt.Println(f.Outcomes())
	for _, effect := range f.Effects() {
		fmt.Println(effect.What)
	}
	// Output:
	// order-created-crm reacts to order.created in salesforce
	// [applied duplicate ignored: guest]
	// Account created
	// Order__c created
}
