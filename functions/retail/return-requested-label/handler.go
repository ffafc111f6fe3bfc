package main

import (
	"context"
	"errors"
	"time"

	"signalbox/shared/connector/fedex"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/queue"
	"signalbox/shared/state"
)

type carrier interface {
	FindShipment(ctx context.Context, eventID string, since, at time.Time) (fedex.Shipment, bool, error)
	CreateReturn(ctx context.Context, eventID string, r retail.ReturnRequested) (fedex.Shipment, error)
	Cancel(ctx context.Context, transaction, trackingNumber string) error
}

type handler struct {
	carrier carrier
	labels  state.Values[label]
	emit    func(context.Context, event.Header, ...event.Payload) error
	now     func() time.Time
}

// label is the state of an event, kept as long as the event may be repeated.
type label struct {
	TrackingNumber string `json:"trackingNumber"`
	URL            string `json:"url" class:"secret"`
}

// handle creates a label for the pieces that the customer still has. A parcel that is in
// transit or has arrived needs none, nor do pieces that were never shipped.
//
// FedEx returns the address of a label only once, in its answer; a look-up of the
// shipment lacks it. So the answer is stored before the event is published. If a
// shipment is found but not stored, its answer was lost and its label is unknown, so it
// is cancelled and another one created.
func (h handler) handle(ctx context.Context, e event.Event[retail.ReturnRequested]) error {
	switch {
	case e.Data.TrackingNumber != "":
		return function.Ignore("on-its-way")
	case len(e.Data.Advised()) == 0:
		return function.Ignore("arrived")
	case e.Data.From == nil:
		return function.Ignore("never-shipped")
	}
	return queue.Effect[retail.ReturnRequested, label]{Ask: h.ask, Act: h.act, Then: h.then}.Handle(ctx, e)
}

func (h handler) ask(ctx context.Context, e event.Event[retail.ReturnRequested]) (label, bool, error) {
	stored, err := h.labels.Get(ctx, e.ID)
	if err != nil || stored.TrackingNumber != "" {
		return stored, err == nil, err
	}
	lost, found, err := h.carrier.FindShipment(ctx, e.ID, e.Time, h.now())
	if err != nil || !found {
		return label{}, false, err
	}
	if err := h.carrier.Cancel(ctx, e.ID, lost.TrackingNumber); err != nil {
		// An earlier request to cancel it may have arrived.
		if _, still, unsure := h.carrier.FindShipment(ctx, e.ID, e.Time, h.now()); unsure != nil || still {
			return label{}, false, err
		}
	}
	return label{}, false, nil
}

func (h handler) act(ctx context.Context, e event.Event[retail.ReturnRequested]) (label, error) {
	s, err := h.carrier.CreateReturn(ctx, e.ID, e.Data)
	if err != nil {
		return label{}, err
	}
	if s.LabelURL == "" {
		return label{}, fault.Unknown("fedex-no-label", 0, errors.New("answer: expected the address of a label"))
	}
	return label{TrackingNumber: s.TrackingNumber, URL: s.LabelURL}, nil
}

func (h handler) then(ctx context.Context, e event.Event[retail.ReturnRequested], l label) error {
	if err := h.remember(ctx, e.ID, l); err != nil {
		return err
	}
	r := e.Data
	return h.emit(ctx, e.Header, retail.ReturnLabelled{
		ReturnID: r.ReturnID, OrderID: r.OrderID, OrderNumber: r.OrderNumber, Customer: r.Customer,
		Carrier: "FedEx", TrackingNumber: l.TrackingNumber, LabelURL: l.URL,
	})
}

// labelLife is how long FedEx keeps a label at its address, which shows where the
// customer lives: the ledger holds it no longer. A try after that makes another.
// https://developer.fedex.com/api/en-us/catalog/ship/v1/docs.html
const labelLife = 24 * time.Hour

// labels are those in the store, by the ids of events.
func labels(store state.Store) state.Values[label] {
	return state.Of[label](store, "return-requested-label", labelLife)
}

// remember stores the label, unless another attempt has stored one.
func (h handler) remember(ctx context.Context, eventID string, l label) error {
	_, err := h.labels.Update(ctx, eventID, func(stored *label) (bool, error) {
		switch {
		case *stored == l:
			return false, nil
		case stored.TrackingNumber != "":
			return false, fault.Unknown("state-contention", 0, errors.New("state: expected no label of another attempt for the same return"))
		}
		*stored = l
		return true, nil
	})
	return err
}
