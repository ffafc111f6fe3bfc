package queue

import (
	"bytes"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event"
	"signalbox/shared/strictjson"
)

// reader reads the body of a message. The second result points to the decoded
// and validated data if that was done on the way, and is nil otherwise.
type reader func(body []byte) (event.Raw, any, error)

// decodeOnce is a reader that decodes wrapper, event and data in one pass: three
// passes cost half of the pipeline's time. What does not go through cleanly (a
// bare or wrong event, another version) is left to readEvent and event.As, so that
// error texts are written in one place.
func decodeOnce[T event.Payload](body []byte) (event.Raw, any, error) {
	var wrapper struct {
		Detail *struct {
			event.Header
			Data span[T] `json:"data"`
		} `json:"detail"`
		Replay string `json:"replay-name"`
	}
	if err := strictjson.Unmarshal("body", body, &wrapper); err == nil && wrapper.Detail != nil {
		e := wrapper.Detail
		e.Replay = wrapper.Replay
		data := bytes.TrimLeft(body[e.Data.start:e.Data.end], ": \t\r\n")
		if len(data) > 0 && data[0] == '{' && event.Fits(e.Header, e.Data.value) {
			return event.Raw{Header: e.Header, Data: data}, &e.Data.value, nil
		}
	}
	raw, err := readEvent(body)
	return raw, nil, err
}

// span is a decoded value that remembers where it stood in the input.
type span[T any] struct {
	value      T
	start, end int64
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (s *span[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	s.start = d.InputOffset()
	err := json.UnmarshalDecode(d, &s.value)
	s.end = d.InputOffset()
	return err
}
