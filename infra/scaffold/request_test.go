package scaffold

import (
	"strings"
	"testing"

	"signalbox/shared/catalog"
)

func TestDecide(t *testing.T) {
	for _, c := range []struct {
		name string
		ask  Request
		want design
	}{
		{"an event that is there decides domain and payload",
			Request{Name: "order-created-tryout", Event: "order.created", System: "klaviyo"},
			design{Domain: catalog.Retail, DomainConst: "Retail", Reaction: "tryout",
				Package: "retail", PayloadPackage: "signalbox/shared/event/retail", Payload: "OrderCreated"}},
		{"a new event gets a payload named after it",
			Request{Name: "tryout-card-requested-print", Event: "tryout-card.requested", System: "fedex", Effect: "unsafe"},
			design{Domain: catalog.Retail, DomainConst: "Retail", Unsafe: true, Reaction: "print", NewEvent: true,
				Package: "retail", PayloadPackage: "signalbox/shared/event/retail", Payload: "TryoutCardRequested"}},
		{"a new event may open a new domain",
			Request{Name: "trial-wanted-order", Event: "trial.wanted", System: "fedex", Domain: "tryout"},
			design{Domain: "tryout", DomainConst: "Tryout", Reaction: "order", NewEvent: true, NewDomain: true,
				Package: "tryout", PayloadPackage: "signalbox/shared/event/tryout", Payload: "TrialWanted"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := decide(c.ask)
			if err != nil {
				t.Fatal(err)
			}
			same := got.Domain == c.want.Domain && got.DomainConst == c.want.DomainConst && got.Unsafe == c.want.Unsafe &&
				got.Reaction == c.want.Reaction && got.NewEvent == c.want.NewEvent && got.NewDomain == c.want.NewDomain &&
				got.Package == c.want.Package && got.PayloadPackage == c.want.PayloadPackage && got.Payload == c.want.Payload &&
				got.System.ID == c.ask.System
			if !same {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestDecideRefuses(t *testing.T) {
	good := Request{Name: "order-created-tryout", Event: "order.created", System: "klaviyo"}
	for _, c := range []struct {
		name   string
		change func(*Request)
		want   string
	}{
		{"a name that does not begin with the event", func(r *Request) { r.Name = "gift" }, "NAME: expected order-created-<reaction>"},
		{"a name without a reaction", func(r *Request) { r.Name = "order-created-" }, "NAME: expected order-created-<reaction>"},
		{"a name that leads out of the folder", func(r *Request) { r.Name = "order-created-../x" }, "NAME: expected"},
		{"a name too long for AWS", func(r *Request) { r.Name = "order-created-" + strings.Repeat("x", 40) }, "at most 40"},
		{"a name that is taken", func(r *Request) { r.Name = "order-created-crm" }, "has a function order-created-crm"},
		{"an event type that is none", func(r *Request) { r.Event = "OrderCreated" }, "EVENT: expected"},
		{"a system that nobody knows", func(r *Request) { r.System = "mainframe" }, "SYSTEM: expected one of commercetools"},
		{"the lake, which has every event", func(r *Request) { r.System = "firehose" }, "SYSTEM: every event is in the lake already"},
		{"an effect that is none", func(r *Request) { r.Effect = "safe" }, "EFFECT: expected"},
		{"the domain of the ingress", func(r *Request) { r.Domain = catalog.Ingress }, "DOMAIN: expected"},
		{"another payload for an event that has one", func(r *Request) { r.Payload = "Order" }, "carries OrderCreated"},
		{"a payload that is no type", func(r *Request) { r.Event, r.Name, r.Payload = "a.b", "a-b-c", "not a type" }, "PAYLOAD: expected"},
		{"the payload of another event", func(r *Request) { r.Event, r.Name, r.Payload = "a.b", "a-b-c", "OrderHeld" }, "payload of order.held"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := good
			c.change(&r)
			if _, err := decide(r); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
