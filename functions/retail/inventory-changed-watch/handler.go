package main

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json"

	"signalbox/shared/consumer"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

type notes interface {
	Note(ctx context.Context, subject string) (consumer.Note, error)
	SwapNote(ctx context.Context, subject string, old consumer.Note, text string) (bool, error)
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
	// Owed is the crossing that was decided and may not have been told yet.
	Owed *crossing `json:"owed,omitzero"`
}

// crossing is a fall to the threshold and the event that brought it.
type crossing struct {
	ID            string              `json:"id"`
	CorrelationID string              `json:"correlationid"`
	Hop           int                 `json:"hop"`
	TraceParent   string              `json:"traceparent,omitzero"`
	Low           retail.InventoryLow `json:"low"`
}

// handle emits inventory.low once per fall to the threshold, in whatever order
// and how often levels come. What a newer level decides is noted together with
// the crossing it owes, in one write that only succeeds in place of the note it
// was decided by; so a crossing is decided once. Then it is told and struck off.
// If that is broken off, whoever handles the entry next tells it again, by the
// event that brought it, which makes it the same event. A level that brings no
// crossing is noted and counted as ignored.
func (h handler) handle(ctx context.Context, e event.Event[retail.InventoryChanged]) error {
	subject := e.Data.Level.EntryID
	outcome := consumer.Ignore("no-crossing")
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

func (h handler) read(ctx context.Context, subject string) (consumer.Note, watched, error) {
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
	level := e.Data.Level
	r := h.rules.of(level.SKU)
	now := watched{Sequence: level.Version, Low: r.low(was.Low, e.Data)}
	if now.Low && !was.Low {
		now.Owed = &crossing{
			ID: e.ID, CorrelationID: e.CorrelationID, Hop: e.Hop, TraceParent: e.TraceParent,
			Low: retail.InventoryLow{Level: level, Threshold: r.Threshold, At: e.Time.UTC()},
		}
	}
	return now
}

func (h handler) tell(ctx context.Context, c crossing) error {
	return h.emit(ctx, event.Header{ID: c.ID, CorrelationID: c.CorrelationID, Hop: c.Hop, TraceParent: c.TraceParent}, c.Low)
}
