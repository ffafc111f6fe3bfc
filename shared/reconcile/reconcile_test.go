package reconcile

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"signalbox/shared/catalog"
)

var functions = []Function{
	{Name: "opener", Emits: []string{"order.created"}, Source: "shop"},
	{Name: "crm", Event: "order.created", System: "salesforce", ActsAlways: true},
	{Name: "fraud", Event: "order.created", System: "stripe", Emits: []string{"order.approved"}},
}

func parsed(text string) Event {
	e, err := ParseEvent([]byte(text))
	if err != nil {
		panic(err)
	}
	return e
}

func created(id string) Event {
	return parsed(`{"id":"` + id + `","type":"order.created","subject":"o-` + id + `","source":"/shop/dev","data":{"order":{"id":"o-` + id + `","number":"N-` + id + `"}}}`)
}

func approved(id, cause string) Event {
	return parsed(`{"id":"` + id + `","type":"order.approved","source":"/signalbox/fraud","causationid":"` + cause + `"}`)
}

func handled(function, message, event string, kind Kind) Outcome {
	return Outcome{Function: function, Message: message, Event: event, Kind: kind, Attempt: 1}
}

// fine is a run in which one notification became one event that both of its
// functions applied.
func fine() Input {
	return Input{
		Functions: functions,
		Events:    []Event{created("e"), approved("a", "e")},
		Outcomes:  []Outcome{handled("opener", "m0", "", KindApplied), handled("crm", "m1", "e", KindApplied), handled("fraud", "m2", "e", KindApplied)},
		Published: []Published{{Function: "opener", Event: "e", Type: "order.created"}},
		Effects: []Effect{
			{System: "salesforce", Caller: "crm", Reference: "o-e", What: "Order__c created"},
			{System: "stripe", Caller: "fraud", Reference: "o-e", What: "evaluation 1"},
		},
		Sent: []Sent{{Function: "opener"}},
	}
}

// without is a fine run without what one function said and did.
func without(function string) Input {
	in := fine()
	in.Outcomes = slices.DeleteFunc(in.Outcomes, func(o Outcome) bool { return o.Function == function })
	in.Effects = slices.DeleteFunc(in.Effects, func(e Effect) bool { return e.Caller == function })
	return in
}

// again publishes the event once more.
func (in *Input) again(id string) {
	for i := range in.Events {
		if in.Events[i].ID == id {
			in.Events[i].Times++
		}
	}
}

func TestReconcile(t *testing.T) {
	for _, c := range []struct {
		name   string
		from   Input
		change func(in *Input)
		// problems are parts of the problems' texts, in order; none means that all is
		// accounted for.
		problems []string
		verdict  Verdict // of crm
	}{
		{"applied once by each is as promised", fine(), func(*Input) {}, nil, Applied},
		{"an event that a function never saw is lost", without("crm"), func(*Input) {},
			[]string{"crm: order.created e is lost"}, Lost},
		{"one that waits in the queue is stuck, with the last reason", without("crm"), func(in *Input) {
			in.Outcomes = append(in.Outcomes, Outcome{Function: "crm", Message: "m1", Event: "e", Kind: KindRetry, Reason: "salesforce-503", Attempt: 4})
			in.Waiting = map[string]int{"crm": 1}
		}, []string{"crm: order.created e is stuck after 4 attempts: salesforce-503"}, Stuck},
		{"one in a dead-letter queue with a reason is as promised", without("crm"), func(in *Input) {
			in.Outcomes = append(in.Outcomes, handled("crm", "m1", "e", KindDeadLetter))
			in.DeadLetters = []DeadLetter{{Function: "crm", EventID: "e", Reason: "salesforce-400"}}
		}, nil, DeadLettered},
		{"one in a dead-letter queue without a reason is not", without("crm"), func(in *Input) {
			in.DeadLetters = []DeadLetter{{Function: "crm", EventID: "e"}}
		}, []string{"dead-lettered without a reason"}, DeadLettered},
		{"a dead letter that the queue does not hold is lost", without("crm"), func(in *Input) {
			in.Outcomes = append(in.Outcomes, handled("crm", "m1", "e", KindDeadLetter))
		}, []string{"is lost"}, Lost},
		{"a second dead letter of one delivery is a repetition nobody asked for", without("crm"), func(in *Input) {
			in.DeadLetters = []DeadLetter{{Function: "crm", EventID: "e", Reason: "x"}, {Function: "crm", EventID: "e", Reason: "x"}}
		}, []string{"crm: order.created e was dead-lettered 2 times, but delivered 1 time"}, DeadLettered},
		{"a second dead letter of a second delivery is a repetition", without("crm"), func(in *Input) {
			in.again("e")
			in.Outcomes = append(in.Outcomes, handled("fraud", "m8", "e", KindDuplicate))
			in.DeadLetters = []DeadLetter{{Function: "crm", EventID: "e", Reason: "x"}, {Function: "crm", EventID: "e", Reason: "x"}}
		}, nil, DeadLettered},
		{"a second dead letter does not stand for another event", without("crm"), func(in *Input) {
			in.Events = append(in.Events, created("f"))
			in.Outcomes = append(in.Outcomes, handled("fraud", "m8", "f", KindIgnored))
			in.DeadLetters = []DeadLetter{{Function: "crm", EventID: "e", Reason: "x"}, {Function: "crm", EventID: "e", Reason: "x"}}
		}, []string{"crm: order.created f is lost", "crm: order.created e was dead-lettered 2 times"}, DeadLettered},
		{"a function may die after each of its dead letters, until the queue moves the message", without("crm"), func(in *Input) {
			in.Deliveries = map[At]int{{"crm", "e"}: catalog.MaxReceive}
			for range catalog.MaxReceive {
				in.DeadLetters = append(in.DeadLetters, DeadLetter{Function: "crm", EventID: "e", Reason: "x"})
			}
			in.DeadLetters = append(in.DeadLetters, DeadLetter{Function: "crm", EventID: "e", Reason: "received too often", ByQueue: true})
		}, nil, DeadLettered},
		{"a queue does not move a message that it delivered once", without("crm"), func(in *Input) {
			in.DeadLetters = []DeadLetter{{Function: "crm", EventID: "e", Reason: "x"}, {Function: "crm", EventID: "e", Reason: "received too often", ByQueue: true}}
		}, []string{"crm: order.created e was dead-lettered 2 times, but delivered 1 time"}, DeadLettered},
		{"a function that is handed an event again may dead-letter it again", without("crm"), func(in *Input) {
			in.Deliveries = map[At]int{{"crm", "e"}: 2}
			in.DeadLetters = []DeadLetter{{Function: "crm", EventID: "e", Reason: "x"}, {Function: "crm", EventID: "e", Reason: "x"}}
		}, nil, DeadLettered},
		{"a repetition of what was ignored is ignored", without("crm"), func(in *Input) {
			in.again("e")
			in.Outcomes = append(in.Outcomes, handled("crm", "m1", "e", KindIgnored), handled("fraud", "m8", "e", KindDuplicate), handled("crm", "m9", "e", KindDuplicate))
		}, nil, Ignored},
		{"applied twice is duplicated", fine(), func(in *Input) {
			in.Outcomes = append(in.Outcomes, handled("crm", "m9", "e", KindApplied))
		}, []string{"crm: order.created e was applied 2 times"}, Duplicated},
		{"an effect that happened twice is duplicated, though the function says once", fine(), func(in *Input) {
			in.Effects = append(in.Effects, in.Effects[0])
		}, []string{"crm: Order__c created for o-e was duplicated in salesforce"}, Applied},
		{"two events may each do the same to one thing", fine(), func(in *Input) {
			second := created("f")
			second.texts["o-e"] = true
			in.Events = append(in.Events, second)
			in.Outcomes = append(in.Outcomes, handled("crm", "m3", "f", KindApplied), handled("fraud", "m4", "f", KindApplied))
			in.Effects = append(in.Effects, in.Effects...)
		}, nil, Applied},
		{"applied without an effect at the system is not believed", fine(), func(in *Input) {
			in.Effects = in.Effects[1:]
		}, []string{"salesforce knows nothing of it"}, Applied},
		{"the effect of another function of the system is not the function's own", fine(), func(in *Input) {
			in.Functions = append(slices.Clone(functions), Function{Name: "other", Event: "order.changed", System: "salesforce"})
			in.Effects[0].Caller = "other"
		}, []string{"salesforce knows nothing of it"}, Applied},
		{"the same effect of two functions is no repetition of one", fine(), func(in *Input) {
			in.Functions = append(slices.Clone(functions), Function{Name: "other", Event: "order.created", System: "salesforce", ActsAlways: true})
			in.Outcomes = append(in.Outcomes, handled("other", "m7", "e", KindApplied))
			second := in.Effects[0]
			second.Caller = "other"
			in.Effects = append(in.Effects, second)
		}, nil, Applied},
		{"one function's second effect is not excused by another function of the system", fine(), func(in *Input) {
			in.Functions = append(slices.Clone(functions), Function{Name: "other", Event: "order.created", System: "salesforce"})
			in.Outcomes = append(in.Outcomes, handled("other", "m7", "e", KindIgnored))
			in.Effects = append(in.Effects, in.Effects[0])
		}, []string{"it happened 2 times for 1 event"}, Applied},
		{"an effect of nobody is not explained", fine(), func(in *Input) {
			in.Effects = append(in.Effects, Effect{System: "salesforce", Reference: "o-z", What: "Order__c created"})
		}, []string{"salesforce: Order__c created for o-z was done by somebody unknown"}, Applied},
		{"an effect of a function that does not write there is not explained", fine(), func(in *Input) {
			in.Effects = append(in.Effects, Effect{System: "salesforce", Caller: "fraud", Reference: "o-e", What: "Order__c created"})
		}, []string{"was done by fraud, which is no function that uses it"}, Applied},
		{"an answer may leave a trace at a system that is only read", fine(), func(in *Input) {
			in.Functions = append(slices.Clone(functions), Function{Name: "checkout", Reads: []string{"stripe"}})
			in.Effects = append(in.Effects, Effect{System: "stripe", Caller: "checkout", Reference: "o-e", What: "evaluation 2"})
		}, nil, Applied},
		{"a trace at a system that is only read is no effect", fine(), func(in *Input) {
			in.Functions = slices.Clone(functions)
			in.Functions[1].Reads = []string{"stripe"}
			in.Effects[0].System = "stripe"
		}, []string{"salesforce knows nothing of it"}, Applied},
		{"a timer is delivered to its function alone, and needs no effect if an event follows", fine(), func(in *Input) {
			in.Functions = slices.Clone(functions)
			in.Functions[1].Emits = []string{"order.overdue"}
			timer, overdue := created("t"), created("o")
			timer.Timer, timer.Type = "crm", "crm.timer"
			overdue.Type, overdue.Source, overdue.Causation = "order.overdue", "/signalbox/crm", "t"
			in.Events = append(in.Events, timer, overdue)
			in.Outcomes = append(in.Outcomes, handled("crm", "m5", "t", KindApplied))
		}, nil, Applied},
		{"a timer of which nothing followed is not believed", fine(), func(in *Input) {
			timer := created("t")
			timer.Timer, timer.Type = "crm", "crm.timer"
			in.Events = append(in.Events, timer)
			in.Outcomes = append(in.Outcomes, handled("crm", "m5", "t", KindApplied))
		}, []string{"crm: crm.timer t: the function says applied, but neither did salesforce see it"}, Applied},
		{"an answer by an event needs no effect", fine(), func(in *Input) { in.Effects = in.Effects[:1] }, nil, Applied},
		{"neither effect nor event is not believed", fine(), func(in *Input) {
			in.Effects, in.Events = in.Effects[:1], in.Events[:1]
		}, []string{"neither did stripe see it"}, Applied},
		{"a repetition that was suppressed is accounted for", fine(), func(in *Input) {
			in.again("e")
			in.Outcomes = append(in.Outcomes, handled("crm", "m3", "e", KindDuplicate), handled("fraud", "m4", "e", KindDuplicate))
		}, nil, Applied},
		{"a repetition that is nowhere is lost", fine(), func(in *Input) {
			in.again("e")
			in.Outcomes = append(in.Outcomes, handled("fraud", "m4", "e", KindDuplicate))
		}, []string{"crm: 1 repetition of an event that is accounted for lost"}, Applied},
		{"a repetition that still waits is stuck", fine(), func(in *Input) {
			in.again("e")
			in.Outcomes = append(in.Outcomes, handled("fraud", "m4", "e", KindDuplicate))
			in.Waiting = map[string]int{"crm": 1}
		}, []string{"crm: 1 repetition of an event that is accounted for still in the queue"}, Applied},
		{"a process that died after its effect left the rest to the ledger", fine(), func(in *Input) {
			in.Outcomes[1].Kind = KindDuplicate
			in.Crashes = map[string]int{"crm": 1}
		}, nil, Applied},
		{"retries before the success are no matter", fine(), func(in *Input) {
			in.Outcomes = slices.Insert(in.Outcomes, 1, handled("crm", "m1", "e", KindRetry))
		}, nil, Applied},
		{"ignored on purpose is as promised", without("crm"), func(in *Input) {
			in.Outcomes = append(in.Outcomes, handled("crm", "m1", "e", KindIgnored))
		}, nil, Ignored},
		{"older than what was applied is as promised", without("crm"), func(in *Input) {
			in.Outcomes = append(in.Outcomes, handled("crm", "m1", "e", KindStale))
		}, nil, Stale},
		{"taken off the queue without a word is accounted for", without("crm"), func(in *Input) {
			in.Outcomes = append(in.Outcomes, handled("crm", "m1", "e", KindDone))
		}, nil, Done},
		{"applied and dead-lettered contradict each other", fine(), func(in *Input) {
			in.DeadLetters = []DeadLetter{{Function: "crm", EventID: "e", Reason: "x"}}
		}, []string{"was applied and dead-lettered too (x)"}, Applied},
		{"a notification that nobody handled is lost", fine(), func(in *Input) { in.Sent[0].Times = 3 }, []string{"opener: 2 messages of 3 lost"}, Applied},
		{"a notification that waits is stuck", fine(), func(in *Input) {
			in.Sent[0].Times, in.Waiting = 2, map[string]int{"opener": 1}
		}, []string{"opener: 1 message of 2 stuck"}, Applied},
		{"a dead-lettered notification needs a reason", fine(), func(in *Input) {
			in.Sent[0].Times, in.DeadLetters = 2, []DeadLetter{{Function: "opener"}}
		}, []string{"opener: a message is dead-lettered without a reason"}, Applied},
		{"a notification that is known by an id is lost like an event", fine(), func(in *Input) {
			in.Outcomes[0].Event = "n1"
			in.Sent = []Sent{{Function: "opener", ID: "n1"}, {Function: "opener", ID: "n2"}}
		}, []string{"opener: message n2 is lost"}, Applied},
		{"an event that was published but never arrived on the bus is lost", fine(), func(in *Input) {
			in.Published = append(in.Published, Published{Function: "fraud", Event: "z", Type: "order.held"})
		}, []string{"fraud: order.held z was published but never seen on the bus"}, Applied},
		{"a topic that did not get its event lost it", fine(), func(in *Input) {
			in.Topics = []Topic{{Name: "orders", Types: []string{"order.created"}}}
		}, []string{"topic orders: order.created e arrived 0 of 1 times"}, Applied},
		{"a topic that got it is as promised", fine(), func(in *Input) {
			in.Topics = []Topic{{Name: "orders", Types: []string{"order.created"}, Arrived: map[string]int{"e": 1}}}
		}, nil, Applied},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.change(&c.from)
			got := Reconcile(c.from)
			problems := got.Problems()
			if got.AllAccountedFor() != (len(c.problems) == 0) || len(problems) != len(c.problems) {
				t.Fatalf("problems: %q, want %q", problems, c.problems)
			}
			for i, part := range c.problems {
				if !strings.Contains(problems[i], part) {
					t.Errorf("problem %q does not say %q", problems[i], part)
				}
			}
			i := slices.IndexFunc(got.Entries, func(e Entry) bool { return e.Function == "crm" && e.Event == "e" })
			if i < 0 || got.Entries[i].Verdict != c.verdict {
				t.Errorf("crm: %+v, want %s", got.Entries, c.verdict)
			}
		})
	}
}

func TestAFunctionOfEveryEventIsAccountedForEach(t *testing.T) {
	recorded := func(id string) Effect {
		return Effect{System: "firehose", Caller: "analytics", Reference: id, What: "event recorded"}
	}
	in := Input{
		Functions: []Function{{Name: "analytics", Event: "*", System: "firehose", ActsAlways: true}},
		Events:    []Event{created("e"), approved("a", "e")},
		Outcomes:  []Outcome{handled("analytics", "m1", "e", KindApplied), handled("analytics", "m2", "a", KindApplied)},
		Effects:   []Effect{recorded("e"), recorded("a")},
	}
	got := Reconcile(in)
	if !got.AllAccountedFor() || got.Functions[0].Accepted != 2 || got.Functions[0].Applied != 2 {
		t.Errorf("%+v", got)
	}
	for _, entry := range got.Entries {
		// The second event names the first as its cause, which makes the first's
		// effect none of its own.
		if len(entry.Effects) != 1 {
			t.Errorf("%s: %v", entry.Event, entry.Effects)
		}
	}
	in.Effects = in.Effects[:1]
	if got := Reconcile(in); got.AllAccountedFor() {
		t.Error("an event that is not in the lake goes unnoticed")
	}
}

// A request that was turned away was answered, and so was one without its check;
// one that went back to its sender was not, unless the sender came again.
func TestRequestsAreAccountedForByTheirAnswers(t *testing.T) {
	in := Input{Functions: []Function{{Name: "checkout"}}, Sent: []Sent{{Function: "checkout", Times: 4}}}
	for message, kind := range map[string]Kind{"m1": KindApplied, "m2": KindRefused, "m3": KindFallback, "m4": KindIgnored} {
		in.Outcomes = append(in.Outcomes, handled("checkout", message, "", kind))
	}
	got := Reconcile(in)
	want := []Sum{{Function: "checkout", Events: 4, Accepted: 4, Applied: 1, Refused: 1, Ignored: 2}}
	if diff := cmp.Diff(want, got.Functions, ignored); diff != "" || !got.AllAccountedFor() {
		t.Errorf("%v\n%s", got.Problems(), diff)
	}
	in.Outcomes = append(in.Outcomes, handled("checkout", "m5", "", KindRetry))
	in.Sent[0].Times = 5
	if Reconcile(in).AllAccountedFor() {
		t.Error("a request that was not taken is accounted for")
	}
}

var ignored = cmpopts.IgnoreUnexported(Sum{})

func TestTheSumsAddUp(t *testing.T) {
	in := fine()
	in.again("e")
	in.Outcomes = append(in.Outcomes, handled("crm", "m3", "e", KindRetry), handled("crm", "m3", "e", KindDuplicate), handled("fraud", "m4", "e", KindDuplicate))
	in.Crashes = map[string]int{"crm": 1}
	want := Sum{Function: "crm", Events: 1, Accepted: 2, Applied: 1, Duplicates: 1, Retries: 1, Crashes: 1, Effects: 1}
	if diff := cmp.Diff(want, Reconcile(in).Functions[0], ignored); diff != "" {
		t.Error(diff)
	}
}

func TestASecondDeadLetterIsCountedAsARepetition(t *testing.T) {
	in := without("crm")
	in.again("e")
	in.Outcomes = append(in.Outcomes, handled("crm", "m1", "e", KindDeadLetter), handled("crm", "m2", "e", KindDeadLetter), handled("fraud", "m4", "e", KindDuplicate))
	in.DeadLetters = []DeadLetter{{Function: "crm", EventID: "e", Reason: "x"}, {Function: "crm", EventID: "e", Reason: "x"}}
	want := Sum{Function: "crm", Events: 1, Accepted: 2, Duplicates: 1, DeadLettered: 1, Reasons: map[string]int{"x": 2}}
	if diff := cmp.Diff(want, Reconcile(in).Functions[0], ignored); diff != "" {
		t.Error(diff)
	}
}

func TestTheVerdictIsOneLine(t *testing.T) {
	in := without("crm")
	in.Effects = append(in.Effects, Effect{System: "stripe", Reference: "o-z", What: "evaluation 9"})
	const want = "NOT all accounted for: 2 events, 2 reactions, 1 lost, 0 duplicated, 0 stuck, 1 unexplained"
	if got := Reconcile(in).String(); got != want {
		t.Errorf("got %s", got)
	}
}

func TestParseEvent(t *testing.T) {
	e := created("e")
	if e.Label != "N-e" || e.Subject != "o-e" || e.Times != 1 || !e.Mentions("N-e") || e.Mentions("N-f") {
		t.Errorf("got %+v", e)
	}
	if _, err := ParseEvent([]byte(`[1]`)); err == nil {
		t.Error("a list passed for an event")
	}
}

func TestTheNameOfAnEffectLeavesIdsOut(t *testing.T) {
	for what, want := range map[string]string{
		"shipment 794900000001": "shipment", "Placed Order recorded": "Placed Order recorded",
		"evaluation peval_0001: continue": "evaluation", "": "",
	} {
		if got := (Effect{What: what}).Name(); got != want {
			t.Errorf("%q: got %q, want %q", what, got, want)
		}
	}
}

func TestWhatWasDoneMeanwhileIsTheEventsOwn(t *testing.T) {
	noon := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	applied := handled("shipping", "m1", "a", KindApplied)
	applied.At, applied.MS = noon, 40
	effect := func(what string, at time.Time) Effect {
		return Effect{System: "fedex", Caller: "shipping", Reference: "N-a", What: what, At: at}
	}
	early, then, late := effect("early", noon.Add(-time.Minute)), effect("then", noon.Add(-20*time.Millisecond)), effect("late", noon.Add(time.Minute))
	byID := Effect{System: "fedex", Caller: "shipping", Reference: "a", What: "by id", At: noon.Add(time.Minute)}
	for name, c := range map[string]struct {
		effects []Effect
		want    []string
	}{
		"what was done for other events by the same name is theirs": {[]Effect{early, then, late}, []string{"then"}},
		"what is known by the event's id is its alone":              {[]Effect{then, byID}, []string{"by id"}},
		"what nothing was done meanwhile of is taken all":           {[]Effect{early, late}, []string{"early", "late"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := Reconcile(Input{
				Functions: []Function{{Name: "shipping", Event: "order.created", System: "fedex", ActsAlways: true}},
				Events:    []Event{created("a")}, Outcomes: []Outcome{applied}, Effects: c.effects,
			}).Entries[0].Effects
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
