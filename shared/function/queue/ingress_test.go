package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/internal/functiontest"
	"signalbox/shared/publisher"
)

func newIngress(open Open) (*ingress, *fixture, *functiontest.Bus) {
	f := newFixture(catalog.Function{Name: "ingress", Trigger: catalog.SourceQueue{}, Emits: []event.Type{retail.TypeOrderCreated}}, nothing)
	bus := &functiontest.Bus{}
	return &ingress{consumer: f.consumer, openBody: open, publisher: publisher.New(bus, "bus")}, f, bus
}

func TestIngressAcknowledgesWhatTheBusAccepted(t *testing.T) {
	orders := map[string][]event.Raw{
		"one":   {order(t, "1")},
		"two":   {order(t, "2"), order(t, "refused")},
		"three": {order(t, "3"), order(t, "4")},
	}
	wrong := order(t, "5")
	wrong.Type = "order.deleted"
	s, f, bus := newIngress(func(_ context.Context, body []byte) ([]event.Raw, error) {
		switch string(body) {
		case "test":
			return nil, function.Ignore("test-notification")
		case "nothing":
			return nil, nil
		case "garbage":
			return nil, fault.Field("body", "a notification")
		case "panic":
			panic("canary")
		case "later":
			return nil, fault.Retry("commercetools-503", 0, errors.New("refetch"))
		case "wrong":
			return []event.Raw{wrong}, nil
		}
		return orders[string(body)], nil
	})
	bus.Refuse = `"subject":"refused"`
	var messages []message
	for _, body := range []string{"one", "two", "three", "test", "nothing", "garbage", "panic", "later", "wrong"} {
		messages = append(messages, message{id: body, body: body})
	}
	failed := deliver(t, s, sqsEvent(t, messages...))
	if diff := cmp.Diff([]string{"two", "panic", "later"}, failed); diff != "" {
		t.Errorf("failed (-want +got):\n%s", diff)
	}
	want := map[string]int{"applied": 2, "retry": 3, "ignored": 2, "dead-letter": 2}
	if diff := cmp.Diff(want, f.output.Outcomes(t)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if got := len(f.output.Lines(t, "published")); got != 4 || len(bus.Details) != 4 {
		t.Errorf("%d lines, %d accepted; want 4", got, len(bus.Details))
	}
	if bus.Requests != 3 {
		t.Errorf("%d requests, want one for the batch and two for the refused entry", bus.Requests)
	}
	if !strings.Contains(f.output.String(), `"LatencyMs":[`) || strings.Count(f.output.String(), `"EventType":`) != 1 ||
		!strings.Contains(f.output.String(), `"EventType":"order.created","Published":4}`) {
		t.Errorf("metrics:\n%s", f.output)
	}
	if strings.Contains(f.output.String(), "canary") {
		t.Error("a panic's value is told")
	}
}

func TestIngressGivesItsTraceToTheEvents(t *testing.T) {
	s, f, bus := newIngress(func(context.Context, []byte) ([]event.Raw, error) { return []event.Raw{order(t, "1")}, nil })
	deliver(t, s, sqsEvent(t, message{id: "m", body: "x", trace: "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"}))
	if !strings.Contains(bus.Details[0], `"traceparent":"00-5759e988bd862e3fe1be46a994272793-`) {
		t.Errorf("published %s", bus.Details[0])
	}
	if got := f.output.Lines(t, "handled")[0]["traceid"]; got != "5759e988bd862e3fe1be46a994272793" {
		t.Errorf("the line has trace %v", got)
	}
}

func TestSlowMessageDoesNotKeepOthersFromTheBus(t *testing.T) {
	s, _, bus := newIngress(func(ctx context.Context, body []byte) ([]event.Raw, error) {
		if string(body) == "slow" {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return []event.Raw{order(t, "1")}, nil
	})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	answer, err := s.Invoke(ctx, sqsEvent(t, message{id: "slow", body: "slow"}, message{id: "quick", body: "quick"}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"slow"}, failures(t, answer)); diff != "" || len(bus.Details) != 1 {
		t.Errorf("%d published, failed (-want +got):\n%s", len(bus.Details), diff)
	}
}

// TestNoPayloadIsLogged plants a canary in every string of an order and fails its
// handling in every way; none may reach a log, a metric or an attribute.
func TestNoPayloadIsLogged(t *testing.T) {
	const canary = "k4n4r13nv0g3l"
	raw := order(t, "1")
	full := string(raw.Data)
	for _, value := range []string{"ada@example.com", "Ada", "Lovelace", "Analytical Engines", "St James's Square 12", "2nd floor", "80331", "+49891234567", "pm_1234567890", "rse_1234567890", "Cotton", "Standard EU", "A-1"} {
		if !strings.Contains(full, value) {
			t.Fatalf("the order has no %q", value)
		}
		full = strings.ReplaceAll(full, value, canary+value)
	}
	raw.Data = []byte(full)
	secret := errors.New("POST https://user:" + canary + "@vendor.example?key=" + canary)
	for sentence, handle := range map[string]Handler[retail.OrderCreated]{
		"applied":      nothing,
		"unclassified": func(context.Context, event.Event[retail.OrderCreated]) error { return fmt.Errorf("call: %w", secret) },
		"panic":        func(_ context.Context, e event.Event[retail.OrderCreated]) error { panic(e.Data) },
		"permanent":    func(context.Context, event.Event[retail.OrderCreated]) error { return fault.Refuse("vendor-400", nil) },
	} {
		t.Run(sentence, func(t *testing.T) {
			f := newFixture(catalog.Function{}, func(ctx context.Context, e event.Event[retail.OrderCreated]) error {
				if !strings.Contains(e.Data.Order.ShipTo.City+e.Data.Order.Customer.Email, canary) {
					t.Error("the canary did not arrive")
				}
				return handle(ctx, e)
			})
			f.Log.Info("payload", "data", struct{ Order retail.Customer }{retail.Customer{Email: canary}})
			body := onBus(t, raw)
			deliver(t, f, sqsEvent(t,
				message{id: "a", body: body},
				message{id: "b", body: strings.Replace(body, `"version":1,`, `"version":"`+canary+`",`, 1)},
				message{id: "c", body: strings.Replace(body, `"country":"DE"`, `"country":"`+canary+`"`, 1)},
				message{id: "d", body: strings.Replace(body, `"type":"order.created"`, `"type":"`+canary+` x"`, 1)},
				message{id: "e", body: strings.Replace(body, `"detail":{`, `"detail":{"`+canary+`":1,"`+canary+`":2,`, 1)},
			))
			if strings.Contains(f.output.String(), canary) {
				t.Errorf("in the output:\n%s", f.output)
			}
			for _, sent := range f.queue.Sent {
				for name, a := range sent.MessageAttributes {
					if strings.Contains(*a.StringValue, canary) {
						t.Errorf("attribute %s: %s", name, *a.StringValue)
					}
				}
			}
			if len(f.queue.Sent) < 4 {
				t.Errorf("%d dead letters, want the four that are wrong", len(f.queue.Sent))
			}
		})
	}
}
