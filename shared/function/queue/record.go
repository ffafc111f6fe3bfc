package queue

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/strictjson"
)

// record is one SQS message as Lambda delivers it:
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
type record struct {
	MessageID         string            `json:"messageId"`
	ReceiptHandle     string            `json:"receiptHandle"`
	Body              text              `json:"body"`
	Attributes        recordAttributes  `json:"attributes"`
	MessageAttributes messageAttributes `json:"messageAttributes"`
	EventSourceARN    string            `json:"eventSourceARN"`
}

type recordAttributes struct {
	ApproximateReceiveCount string `json:"ApproximateReceiveCount"`
	AWSTraceHeader          string `json:"AWSTraceHeader"`
	MessageGroupID          string `json:"MessageGroupId"`
}

type messageAttributes struct {
	TraceParent struct {
		StringValue string `json:"stringValue"`
	} `json:"traceparent"`
}

// attempt counts the deliveries of the message, from 1.
func (r *record) attempt() int {
	n, err := strconv.Atoi(r.Attributes.ApproximateReceiveCount)
	if err != nil || n < 1 {
		return 1
	}
	return n
}

func (r *record) isFIFO() bool { return strings.HasSuffix(r.EventSourceARN, ".fifo") }

// readBatch decodes what Lambda hands to a function behind a queue. Its error
// fails the whole batch, which then comes back: nothing else is safe when the
// messages cannot be told apart.
func readBatch(payload []byte) ([]record, error) {
	var batch struct {
		Records records `json:"Records"`
	}
	if err := json.Unmarshal(payload, &batch); err != nil {
		var syntactic *jsontext.SyntacticError
		if errors.As(err, &syntactic) {
			return nil, fmt.Errorf("not an SQS event: invalid JSON at byte %d", syntactic.ByteOffset)
		}
		return nil, errors.New("not an SQS event: a field has another type than Lambda gives it")
	}
	if batch.Records == nil {
		return nil, errors.New("not an SQS event: Records is missing")
	}
	for i := range batch.Records {
		if batch.Records[i].MessageID == "" {
			return nil, fmt.Errorf("not an SQS event: Records[%d].messageId is missing", i)
		}
	}
	return batch.Records, nil
}

// records has room for the usual batch from the start: growing to it one by one
// copies every record several times.
type records []record

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (r *records) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	list := make([]record, 0, catalog.BatchSize)
	if err := json.UnmarshalDecode(d, &list); err != nil {
		return err
	}
	*r = list
	return nil
}

// readEvent decodes the body of a message: an event the bus wrapped, or a bare
// CloudEvent. On an error the event holds what could be read.
func readEvent(body []byte) (event.Raw, error) {
	data := body
	var wrapper struct {
		Detail jsontext.Value `json:"detail"`
		// Replay is there on events an archive delivers again:
		// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html
		Replay string `json:"replay-name"`
	}
	if err := strictjson.Unmarshal("body", data, &wrapper); err != nil {
		return event.Raw{}, err
	}
	if wrapper.Detail != nil {
		data = wrapper.Detail
	}
	raw, err := event.Parse(data)
	raw.Replay = wrapper.Replay
	return raw, err
}

// trusted keeps what may be logged of an event that could not be read: ids that
// look like ours and a type we know. Everything else is unverified.
func trusted(h event.Header) event.Header {
	id := func(s string) string {
		if uuid.Validate(s) != nil {
			return ""
		}
		return s
	}
	safe := event.Header{ID: id(h.ID), CorrelationID: id(h.CorrelationID), CausationID: id(h.CausationID), TraceParent: h.TraceParent}
	if _, known := catalog.EventByType(h.Type); known {
		safe.Type = h.Type
	}
	return safe
}
