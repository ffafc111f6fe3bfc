package main

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"signalbox/shared/event"
)

type lake interface {
	Put(ctx context.Context, record []byte) error
}

type handler struct {
	lake lake
}

// line is one event in the lake. The lake's table has these columns, and its
// partitions are the Type and the day of Time.
type line struct {
	ID            string `json:"id"`
	Type          string `json:"type"`
	Source        string `json:"source"`
	Subject       string `json:"subject"`
	Time          string `json:"time"`
	Schema        string `json:"dataschema"`
	CorrelationID string `json:"correlationid"`
	CausationID   string `json:"causationid"`
	Sequence      int64  `json:"sequence"`
	Hop           int    `json:"hop"`
	// Data is the event's data as JSON in a string, since every type has its own shape.
	Data string `json:"data"`
}

// instant is RFC 3339 in UTC with milliseconds, which Athena reads and which sorts.
const instant = "2006-01-02T15:04:05.000Z"

// handle masks the fields with class tags. It encodes the decoded data, so a field that
// is newer than this function is omitted and cannot leak.
func (h handler) handle(ctx context.Context, e event.Event[event.Payload]) error {
	masked := event.Mask(e.Data)
	data, err := json.Marshal(masked)
	if err != nil {
		return fmt.Errorf("encode %s: %w", e.Type, err)
	}
	record, err := json.Marshal(line{
		ID: e.ID, Type: string(e.Type), Source: e.Source, Subject: masked.Subject(), Time: e.Time.UTC().Format(instant),
		Schema: event.SchemaURN(masked), CorrelationID: e.CorrelationID, CausationID: e.CausationID,
		Sequence: e.Sequence, Hop: e.Hop, Data: string(data),
	})
	if err != nil {
		return fmt.Errorf("encode %s: %w", e.Type, err)
	}
	return h.lake.Put(ctx, append(record, '\n'))
}
