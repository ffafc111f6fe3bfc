package queuetest

import (
	"time"

	"signalbox/shared/event"
	"signalbox/shared/sample"
	"signalbox/shared/strictjson"
)

// NewEvent returns an event with that data, as a source with the given id makes it. It
// fails the test if the data is not valid.
func NewEvent[T event.Payload](t TB, id string, data T) event.Event[T] {
	t.Helper()
	raw, err := event.New(event.Origin{Source: "/test", ID: id, Time: time.Now().Truncate(time.Second)}, data)
	if err != nil {
		t.Fatalf("no event: %v", err)
	}
	return event.Event[T]{Header: raw.Header, Data: data}
}

// Sample returns the sample of that name, such as "order.approved" or
// "order.created.guest".
func Sample[T event.Payload](t TB, name string) event.Event[T] {
	t.Helper()
	for _, s := range ownSamples(t) {
		if s.Name == name {
			return decode[T](t, s)
		}
	}
	t.Fatalf("there is no sample %s", name)
	panic("unreachable")
}

// Samples returns all samples of the event whose data is T. It fails the test if there
// is none.
func Samples[T event.Payload](t TB) []event.Event[T] {
	t.Helper()
	var data T
	var all []event.Event[T]
	for _, s := range ownSamples(t) {
		raw, err := s.Event()
		if err != nil {
			t.Fatalf("%v", err)
		}
		if raw.Type == data.EventType() {
			all = append(all, decode[T](t, s))
		}
	}
	if len(all) == 0 {
		t.Fatalf("there is no sample of %s", data.EventType())
	}
	return all
}

func ownSamples(t TB) []sample.Sample {
	t.Helper()
	all, err := sample.LoadAll()
	if err != nil {
		t.Fatalf("%v", err)
	}
	var own []sample.Sample
	for _, s := range all {
		if s.Source == sample.Own {
			own = append(own, s)
		}
	}
	return own
}

func decode[T event.Payload](t TB, s sample.Sample) event.Event[T] {
	t.Helper()
	raw, err := s.Event()
	if err != nil {
		t.Fatalf("%v", err)
	}
	e, err := event.As[T](raw)
	if err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	return e
}

// encode makes the event's JSON.
func encode[T event.Payload](e event.Event[T]) ([]byte, error) {
	data, err := strictjson.Marshal(e.Data)
	if err != nil {
		return nil, err
	}
	return event.Encode(event.Raw{Header: e.Header, Data: data})
}
