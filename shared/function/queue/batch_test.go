package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/internal/delivery"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func nothing(context.Context, event.Event[retail.OrderCreated]) error { return nil }

// byOrder answers per order id.
func byOrder(answers map[string]error) Handler[retail.OrderCreated] {
	return func(_ context.Context, e event.Event[retail.OrderCreated]) error { return answers[e.Data.Order.ID] }
}

func TestOutcomeFollowsTheFault(t *testing.T) {
	for sentence, c := range map[string]struct {
		answer   error
		outcome  string
		failed   bool
		dead     bool
		inLedger bool
	}{
		"nil is applied and remembered":                          {answer: nil, outcome: "applied", inLedger: true},
		"what is ignored is acknowledged and remembered":         {answer: function.Ignore("no-shipping"), outcome: "ignored", inLedger: true},
		"a retryable fault goes back to the queue":               {answer: fault.Retry("vendor-429", 0, nil), outcome: "retry", failed: true},
		"an ambiguous fault goes back to the queue":              {answer: fault.Unknown("vendor-500", 0, nil), outcome: "retry", failed: true},
		"an error nobody classified goes back to the queue":      {answer: errors.New("secret payload"), outcome: "retry", failed: true},
		"a permanent fault goes to the dead-letter queue":        {answer: fault.Refuse("vendor-400", nil), outcome: "dead-letter", dead: true},
		"an invalid event goes to the dead-letter queue as well": {answer: fault.Field("data.order.id", "another"), outcome: "dead-letter", dead: true},
	} {
		t.Run(sentence, func(t *testing.T) {
			f := newFixture(catalog.Function{}, byOrder(map[string]error{"1": c.answer}))
			body := onBus(t, order(t, "1"))
			failed := deliver(t, f, sqsEvent(t, message{id: "m", body: body}))
			if (len(failed) > 0) != c.failed {
				t.Errorf("failed items: %v, want failed=%v", failed, c.failed)
			}
			if got := f.output.Outcomes(t); got[c.outcome] != 1 || len(got) != 1 {
				t.Errorf("outcomes %v, want one %s", got, c.outcome)
			}
			if (len(f.queue.Sent) > 0) != c.dead {
				t.Errorf("%d dead letters, want dead=%v", len(f.queue.Sent), c.dead)
			}
			if c.dead {
				if *f.queue.Sent[0].MessageBody != body {
					t.Error("the dead letter has another body")
				}
				want := map[string]string{
					"fault": fault.KindOf(c.answer).String(), "reason": fault.Of(c.answer).Reason, "function": "function",
					"event-id": order(t, "1").ID, "event-type": "order.created",
				}
				for name, value := range want {
					if got := f.queue.Attribute(0, name); got != value {
						t.Errorf("attribute %s: %q, want %q", name, got, value)
					}
				}
			}
			if (f.queue.Hidden["receipt-m"] > 0) != c.failed {
				t.Errorf("hidden for %d s, want hidden=%v", f.queue.Hidden["receipt-m"], c.failed)
			}
			deliver(t, f, sqsEvent(t, message{id: "m", body: body}))
			if again := f.output.Outcomes(t)["duplicate"] == 1; again != c.inLedger {
				t.Errorf("second delivery is a duplicate: %v, want %v", again, c.inLedger)
			}
			if strings.Contains(f.output.String(), "secret payload") {
				t.Error("the text of an unclassified error is in the log")
			}
		})
	}
}

func TestBatchThatIsNoBatchComesBackWhole(t *testing.T) {
	for sentence, payload := range map[string]string{
		"null": `null`, "an empty object": `{}`, "no JSON": `{"Records":[`, "a list": `[]`, "a number of records": `{"Records":1}`,
		"a record without an id": `{"Records":[{"messageId":"a","body":"{}"},{"body":"{}"}]}`,
		"a record that is null":  `{"Records":[null]}`,
		"a body that is a map":   `{"Records":[{"messageId":"a","body":{}}]}`,
	} {
		t.Run(sentence, func(t *testing.T) {
			f := newFixture(catalog.Function{}, nothing)
			if answer, err := f.Invoke(t.Context(), []byte(payload)); err == nil {
				t.Errorf("acknowledged by %s", answer)
			}
		})
	}
	t.Run("an empty batch is done", func(t *testing.T) {
		f := newFixture(catalog.Function{}, nothing)
		if failed := deliver(t, f, []byte(`{"Records":[]}`)); failed != nil {
			t.Errorf("failed %v", failed)
		}
		if f.output.String() != "" {
			t.Errorf("wrote %s", f.output)
		}
	})
}

func TestUnreadableMessageIsDeadLetteredAlone(t *testing.T) {
	good := onBus(t, order(t, "good"))
	other := order(t, "other")
	other.Type = "order.deleted"
	old := order(t, "old")
	old.DataSchema = "urn:signalbox:order.created:99"
	for sentence, body := range map[string]string{
		"an empty body":                    ``,
		"null":                             `null`,
		"no JSON":                          `hello`,
		"an empty object":                  `{}`,
		"a wrapper without an event":       `{"detail":{}}`,
		"a wrapper around null":            `{"detail":null}`,
		"an event of another type":         onBus(t, other),
		"a version nobody knows":           onBus(t, old),
		"data that is null":                strings.Replace(good, `"data":{`, `"data":null,"x":{`, 1),
		"a key that stands twice":          strings.Replace(good, `"specversion":"1.0"`, `"specversion":"1.0","specversion":"1.0"`, 1),
		"an order without lines":           strings.Replace(good, `"lines":[`, `"lines":[],"x":[`, 1),
		"a subject that is not the data's": strings.Replace(good, `"subject":"good"`, `"subject":"bad"`, 1),
		"an absurd nesting":                `{"detail":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`,
		"invalid UTF-8 escapes":            strings.Replace(good, "Cotton", `\ud800`, 1),
	} {
		t.Run(sentence, func(t *testing.T) {
			called := 0
			f := newFixture(catalog.Function{}, func(context.Context, event.Event[retail.OrderCreated]) error { called++; return nil })
			failed := deliver(t, f, sqsEvent(t, message{id: "bad", body: body}, message{id: "good", body: good}))
			if len(failed) != 0 || called != 1 || len(f.queue.Sent) != 1 {
				t.Fatalf("failed %v, handled %d, dead letters %d; want one handled and one dead letter\n%s", failed, called, len(f.queue.Sent), f.output)
			}
			if got := f.queue.Attribute(0, "fault"); got != "invalid" {
				t.Errorf("fault %q, want invalid", got)
			}
			if !strings.Contains(f.output.String(), `"Invalid":1`) {
				t.Error("not counted as Invalid")
			}
		})
	}
}

func TestDeadLetterThatCannotBeSentStaysInItsQueue(t *testing.T) {
	t.Run("the queue is out of order", func(t *testing.T) {
		f := newFixture(catalog.Function{}, byOrder(map[string]error{"1": fault.Refuse("vendor-400", nil)}))
		f.queue.Send = func(*sqs.SendMessageInput) error { return errors.New("no") }
		if failed := deliver(t, f, sqsEvent(t, message{id: "m", body: onBus(t, order(t, "1"))})); len(failed) != 1 {
			t.Errorf("failed %v, want the message back", failed)
		}
		if got := f.output.Outcomes(t); got["retry"] != 1 {
			t.Errorf("outcomes %v", got)
		}
	})
	t.Run("the reason makes the message too large", func(t *testing.T) {
		f := newFixture(catalog.Function{}, nothing)
		if failed := deliver(t, f, sqsEvent(t, message{id: "m", body: strings.Repeat("x", delivery.MaxMessage)})); len(failed) != 1 || len(f.queue.Sent) != 0 {
			t.Errorf("failed %v, %d sent, want the message back", failed, len(f.queue.Sent))
		}
	})
}

func TestLargeBatchIsHandledInParallelWithinItsBound(t *testing.T) {
	const n = 700
	var running, most, handled atomic.Int64
	f := newFixture(catalog.Function{System: "stripe", Calls: 3}, func(_ context.Context, e event.Event[retail.OrderCreated]) error {
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		time.Sleep(time.Millisecond)
		handled.Add(1)
		if len(e.Data.Order.ID)%2 == 0 {
			return fault.Retry("even", 0, nil)
		}
		return nil
	})
	var messages []message
	even := 0
	for i := range n {
		id := fmt.Sprint(i)
		messages = append(messages, message{id: id, body: onBus(t, order(t, id))})
		even += (len(id) + 1) % 2
	}
	failed := deliver(t, f, sqsEvent(t, messages...))
	if len(failed) != even || handled.Load() != n {
		t.Errorf("%d failed, %d handled; want %d and %d", len(failed), handled.Load(), even, n)
	}
	if bound := int64(f.Function.Parallel()); most.Load() > bound || bound < 2 {
		t.Errorf("%d at once, the bound is %d", most.Load(), bound)
	}
	if len(f.queue.Hidden) != even || f.queue.Requests != (even+9)/10 {
		t.Errorf("%d hidden by %d requests, want %d by %d", len(f.queue.Hidden), f.queue.Requests, even, (even+9)/10)
	}
}

func TestFIFOGroupStopsAtItsFirstFailure(t *testing.T) {
	var mu sync.Mutex
	var handled []string
	f := newFixture(catalog.Function{}, func(_ context.Context, e event.Event[retail.OrderCreated]) error {
		mu.Lock()
		defer mu.Unlock()
		handled = append(handled, e.Data.Order.ID)
		switch e.Data.Order.ID {
		case "a2":
			return fault.Retry("vendor-503", 0, nil)
		case "b1":
			return fault.Refuse("vendor-400", nil)
		}
		return nil
	})
	var messages []message
	for _, id := range []string{"a1", "b1", "a2", "a3", "b2", "a4"} {
		messages = append(messages, message{id: id, body: onBus(t, order(t, id)), group: id[:1], fifo: true})
	}
	failed := deliver(t, f, sqsEvent(t, messages...))
	if diff := cmp.Diff([]string{"a2", "a3", "a4"}, failed); diff != "" {
		t.Errorf("failed (-want +got):\n%s", diff)
	}
	slices.Sort(handled)
	if diff := cmp.Diff([]string{"a1", "a2", "b1", "b2"}, handled); diff != "" {
		t.Errorf("handled (-want +got):\n%s", diff)
	}
	if len(f.queue.Sent) != 1 || *f.queue.Sent[0].MessageGroupId != "b" || *f.queue.Sent[0].MessageDeduplicationId != "b1" {
		t.Errorf("dead letters: %+v", f.queue.Sent)
	}
	if h := f.queue.Hidden; h["receipt-a2"] != h["receipt-a3"] || h["receipt-a3"] != h["receipt-a4"] {
		t.Errorf("the group comes back at different times: %v", h)
	}
}

func TestReplayReachesTheHandler(t *testing.T) {
	var got string
	f := newFixture(catalog.Function{}, func(_ context.Context, e event.Event[retail.OrderCreated]) error {
		got = e.Replay
		return nil
	})
	body := strings.Replace(onBus(t, order(t, "1")), `{"version"`, `{"replay-name":"after-outage","version"`, 1)
	deliver(t, f, sqsEvent(t, message{id: "m", body: body}))
	if got != "after-outage" {
		t.Errorf("replay %q", got)
	}
}

func TestBareEventIsReadAsWell(t *testing.T) {
	f := newFixture(catalog.Function{}, nothing)
	body, err := event.Encode(order(t, "1"))
	if err != nil {
		t.Fatal(err)
	}
	deliver(t, f, sqsEvent(t, message{id: "m", body: string(body)}))
	deliver(t, f, sqsEvent(t, message{id: "m", body: onBus(t, order(t, "1"))}))
	if got := f.output.Outcomes(t); got["applied"] != 1 || got["duplicate"] != 1 {
		t.Errorf("outcomes %v, want the wrapped one to be the duplicate of the bare one", got)
	}
}

func TestConcurrentInvokesDoNotMix(t *testing.T) {
	f := newFixture(catalog.Function{Effect: catalog.Unsafe{}}, byOrder(nil))
	var invokes sync.WaitGroup
	for i := range 8 {
		invokes.Go(func() {
			var messages []message
			for j := range 10 {
				id := fmt.Sprintf("%d-%d", i, j)
				messages = append(messages, message{id: id, body: onBus(t, order(t, id))})
			}
			for _, id := range deliver(t, f, sqsEvent(t, messages...)) {
				t.Errorf("%s failed", id)
			}
		})
	}
	invokes.Wait()
	if got := f.output.Outcomes(t); got["applied"] != 80 {
		t.Errorf("outcomes %v", got)
	}
}

func TestEventOfATypeNobodyKnowsIsDeadLetteredWithoutItsWords(t *testing.T) {
	const canary = "max@example.com"
	f := newFixture(catalog.Function{}, byOrder(nil))
	body := `{"specversion":"1.0","id":"` + canary + `","source":"s","type":"` + canary + `","time":"2026-11-22T10:00:00Z","dataschema":"urn:signalbox:x:1","subject":"s","data":{}}`
	if failed := deliver(t, f, sqsEvent(t, message{id: "m", body: body})); failed != nil {
		t.Errorf("failed %v; want it dead-lettered", failed)
	}
	if n := len(f.queue.Sent); n != 1 {
		t.Fatalf("%d dead letters", n)
	}
	for name, a := range f.queue.Sent[0].MessageAttributes {
		if strings.Contains(*a.StringValue, canary) {
			t.Errorf("the attribute %s quotes the event", name)
		}
	}
	if strings.Contains(f.output.String(), canary) {
		t.Errorf("the log quotes the event:\n%s", f.output)
	}
}
