package recorder

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"signalbox/shared/reconcile"
)

func TestParseLine(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		ok   bool
	}{
		"an outcome":            {`{"msg":"handled","function":"crm","outcome":"applied","ms":1.5,"attempt":1}`, true},
		"a published event":     {`{"msg":"published","eventid":"e"}`, true},
		"a metric is no record": {`{"_aws":{},"Applied":1}`, false},
		"plain text is none":    {`panic: oh no`, false},
	} {
		t.Run(name, func(t *testing.T) {
			if _, ok := ParseLine([]byte(c.line)); ok != c.ok {
				t.Errorf("got %v", ok)
			}
		})
	}
}

func TestWhatWasSeenIsTheInput(t *testing.T) {
	r := New()
	before := r.Progress()
	e, err := reconcile.ParseEvent([]byte(`{"id":"e","type":"order.created"}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, see := range map[string]func(){
		"an event":        func() { r.Event(e) },
		"the event again": func() { r.Event(e) },
		"a message":       func() { r.Received("crm", "m") },
		"an outcome": func() {
			r.Line(Line{Msg: "handled", Function: "crm", MessageID: "m", EventID: "e", Outcome: "applied", Attempt: 2})
		},
		"a published event":  func() { r.Line(Line{Msg: "published", Function: "opener", EventID: "e", EventType: "order.created"}) },
		"a crash":            func() { r.Crashed("crm") },
		"nothing of a topic": func() {},
	} {
		see()
		now := r.Progress()
		if grown := now > before; grown != (name != "nothing of a topic") {
			t.Errorf("%s: progress from %d to %d", name, before, now)
		}
		before = now
	}
	r.OnTopic("orders", "e")
	e.Times = 2
	want := reconcile.Input{
		Events:    []reconcile.Event{e},
		Outcomes:  []reconcile.Outcome{{Function: "crm", Message: "m", Event: "e", Kind: reconcile.KindApplied, Attempt: 2}},
		Published: []reconcile.Published{{Function: "opener", Event: "e", Type: "order.created"}},
		Crashes:   map[string]int{"crm": 1},
		Topics:    []reconcile.Topic{{Name: "orders", Arrived: map[string]int{"e": 1}}},
	}
	if diff := cmp.Diff(want, r.Input(), cmpopts.IgnoreUnexported(reconcile.Event{})); diff != "" {
		t.Error(diff)
	}
}
