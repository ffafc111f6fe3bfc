package commercetools

import (
	"errors"
	"strings"
	"testing"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// withoutPayload is a message that came without its order, and the order.
func withoutPayload(t *testing.T) (body, order []byte) {
	t.Helper()
	n := decode(t, sample(t, "order-created.payload-not-included.json"))
	o := decode(t, sample(t, "order-created.json"))["order"].(object)
	o["id"] = n["resource"].(object)["id"]
	return encode(t, n), encode(t, o)
}

func TestMessageWithoutPayloadIsCompletedByReadingTheOrder(t *testing.T) {
	body, order := withoutPayload(t)
	s := source(t)
	var asked string
	s.Shop = fetch(func(id string) ([]byte, error) { asked = id; return order, nil })

	events, err := s.Open(t.Context(), body)
	if err != nil || len(events) != 2 {
		t.Fatalf("Open = %d events, %v; want order.created and order.paid", len(events), err)
	}
	if want := "8b4fae30-6d9c-4a2f-9e57-c3d4e5f6a703"; asked != want || events[0].Subject != want {
		t.Errorf("asked for order %q, event is about %q; want %s", asked, events[0].Subject, want)
	}
	if !events[0].Refetched {
		t.Error("the event is not marked as refetched, so a second reading would be taken for a tampered event")
	}
	if want := "2026-03-04T18:40:12.944Z"; events[0].Time.Format("2006-01-02T15:04:05.000Z") != want {
		t.Errorf("time = %s; want the message's, %s", events[0].Time, want)
	}
}

// The same message gives the same event whether or not its payload fitted.
func TestIDDoesNotDependOnWhetherThePayloadFitted(t *testing.T) {
	whole := decode(t, sample(t, "order-created.json"))
	order := encode(t, whole["order"])
	cut := decode(t, sample(t, "order-created.json"))
	delete(cut, "order")
	delete(cut, "type")
	cut["payloadNotIncluded"] = object{"reason": "Payload too large.", "payloadType": "OrderCreated"}

	s := source(t)
	s.Shop = fetch(func(string) ([]byte, error) { return order, nil })
	a, err := s.Open(t.Context(), encode(t, whole))
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Open(t.Context(), encode(t, cut))
	if err != nil {
		t.Fatal(err)
	}
	if a[0].ID != b[0].ID {
		t.Errorf("ids %s and %s differ", a[0].ID, b[0].ID)
	}
	if a[0].Refetched {
		t.Error("an event with its payload is marked as refetched")
	}
}

func TestTypeOfMessageWithoutPayload(t *testing.T) {
	tests := map[string]struct {
		typ, payloadType string
		ignored          string
	}{
		"stands with the reason alone":                       {"", "OrderCreated", ""},
		"stands in both places":                              {"OrderCreated", "OrderCreated", ""},
		"stands at the top alone":                            {"OrderCreated", "", ""},
		"that is not mapped is ignored without reading":      {"", "ProductPublished", "message-ProductPublished"},
		"beside an unmapped payload type is not what counts": {"OrderCreated", "OrderDeleted", "message-OrderDeleted"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			body, order := withoutPayload(t)
			n := decode(t, body)
			if test.typ != "" {
				n["type"] = test.typ
			}
			n["payloadNotIncluded"] = object{"reason": "Payload too large.", "payloadType": test.payloadType}
			s := source(t)
			if test.ignored == "" {
				s.Shop = fetch(func(string) ([]byte, error) { return order, nil })
			}
			events, err := s.Open(t.Context(), encode(t, n))
			var ignored *Ignored
			switch {
			case test.ignored == "" && (err != nil || len(events) != 2):
				t.Errorf("Open = %d events, %v; want order.created and order.paid", len(events), err)
			case test.ignored != "" && (!errors.As(err, &ignored) || ignored.Reason != test.ignored):
				t.Errorf("Open: %v; want it ignored as %s", err, test.ignored)
			}
		})
	}
}

func TestFailureToReadTheOrderIsPassedOnAsItIs(t *testing.T) {
	body, _ := withoutPayload(t)
	want := fault.Retry("commercetools-OverCapacity", 0, errors.New("status 503"))
	s := source(t)
	s.Shop = fetch(func(string) ([]byte, error) { return nil, want })
	if _, err := s.Open(t.Context(), body); err != want {
		t.Errorf("Open: %v; want %v", err, want)
	}
}

func TestOrderThatWasReadMustBeTheOneThatWasAskedFor(t *testing.T) {
	body, order := withoutPayload(t)
	o := decode(t, order)
	tests := map[string]struct{ answer, want string }{
		"another order":      {string(encode(t, with(o, "id", "another"))), "order.id: expected the id of the message's resource"},
		"nothing":            {"", "order: expected an object"},
		"null":               {"null", "order: expected an object"},
		"a list":             {"[]", "order: expected an object"},
		"an order too large": {`{"id":"` + strings.Repeat("x", MaxOrderBytes) + `"}`, "order: expected at most 4194304 bytes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := source(t)
			s.Shop = fetch(func(string) ([]byte, error) { return []byte(test.answer), nil })
			_, err := s.Open(t.Context(), body)
			if fault.KindOf(err) != fault.Invalid || err.Error() != "invalid-event: "+test.want {
				t.Errorf("Open: %v; want %s", err, test.want)
			}
		})
	}
}

// The orders that do not fit a message are those with hundreds of lines.
func TestOrderLargerThanAnyMessageIsRead(t *testing.T) {
	body, order := withoutPayload(t)
	o := decode(t, order)
	line := o["lineItems"].([]any)[0].(object)
	var lines []any
	for range 700 {
		lines = append(lines, line)
	}
	order = encode(t, with(o, "lineItems", lines))
	if len(order) <= strictjson.MaxBytes {
		t.Fatalf("the order has %d bytes, which is not large", len(order))
	}
	s := source(t)
	s.Shop = fetch(func(string) ([]byte, error) { return order, nil })
	events, err := s.Open(t.Context(), body)
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.As[retail.OrderCreated](events[0])
	if err != nil || len(e.Data.Order.Lines) != 700 {
		t.Errorf("the event has %d lines, %v; want 700", len(e.Data.Order.Lines), err)
	}
}
