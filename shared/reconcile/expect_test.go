package reconcile

import (
	"slices"
	"strings"
	"testing"
)

// chain are functions of which each follows from the one before, and one beside them.
var chain = []Function{
	{Name: "opener", Source: "shop", Emits: []string{"order.created"}},
	{Name: "fraud", Event: "order.created", System: "stripe", Emits: []string{"order.approved"}},
	{Name: "shipping", Event: "order.approved", System: "fedex", Emits: []string{"shipment.created"}},
	{Name: "tracking", Event: "shipment.created", System: "shop", ActsAlways: true},
	{Name: "crm", Event: "order.created", System: "salesforce", Emits: []string{"case.opened"}},
	{Name: "desk", Event: "case.opened", System: "zendesk", ActsAlways: true},
	{Name: "lake", Event: "*", System: "firehose", ActsAlways: true},
}

// story is what happens if nothing goes wrong.
func story(id string) Input {
	in := Input{Functions: chain, Stories: []Story{{ID: id, Kind: "order"}}, Sent: []Sent{{Function: "opener", ID: "n-" + id, Story: id}}}
	in.Outcomes = []Outcome{{Function: "opener", Message: "m-n-" + id, Event: "n-" + id, Kind: KindDone}}
	for _, e := range []struct{ kind, source string }{
		{"order.created", "/shop/dev"}, {"order.approved", "/signalbox/fraud"}, {"shipment.created", "/signalbox/shipping"}, {"case.opened", "/signalbox/crm"},
	} {
		event := Event{ID: e.kind + " " + id, Type: e.kind, Source: e.source, Times: 1, Story: id}
		in.Events = append(in.Events, event)
		for _, f := range chain {
			if f.takes(e.kind) {
				in.Outcomes = append(in.Outcomes, Outcome{Function: f.Name, Message: f.Name + event.ID, Event: event.ID, Kind: KindDone})
				reference := "N-" + id
				if f.Name == "lake" {
					reference = event.ID
				}
				in.Effects = append(in.Effects, Effect{System: f.System, Caller: f.Name, Reference: reference, What: "done", Story: id})
			}
		}
	}
	return in
}

// deadLetter dead-letters an event at a function instead of its effect.
func (in *Input) deadLetter(function, eventType, id string) {
	in.DeadLetters = append(in.DeadLetters, DeadLetter{Function: function, EventID: eventType + " " + id, Reason: "x", Story: id})
	in.noEffect(function, eventType, id)
}

func (in *Input) noEffect(function, eventType, id string) {
	in.Effects = slices.DeleteFunc(in.Effects, func(e Effect) bool {
		return e.Caller == function && e.Story == id && (function != "lake" || e.Reference == eventType+" "+id)
	})
}

// without drops events as if they had never been published.
func (in *Input) never(id string, types ...string) {
	for _, t := range types {
		gone := t + " " + id
		in.Events = slices.DeleteFunc(in.Events, func(e Event) bool { return e.ID == gone })
		in.Outcomes = slices.DeleteFunc(in.Outcomes, func(o Outcome) bool { return o.Event == gone })
		for _, f := range chain {
			if f.takes(t) {
				in.noEffect(f.Name, t, id)
			}
		}
	}
}

func TestAStoryIsComparedWithWhatIsExpectedOfItsKind(t *testing.T) {
	expected := Learn(story("learned"))
	for _, c := range []struct {
		name     string
		change   func(in *Input)
		problems []string
	}{
		{"as expected", func(*Input) {}, nil},
		{"an effect that is missing is lost", func(in *Input) { in.noEffect("crm", "order.created", "s") }, []string{"crm, story s (order): 0 effects instead of 1"}},
		{"an effect too many is duplicated", func(in *Input) { in.Effects = append(in.Effects, in.Effects[0]) },
			[]string{"fraud, story s (order): 2 effects instead of 1"}},
		{"an event too many is duplicated", func(in *Input) {
			in.Events = append(in.Events, Event{ID: "order.approved again", Type: "order.approved", Source: "/signalbox/fraud", Times: 1, Story: "s"})
			for _, f := range []string{"shipping", "lake"} {
				in.Outcomes = append(in.Outcomes, Outcome{Function: f, Message: "again", Event: "order.approved again", Kind: KindDone})
			}
		}, []string{"fraud, story s (order): 2 events of type order.approved emitted instead of 1"}},
		{"an event that did not follow is lost, and so is what follows from it", func(in *Input) { in.never("s", "shipment.created") }, []string{
			"lake, story s (order): 1 of 1 events of type shipment.created never came",
			"lake, story s (order): 3 effects instead of 4",
			"shipping, story s (order): 0 events of type shipment.created emitted instead of 1",
			"tracking, story s (order): 1 of 1 events of type shipment.created never came",
			"tracking, story s (order): 0 effects instead of 1",
		}},
		{"a dead letter excuses its own effect and what is downstream of it", func(in *Input) {
			in.deadLetter("shipping", "order.approved", "s")
			in.never("s", "shipment.created")
		}, nil},
		{"a dead letter at the beginning excuses the whole chain behind it", func(in *Input) {
			in.deadLetter("fraud", "order.created", "s")
			in.never("s", "order.approved", "shipment.created")
		}, nil},
		{"a dead letter does not excuse what is beside it", func(in *Input) {
			in.deadLetter("fraud", "order.created", "s")
			in.never("s", "order.approved", "shipment.created")
			in.noEffect("crm", "order.created", "s")
		}, []string{"crm, story s (order): 0 effects instead of 1"}},
		{"a dead letter does not excuse what is upstream of it", func(in *Input) {
			in.deadLetter("shipping", "order.approved", "s")
			in.never("s", "shipment.created")
			in.noEffect("fraud", "order.created", "s")
		}, []string{"fraud, story s (order): 0 effects instead of 1"}},
		{"a dead letter does not excuse that an event of elsewhere did not come", func(in *Input) {
			in.deadLetter("crm", "order.created", "s")
			in.never("s", "shipment.created", "case.opened")
		}, []string{
			"lake, story s (order): 1 of 1 events of type shipment.created never came", "lake, story s (order): 2 effects instead of 4",
			"shipping, story s (order): 0 events of type shipment.created emitted instead of 1",
			"tracking, story s (order): 1 of 1 events of type shipment.created never came", "tracking, story s (order): 0 effects instead of 1",
		}},
		{"a dead letter does not excuse that an event of another branch did not come", func(in *Input) {
			in.deadLetter("shipping", "order.approved", "s")
			in.never("s", "shipment.created", "case.opened")
		}, []string{
			"crm, story s (order): 0 events of type case.opened emitted instead of 1",
			"desk, story s (order): 1 of 1 events of type case.opened never came", "desk, story s (order): 0 effects instead of 1",
			"lake, story s (order): 1 of 1 events of type case.opened never came", "lake, story s (order): 2 effects instead of 4",
		}},
		{"a function of every event is excused one effect per event it did not get", func(in *Input) {
			in.deadLetter("shipping", "order.approved", "s")
			in.never("s", "shipment.created")
			in.noEffect("lake", "order.created", "s")
		}, []string{"lake, story s (order): 2 effects instead of 4"}},
		{"the dead letter of another story excuses nothing", func(in *Input) {
			in.Stories = append(in.Stories, Story{ID: "t", Kind: "order"})
			other := story("t")
			in.Sent, in.Events, in.Outcomes, in.Effects = append(in.Sent, other.Sent...), append(in.Events, other.Events...), append(in.Outcomes, other.Outcomes...), append(in.Effects, other.Effects...)
			in.deadLetter("crm", "order.created", "t")
			in.noEffect("crm", "order.created", "s")
		}, []string{"crm, story s (order): 0 effects instead of 1"}},
		{"what belongs to no story is not explained", func(in *Input) {
			in.Effects[0].Story = "elsewhere"
		}, []string{"fraud, story s (order): 0 effects instead of 1", "belongs to no story: effect in stripe"}},
		{"a kind of which nothing is known is not explained", func(in *Input) { in.Stories[0].Kind = "riddle" }, []string{"nothing is expected of a story of the kind riddle"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := story("s")
			in.Expected = expected
			c.change(&in)
			problems := Reconcile(in).Problems()
			if len(problems) != len(c.problems) {
				t.Fatalf("problems:\n%s\nwant:\n%s", strings.Join(problems, "\n"), strings.Join(c.problems, "\n"))
			}
			for i, part := range c.problems {
				if !strings.Contains(problems[i], part) {
					t.Errorf("problem %q does not say %q", problems[i], part)
				}
			}
		})
	}
}

// What is expected to be dead-lettered, and is not, is lost.
func TestADeadLetterMayBeExpected(t *testing.T) {
	poison := func(id string) Input {
		in := story(id)
		in.never(id, "order.approved", "shipment.created")
		in.deadLetter("fraud", "order.created", id)
		return in
	}
	in := poison("s")
	in.Expected = Learn(poison("learned"))
	if problems := Reconcile(in).Problems(); len(problems) > 0 {
		t.Errorf("problems: %q", problems)
	}
	in.DeadLetters = nil
	if problems := Reconcile(in).Problems(); len(problems) != 1 || !strings.Contains(problems[0], "fraud, story s (order): 0 dead letters instead of 1") {
		t.Errorf("problems: %q", problems)
	}
}
