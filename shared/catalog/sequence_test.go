package catalog

import "testing"

// state is a payload that carries one.
type state struct{ news }

func (state) Sequence() int64 { return 1 }

func TestSequencesAreOfOneSystemsStates(t *testing.T) {
	for sentence, c := range map[string]struct {
		change func(*tables)
		want   string
	}{
		"two functions of a system share one": {func(*tables) {}, ""},
		"an event without a state has no place in one": {func(t *tables) { t.events[0].Payload = news{"order.created", 1} },
			"function order-created-crm: it shares a sequence but its events are not put in order"},
		"a function that copes with any order needs none": {func(t *tables) {
			t.functions[1].Trigger = EventQueue{Event: "order.created", Sequence: "order-crm", AnyOrder: true}
		},
			"function order-created-crm: it shares a sequence but its events are not put in order"},
		"another system's states are no part of it": {func(t *tables) { t.functions[2].System = "ledger7" },
			"function order-changed-crm: sequence order-crm is of another system's functions"},
		"its name is nobody else's": {func(t *tables) { t.functions[1].Trigger = EventQueue{Event: "order.created", Sequence: "shop"} }, "function shop: a sequence has its name"},
	} {
		t.Run(sentence, func(t *testing.T) {
			all := sound()
			all.events[0].Payload = state{news{"order.created", 1}}
			all.events = append(all.events, Event{Payload: state{news{"order.changed", 1}}, Domain: Retail, Means: "An order changed."})
			all.functions[1].Trigger = EventQueue{Event: "order.created", Sequence: "order-crm"}
			all.functions[2] = Function{Name: "order-changed-crm", Domain: Retail, Trigger: EventQueue{Event: "order.changed", Sequence: "order-crm"}, System: "crm", Effect: Natural{}, Groups: []Group{tone}, Does: "Upserts."}
			c.change(all)
			got := ""
			if err := all.check(); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("check: %q, want %q", got, c.want)
			}
		})
	}
}
