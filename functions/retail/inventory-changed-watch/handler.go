package main

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
)

type notes interface {
	Note(ctx context.Context, subject string) (function.Note, error)
	SwapNote(ctx context.Context, subject string, old function.Note, text string) (bool, error)
}

type handler struct {
	rules rules
	notes notes
	emit  func(context.Context, event.Header, ...event.Payload) error
}

// watched is what is noted of an inventory entry.
type watched struct {
	// Sequence is that of the newest level seen.
	Sequence int64 `json:"sequence"`
	Low      bool  `json:"low,omitzero"`
	SoldOut  bool  `json:"soldOut,omitzero"`
	// Owed is the crossing that was decided and may not have been told yet.
	Owed *crossing `json:"owed,omitzero"`
}

// crossing is what a level crossed and the event that brought it. One level may
// cross both the threshold and nothing.
type crossing struct {
	ID            string                     `json:"id"`
	CorrelationID string                     `json:"correlationid"`
	Hop           int                        `json:"hop"`
	TraceParent   string                     `json:"traceparent,omitzero"`
	Low           *retail.InventoryLow       `json:"low,omitzero"`
	SoldOut       *retail.InventorySoldOut   `json:"soldOut,omitzero"`
	Restocked     *retail.InventoryRestocked `json:"restocked,omitzero"`
}

// handle emits inventory.low once per fall to the threshold, inventory.sold-out
// once when nothing is left and inventory.restocked once when there is something
// again, in whatever order and how often levels come. All are of one inventory
// entry, that is of a SKU at one place: who wants to know of the SKU everywhere
// adds its entries up. What a newer level decides is noted together with
// the crossing it owes, in one write that only succeeds in place of the note it
// was decided by; so a crossing is decided once. Then it is told and struck off.
// If that is broken off, whoever handles the entry next tells it again, by the
// event that brought it, which makes it the same event. A level that brings no
// crossing is noted and counted as ignored.
func (h handler) handle(ctx context.Context, e event.Event[retail.InventoryChanged]) error {
	subject := e.Data.Level.EntryID
	outcome := function.Ignore("no-crossing")
	for ctx.Err() == nil {
		note, was, err := h.read(ctx, subject)
		if err != nil {
			return err
		}
		now := was
		switch {
		case was.Owed != nil:
			if err := h.tell(ctx, *was.Owed); err != nil {
				return err
			}
			now.Owed = nil
			if was.Owed.ID == e.ID {
				outcome = nil
			}
		case e.Data.Level.Version <= was.Sequence:
			return outcome
		default:
			now = h.decide(was, e)
		}
		text, err := json.Marshal(now)
		if err != nil {
			return fault.Refuse("note", errors.New("the note cannot be encoded"))
		}
		if _, err := h.notes.SwapNote(ctx, subject, note, string(text)); err != nil {
			return err
		}
	}
	return fault.Retry("deadline", 0, errors.New("others changed the note all the time"))
}

func (h handler) read(ctx context.Context, subject string) (function.Note, watched, error) {
	var w watched
	note, err := h.notes.Note(ctx, subject)
	if err != nil || note.Text == "" {
		return note, w, err
	}
	if json.Unmarshal([]byte(note.Text), &w) != nil {
		return note, w, fault.Refuse("note", errors.New("the note of the inventory entry cannot be read"))
	}
	return note, w, nil
}

func (h handler) decide(was watched, e event.Event[retail.InventoryChanged]) watched {
	level, at := e.Data.Level, e.Time.UTC()
	r := h.rules.of(level.SKU)
	now := watched{Sequence: level.Version, Low: r.low(was.Low, e.Data), SoldOut: r.soldOut(was.SoldOut, e.Data)}
	c := crossing{ID: e.ID, CorrelationID: e.CorrelationID, Hop: e.Hop, TraceParent: e.TraceParent}
	if now.Low && !was.Low {
		c.Low = &retail.InventoryLow{Level: level, Threshold: r.Threshold, At: at}
	}
	switch {
	case now.SoldOut && !was.SoldOut:
		c.SoldOut = &retail.InventorySoldOut{Level: level, At: at}
	case was.SoldOut && !now.SoldOut && !r.Off:
		c.Restocked = &retail.InventoryRestocked{Level: level, At: at}
	}
	if len(c.told()) > 0 {
		now.Owed = &c
	}
	return now
}

// told are the events that tell of the crossing.
func (c crossing) told() []event.Payload {
	var all []event.Payload
	if c.Low != nil {
		all = append(all, *c.Low)
	}
	if c.SoldOut != nil {
		all = append(all, *c.SoldOut)
	}
	if c.Restocked != nil {
		all = append(all, *c.Restocked)
	}
	return all
}

func (h handler) tell(ctx context.Context, c crossing) error {
	return h.emit(ctx, event.Header{ID: c.ID, CorrelationID: c.CorrelationID, Hop: c.Hop, TraceParent: c.TraceParent}, c.told()...)
}
