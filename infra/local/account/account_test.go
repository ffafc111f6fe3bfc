package account

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var functions = []Function{
	{Name: "opener"},
	{Name: "crm", Event: "order.created", System: "salesforce", ActsAlways: true},
	{Name: "fraud", Event: "order.created", System: "stripe"},
}

func created(id string) Event {
	e, err := ParseEvent([]byte(`{"id":"` + id + `","type":"order.created","subject":"o-` + id + `","source":"/shop","data":{"order":{"id":"o-` + id + `","number":"N-` + id + `"}}}`))
	if err != nil {
		panic(err)
	}
	return e
}

func approved(id, cause string) Event {
	e, err := ParseEvent([]byte(`{"id":"` + id + `","type":"order.approved","source":"/signalbox/fraud","causationid":"` + cause + `"}`))
	if err != nil {
		panic(err)
	}
	return e
}

func handled(function, message, event, outcome string) Line {
	return Line{Msg: "handled", Function: function, MessageID: message, EventID: event, EventType: "order.created", Outcome: outcome, Attempt: 1}
}

// fine fills a book in which one notification became one event that both of its
// functions applied.
func fine() (*Book, Closing) {
	b := NewBook(functions)
	b.Said(handled("opener", "m0", "", "applied"))
	b.Said(Line{Msg: "published", Function: "opener", EventID: "e"})
	b.Published(created("e"))
	b.Said(handled("crm", "m1", "e", "applied"))
	b.Said(handled("fraud", "m2", "e", "applied"))
	b.Published(approved("a", "e"))
	return b, Closing{
		Effects: []Effect{{System: "salesforce", Reference: "o-e", What: "Order__c created"}, {System: "stripe", Reference: "o-e", What: "evaluation 1"}},
		Sent:    map[string]int{"opener": 1},
	}
}

// without returns the book of fine without the lines of one function.
func without(function string) (*Book, Closing) {
	b, c := fine()
	var kept []Line
	for _, l := range b.lines {
		if l.Function != function {
			kept = append(kept, l)
		}
	}
	b.lines = kept
	return b, c
}

func TestBalance(t *testing.T) {
	for _, c := range []struct {
		name string
		book func() (*Book, Closing)
		// problems are parts of the problems' texts, in order; none means it closes.
		problems []string
		verdict  Verdict // of crm
	}{
		{"applied once by each closes", fine, nil, Applied},
		{"an event that a function never saw is lost", func() (*Book, Closing) {
			b, c := without("crm")
			c.Effects = c.Effects[1:]
			return b, c
		}, []string{"crm: order.created e is LOST", "crm: 1 event accepted, 0 accounted for"}, Lost},
		{"one that waits in the queue is stuck, with the last reason", func() (*Book, Closing) {
			b, c := without("crm")
			b.Said(Line{Msg: "handled", Function: "crm", MessageID: "m1", EventID: "e", Outcome: "retry", Reason: "salesforce-503", Attempt: 4})
			c.Effects, c.Waiting = c.Effects[1:], map[string]int{"crm": 1}
			return b, c
		}, []string{"crm: order.created e is stuck after 4 attempts: salesforce-503"}, Stuck},
		{"one in a dead-letter queue with a reason closes", func() (*Book, Closing) {
			b, c := without("crm")
			b.Said(handled("crm", "m1", "e", "dead-letter"))
			c.Effects, c.DeadLetters = c.Effects[1:], []DeadLetter{{Function: "crm", EventID: "e", Reason: "salesforce-400"}}
			return b, c
		}, nil, DeadLettered},
		{"one in a dead-letter queue without a reason does not", func() (*Book, Closing) {
			b, c := without("crm")
			c.Effects, c.DeadLetters = c.Effects[1:], []DeadLetter{{Function: "crm", EventID: "e"}}
			return b, c
		}, []string{"dead-lettered without a reason"}, DeadLettered},
		{"a dead letter that the queue does not hold is lost", func() (*Book, Closing) {
			b, c := without("crm")
			b.Said(handled("crm", "m1", "e", "dead-letter"))
			c.Effects = c.Effects[1:]
			return b, c
		}, []string{"is LOST", "1 event accepted, 0 accounted for"}, Lost},
		{"a repetition of what was ignored is ignored", func() (*Book, Closing) {
			b, c := without("crm")
			b.Said(handled("crm", "m1", "e", "ignored"))
			repeated := created("e")
			b.Published(repeated)
			b.Said(handled("fraud", "m8", "e", "duplicate"))
			b.Said(handled("crm", "m9", "e", "duplicate"))
			c.Effects = c.Effects[1:]
			return b, c
		}, nil, Ignored},
		{"applied twice is doubled", func() (*Book, Closing) {
			b, c := fine()
			b.Said(handled("crm", "m9", "e", "applied"))
			return b, c
		}, []string{"crm: order.created e was applied 2 times"}, Doubled},
		{"an effect that happened twice is doubled, though the function says once", func() (*Book, Closing) {
			b, c := fine()
			c.Effects = append(c.Effects, c.Effects[0])
			return b, c
		}, []string{"salesforce: Order__c created for o-e was DOUBLED"}, Applied},
		{"two events may each do the same to one thing", func() (*Book, Closing) {
			b, c := fine()
			second := created("f")
			second.texts["o-e"] = true
			b.Published(second)
			b.Said(handled("crm", "m3", "f", "applied"))
			b.Said(handled("fraud", "m4", "f", "applied"))
			c.Effects = append(c.Effects, c.Effects...)
			return b, c
		}, nil, Applied},
		{"applied without an effect at the system is not believed", func() (*Book, Closing) {
			b, c := fine()
			c.Effects = c.Effects[1:]
			return b, c
		}, []string{"salesforce knows nothing of it"}, Applied},
		{"an answer by an event needs no effect", func() (*Book, Closing) {
			b, c := fine()
			c.Effects = c.Effects[:1]
			return b, c
		}, nil, Applied},
		{"neither effect nor event is not believed", func() (*Book, Closing) {
			b, c := fine()
			c.Effects = c.Effects[:1]
			delete(b.events, "a")
			b.order = b.order[:1]
			return b, c
		}, []string{"neither did stripe see it"}, Applied},
		{"a repetition that was suppressed closes", func() (*Book, Closing) {
			b, c := fine()
			b.Published(created("e"))
			b.Said(handled("crm", "m3", "e", "duplicate"))
			b.Said(handled("fraud", "m4", "e", "duplicate"))
			return b, c
		}, nil, Applied},
		{"a repetition that is nowhere is missed", func() (*Book, Closing) {
			b, c := fine()
			b.Published(created("e"))
			b.Said(handled("fraud", "m4", "e", "duplicate"))
			return b, c
		}, []string{"crm: 2 events accepted, 1 accounted for"}, Applied},
		{"a repetition that still waits is told", func() (*Book, Closing) {
			b, c := fine()
			b.Published(created("e"))
			b.Said(handled("fraud", "m4", "e", "duplicate"))
			c.Waiting = map[string]int{"crm": 1}
			return b, c
		}, []string{"crm: 1 repetition of an event that is accounted for still in the queue"}, Applied},
		{"a process that died after its effect left the rest to the ledger", func() (*Book, Closing) {
			b, c := without("crm")
			b.Crashed("crm")
			b.Said(handled("crm", "m1", "e", "duplicate"))
			return b, c
		}, nil, Applied},
		{"retries before the success close", func() (*Book, Closing) {
			b, c := without("crm")
			b.Said(handled("crm", "m1", "e", "retry"))
			b.Said(handled("crm", "m1", "e", "applied"))
			return b, c
		}, nil, Applied},
		{"ignored on purpose closes", func() (*Book, Closing) {
			b, c := without("crm")
			b.Said(handled("crm", "m1", "e", "ignored"))
			c.Effects = c.Effects[1:]
			return b, c
		}, nil, Ignored},
		{"older than what was applied closes", func() (*Book, Closing) {
			b, c := without("crm")
			b.Said(handled("crm", "m1", "e", "stale"))
			c.Effects = c.Effects[1:]
			return b, c
		}, nil, Stale},
		{"applied and dead-lettered contradict each other", func() (*Book, Closing) {
			b, c := fine()
			c.DeadLetters = []DeadLetter{{Function: "crm", EventID: "e", Reason: "x"}}
			return b, c
		}, []string{"was applied and dead-lettered too (x)"}, Applied},
		{"a notification that nobody handled is lost", func() (*Book, Closing) {
			b, c := fine()
			c.Sent["opener"] = 3
			return b, c
		}, []string{"opener: 2 messages of 3 LOST"}, Applied},
		{"a notification that waits is stuck", func() (*Book, Closing) {
			b, c := fine()
			c.Sent["opener"], c.Waiting = 2, map[string]int{"opener": 1}
			return b, c
		}, []string{"opener: 1 message of 2 stuck"}, Applied},
		{"a dead-lettered notification needs a reason", func() (*Book, Closing) {
			b, c := fine()
			c.Sent["opener"], c.DeadLetters = 2, []DeadLetter{{Function: "opener"}}
			return b, c
		}, []string{"opener: a message is dead-lettered without a reason"}, Applied},
		{"an event that was published but never arrived on the bus is told", func() (*Book, Closing) {
			b, c := fine()
			b.Said(Line{Msg: "published", Function: "fraud", EventType: "order.held", EventID: "h"})
			return b, c
		}, []string{"fraud: order.held h was published but never seen on the bus"}, Applied},
		{"a topic that missed an event is told", func() (*Book, Closing) {
			b, c := fine()
			c.Topics = map[string][]string{"orders": {"order.created"}}
			return b, c
		}, []string{"topic orders: order.created e arrived 0 of 1 times"}, Applied},
		{"a topic that got it closes", func() (*Book, Closing) {
			b, c := fine()
			b.OnTopic("orders", "e")
			c.Topics = map[string][]string{"orders": {"order.created"}}
			return b, c
		}, nil, Applied},
	} {
		t.Run(c.name, func(t *testing.T) {
			book, closing := c.book()
			got := book.Close(closing)
			if got.Closes() != (len(c.problems) == 0) || len(got.Problems) != len(c.problems) {
				t.Fatalf("problems: %q, want %q", got.Problems, c.problems)
			}
			for i, part := range c.problems {
				if !strings.Contains(got.Problems[i], part) {
					t.Errorf("problem %q does not say %q", got.Problems[i], part)
				}
			}
			for _, e := range got.Entries {
				if e.Function == "crm" && e.Event == "e" && e.Verdict != c.verdict {
					t.Errorf("crm: %s, want %s", e.Verdict, c.verdict)
				}
			}
		})
	}
}

func TestAFunctionOfEveryEventIsAccountedForEach(t *testing.T) {
	b := NewBook([]Function{{Name: "analytics", Event: "*", System: "firehose", ActsAlways: true}})
	b.Published(created("e"))
	b.Published(approved("a", "e"))
	b.Said(handled("analytics", "m1", "e", "applied"))
	b.Said(handled("analytics", "m2", "a", "applied"))
	recorded := func(id string) Effect { return Effect{System: "firehose", Reference: id, What: "event recorded"} }
	got := b.Close(Closing{Effects: []Effect{recorded("e"), recorded("a")}})
	if !got.Closes() || got.Sums[0].Accepted != 2 || got.Sums[0].Applied != 2 {
		t.Errorf("%+v", got)
	}
	for _, entry := range got.Entries {
		// The second event names the first as its cause, which makes the first's
		// effect none of its own.
		if len(entry.Effects) != 1 {
			t.Errorf("%s: %v", entry.Event, entry.Effects)
		}
	}
	if got := b.Close(Closing{Effects: []Effect{recorded("e")}}); got.Closes() {
		t.Error("an event that is not in the lake goes unnoticed")
	}
}

// A request that was turned away was answered, and so was one without its check;
// one that went back to its sender was not, unless the sender came again.
func TestRequestsAreAccountedForByTheirAnswers(t *testing.T) {
	b := NewBook([]Function{{Name: "checkout"}})
	for message, outcome := range map[string]string{"m1": "applied", "m2": "refused", "m3": "fallback", "m4": "ignored"} {
		b.Said(handled("checkout", message, "", outcome))
	}
	balance := b.Close(Closing{Sent: map[string]int{"checkout": 4}})
	want := []Sum{{Function: "checkout", Accepted: 4, Applied: 1, Refused: 1, Ignored: 2}}
	if diff := cmp.Diff(want, balance.Sums); diff != "" || !balance.Closes() {
		t.Errorf("%v\n%s", balance.Problems, diff)
	}
	b.Said(handled("checkout", "m5", "", "retry"))
	if balance := b.Close(Closing{Sent: map[string]int{"checkout": 5}}); balance.Closes() {
		t.Error("a request that was not taken closes")
	}
}

func TestTheSumsAddUp(t *testing.T) {
	b, c := fine()
	b.Published(created("e"))
	b.Said(handled("crm", "m3", "e", "retry"))
	b.Said(handled("crm", "m3", "e", "duplicate"))
	b.Crashed("crm")
	got := b.Close(c)
	want := Sum{Function: "crm", Accepted: 2, Applied: 1, Duplicates: 1, Retries: 1, Crashes: 1}
	if diff := cmp.Diff(want, got.Sums[0]); diff != "" {
		t.Error(diff)
	}
}

func TestParseEvent(t *testing.T) {
	e := created("e")
	if e.Label != "N-e" || e.Subject != "o-e" || !e.Mentions("N-e") || e.Mentions("N-f") {
		t.Errorf("got %+v", e)
	}
	if _, err := ParseEvent([]byte(`[1]`)); err == nil {
		t.Error("a list passed for an event")
	}
}

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

func TestKindLeavesIdsOut(t *testing.T) {
	for what, want := range map[string]string{
		"shipment 794900000001": "shipment", "Placed Order recorded": "Placed Order recorded",
		"evaluation peval_0001: continue": "evaluation", "": "",
	} {
		if got := (Effect{What: what}).Kind(); got != want {
			t.Errorf("%q: got %q, want %q", what, got, want)
		}
	}
}

func TestWhatWasDoneMeanwhileIsTheEventsOwn(t *testing.T) {
	b := NewBook([]Function{{Name: "shipping", Event: "order.created", System: "fedex", ActsAlways: true}})
	b.Published(created("a"))
	noon := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	line := handled("shipping", "m1", "a", "applied")
	line.At, line.MS = noon, 40
	b.Said(line)
	effect := func(what string, at time.Time) Effect {
		return Effect{System: "fedex", Reference: "N-a", What: what, At: at}
	}
	early, then, late := effect("early", noon.Add(-time.Minute)), effect("then", noon.Add(-20*time.Millisecond)), effect("late", noon.Add(time.Minute))
	byID := Effect{System: "fedex", Reference: "a", What: "by id", At: noon.Add(time.Minute)}
	for name, c := range map[string]struct {
		effects []Effect
		want    []string
	}{
		"what others did by the same name is theirs":      {[]Effect{early, then, late}, []string{"then"}},
		"what is known by the event's id is its alone":    {[]Effect{then, byID}, []string{"by id"}},
		"what nothing was done meanwhile of is taken all": {[]Effect{early, late}, []string{"early", "late"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := b.Close(Closing{Effects: c.effects}).Entries[0].Effects
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
