package main

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/fedex"
	"signalbox/shared/connector/fedex/fedextest"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/function/queue/queuetest"
	"signalbox/shared/state/statetest"
)

// fake is a carrier that records its calls.
type fake struct {
	calls                []string
	found                bool
	find, create, cancel error
	// unlabelled leaves the label out of the answer.
	unlabelled bool
}

func (f *fake) FindShipment(_ context.Context, id string, since, at time.Time) (fedex.Shipment, bool, error) {
	f.calls = append(f.calls, "find "+id+" "+since.Format(time.DateOnly)+" "+at.Format(time.DateOnly))
	return fedex.Shipment{TrackingNumber: "lost"}, f.found, f.find
}

func (f *fake) CreateReturn(_ context.Context, id string, r retail.ReturnRequested) (fedex.Shipment, error) {
	f.calls = append(f.calls, "create "+id+" "+r.OrderNumber)
	s := fedex.Shipment{TrackingNumber: "made", LabelURL: "https://label"}
	if f.unlabelled {
		s.LabelURL = ""
	}
	return s, f.create
}

func (f *fake) Cancel(_ context.Context, id, number string) error {
	f.calls = append(f.calls, "cancel "+id+" "+number)
	f.found = f.cancel != nil && f.found
	return f.cancel
}

// ledger is the state of one event.
type ledger struct {
	stored      string
	read, write error
	// faster is the label that another try stores first.
	faster string
}

func (l ledger) store() *statetest.Store {
	const scope = "return-requested-label"
	s := statetest.New()
	if l.stored != "" {
		s.Put(scope, "e-1", l.stored)
	}
	calls := 0
	s.Around = func(effect func()) error {
		calls++
		if l.read != nil {
			return l.read
		}
		if l.write != nil && calls == 2 {
			return l.write
		}
		if l.faster != "" && calls == 2 {
			s.Put(scope, "e-1", l.faster)
		}
		effect()
		return nil
	}
	return s
}

// bus records the emitted events.
type bus struct {
	emitted []event.Payload
	err     error
}

func (b *bus) emit(_ context.Context, _ event.Header, data ...event.Payload) error {
	b.emitted = append(b.emitted, data...)
	return b.err
}

func requested() event.Event[retail.ReturnRequested] {
	e := event.Event[retail.ReturnRequested]{Data: retail.ReturnRequested{
		ReturnID: "i-1", OrderID: "o-1", OrderNumber: "A-1", Customer: retail.Customer{ID: "c-1"},
		Items: []retail.ReturnItem{{ID: "i-1", LineID: "l-1", Quantity: 2, Condition: retail.Advised}},
		From: &retail.Address{
			FirstName: "Theodora", LastName: "Lindqvist", Street: "2600 Harbor Gate Drive", City: "Minneapolis", State: "MN", PostalCode: "55402", Country: "US",
		},
		RequestedAt: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC),
	}}
	e.ID, e.Time = "e-1", e.Data.RequestedAt
	return e
}

func TestHandle(t *testing.T) {
	broken := fault.Unknown("fedex-timeout", 0, errors.New("broken"))
	refused := fault.Refuse("fedex-400", errors.New("refused"))
	const find, create, cancel = "find e-1 2026-11-20 2026-11-22", "create e-1 A-1", "cancel e-1 lost"
	const noted = `{"trackingNumber":"noted","url":"https://noted"}`
	for _, c := range []struct {
		name      string
		uncertain bool
		fake      fake
		ledger    ledger
		emit      error
		calls     []string
		tracking  string // "" where nothing is emitted
		reason    string // "" for success
		ambiguous bool
	}{
		{"the first try has a label made", false, fake{}, ledger{}, nil, []string{create}, "made", "", false},
		{"a label that was stored is published again", true, fake{}, ledger{stored: noted}, nil, nil, "noted", "", false},
		{"a shipment whose label nobody can have is cancelled", true, fake{found: true}, ledger{}, nil, []string{find, cancel, create}, "made", "", false},
		{"one that is cancelled by now is not in the way", true, fake{}, ledger{}, nil, []string{find, create}, "made", "", false},
		{"one that cannot be cancelled is a person's", true, fake{found: true, cancel: refused}, ledger{}, nil, []string{find, cancel, find}, "", "fedex-400", true},
		{"what cannot be looked up is not made again", true, fake{find: broken}, ledger{}, nil, []string{find}, "", "fedex-timeout", true},
		{"a ledger that cannot be read is asked again", true, fake{}, ledger{read: broken}, nil, nil, "", "ledger", true},
		{"a state that is none is a person's", true, fake{}, ledger{stored: "x"}, nil, nil, "", "state-unreadable", true},
		{"a refusal is definite", false, fake{create: refused}, ledger{}, nil, []string{create}, "", "fedex-400", false},
		{"a timeout is not", false, fake{create: broken}, ledger{}, nil, []string{create}, "", "fedex-timeout", true},
		{"a shipment without a label is looked for", false, fake{unlabelled: true}, ledger{}, nil, []string{create}, "", "fedex-no-label", true},
		{"what cannot be stored is not published", false, fake{}, ledger{write: broken}, nil, []string{create}, "", "ledger", true},
		{"nor what another try stores", false, fake{}, ledger{faster: noted}, nil, []string{create}, "", "state-contention", true},
		{"an event that is not emitted does not undo the label", false, fake{}, ledger{}, fault.Retry("bus", 0, nil), []string{create}, "made", "bus", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := bus{err: c.emit}
			h := handler{carrier: &c.fake, labels: labels(c.ledger.store()), emit: b.emit, now: func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }}
			ctx := t.Context()
			if c.uncertain {
				ctx = queue.Uncertain(ctx)
			}
			f := fault.Of(h.handle(ctx, requested()))
			if (f == nil) != (c.reason == "") || f != nil && (f.Reason != c.reason || f.Ambiguous != c.ambiguous) {
				t.Errorf("error %+v", f)
			}
			if d := cmp.Diff(c.calls, c.fake.calls); d != "" {
				t.Error(d)
			}
			var want []event.Payload
			if c.tracking != "" {
				url := "https://label"
				if c.tracking == "noted" {
					url = "https://noted"
				}
				want = []event.Payload{retail.ReturnLabelled{ReturnID: "i-1", OrderID: "o-1", OrderNumber: "A-1", Customer: retail.Customer{ID: "c-1"},
					Carrier: "FedEx", TrackingNumber: c.tracking, LabelURL: url}}
			}
			if d := cmp.Diff(want, b.emitted); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestReturnsThatNeedNoLabelAreIgnored(t *testing.T) {
	for want, change := range map[string]func(*retail.ReturnRequested){
		"on-its-way":    func(r *retail.ReturnRequested) { r.TrackingNumber = "794" },
		"arrived":       func(r *retail.ReturnRequested) { r.Items[0].Condition = retail.Returned },
		"never-shipped": func(r *retail.ReturnRequested) { r.From = nil },
	} {
		var f fake
		e := requested()
		change(&e.Data)
		err := handler{carrier: &f, labels: labels(statetest.New()), now: time.Now}.handle(t.Context(), e)
		if err == nil || err.Error() != function.Ignore(want).Error() || f.calls != nil {
			t.Errorf("%s: error %v, calls %v", want, err, f.calls)
		}
	}
}

// Whatever answer is lost, one label is good in the end, and it is the one that
// the customer is told of.
func TestLostAnswers(t *testing.T) {
	for sentence, path := range map[string]string{
		"none":                         "",
		"that of the label":            "/ship/v1/shipments",
		"that of the cancellation":     "/ship/v1/shipments/cancel",
		"that of looking the label up": "/track/v1/referencenumbers",
	} {
		t.Run(sentence, func(t *testing.T) {
			double := fedextest.New()
			f := queuetest.New(t, "return-requested-label", build, queuetest.Options{Doubles: []connectortest.Double{double}})
			f.Send(queuetest.NewEvent(t, "1", requested().Data))
			// The first label's answer is lost in any case, so that there is one to cancel.
			lost := map[string]bool{}
			f.Script("fedex", func(r *http.Request) *connectortest.Fault {
				if at := r.URL.Path; !lost[at] && (at == path || path != "" && at == "/ship/v1/shipments") {
					lost[at] = true
					return &connectortest.Fault{Reset: true, After: true}
				}
				return nil
			})
			f.RunUntilSettled()
			emitted := f.Emitted()
			if len(emitted) != 1 || len(f.DeadLetters()) > 0 {
				t.Fatalf("published %+v after %v", emitted, f.Outcomes())
			}
			if n := len(double.Effects()); n != 1 {
				t.Errorf("%d labels are good", n)
			}
			for _, s := range double.Shipments() {
				if told := s.TrackingNumber == emitted[0].(retail.ReturnLabelled).TrackingNumber; told == s.Cancelled || !s.Return {
					t.Errorf("shipment %+v, told of: %t", s, told)
				}
			}
			t.Run("by FedEx's own documents", func(t *testing.T) {
				judge := contract.Judge(t, "fedex-auth.json", "fedex-ship.json", "fedex-track.json")
				for _, x := range f.Exchanges("fedex") {
					judge(x)
				}
			})
		})
	}
}
