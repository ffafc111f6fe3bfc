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

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/idempotency"
)

func TestPanicIsContainedAndItsValueNotTold(t *testing.T) {
	f := newFixture(catalog.Function{}, func(_ context.Context, e event.Event[retail.OrderCreated]) error {
		if e.Data.Order.ID == "bad" {
			panic("canary " + e.Data.Order.Customer.Email)
		}
		return nil
	})
	failed := deliver(t, f, sqsEvent(t, message{id: "bad", body: onBus(t, order(t, "bad"))}, message{id: "good", body: onBus(t, order(t, "good"))}))
	if diff := cmp.Diff([]string{"bad"}, failed); diff != "" {
		t.Errorf("failed (-want +got):\n%s", diff)
	}
	text := f.output.String()
	if strings.Contains(text, "canary") || strings.Contains(text, "ada@") {
		t.Errorf("the panic's value is told:\n%s", text)
	}
	if !strings.Contains(text, `"reason":"panic"`) || !strings.Contains(text, "string in queue.TestPanicIsContained") {
		t.Errorf("type and place are not told:\n%s", text)
	}
}

func TestRecordsBeyondTheDeadlineGoBackUntouched(t *testing.T) {
	var started atomic.Int64
	release := make(chan struct{})
	f := newFixture(catalog.Function{System: "salesforce", Calls: 13}, func(context.Context, event.Event[retail.OrderCreated]) error {
		started.Add(1)
		<-release // does not heed its context
		return nil
	})
	if f.Function.Parallel() != 1 {
		t.Fatalf("parallel %d, want 1", f.Function.Parallel())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 900*time.Millisecond)
	defer cancel()
	begin := time.Now()
	answer, err := f.Invoke(ctx, sqsEvent(t, message{id: "a", body: onBus(t, order(t, "a"))}, message{id: "b", body: onBus(t, order(t, "b"))}))
	took := time.Since(begin)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b"}, failures(t, answer)); diff != "" {
		t.Errorf("failed (-want +got):\n%s", diff)
	}
	if ctx.Err() != nil || took < 500*time.Millisecond {
		t.Errorf("answered after %s, want shortly before the deadline", took)
	}
	if started.Load() != 1 {
		t.Errorf("%d started, want 1", started.Load())
	}
	close(release)
	// The late handler finds its record reported and tells nothing more.
	time.Sleep(50 * time.Millisecond)
	if got := f.output.Outcomes(t); got["retry"] != 2 || len(got) != 1 {
		t.Errorf("outcomes %v, want two retries", got)
	}
}

func TestHandlerGetsAMarginBeforeTheDeadline(t *testing.T) {
	var left time.Duration
	f := newFixture(catalog.Function{}, func(ctx context.Context, _ event.Event[retail.OrderCreated]) error {
		end, _ := ctx.Deadline()
		left = time.Until(end)
		return nil
	})
	deliver(t, f, sqsEvent(t, message{id: "m", body: onBus(t, order(t, "1"))}))
	if left < 8500*time.Millisecond || left > 9*time.Second {
		t.Errorf("%s left of 10 s, want a tenth kept", left)
	}
	t.Run("too little time starts nothing", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		left = 0
		answer, err := f.Invoke(ctx, sqsEvent(t, message{id: "m", body: onBus(t, order(t, "2"))}))
		if err != nil || len(failures(t, answer)) != 1 || left != 0 {
			t.Errorf("answer %s, %v; handler had %s", answer, err, left)
		}
	})
}

// level is an event that carries a state.
type level struct {
	SKU     string `json:"sku"`
	Version int64  `json:"version"`
}

func (level) EventType() event.Type { return "level.changed" }
func (level) SchemaVersion() int    { return 1 }
func (l level) Subject() string     { return l.SKU }
func (l level) Sequence() int64     { return l.Version }
func (l level) Validate() error     { return nil }

func levelAt(t testing.TB, sku string, version int64) message {
	t.Helper()
	id := fmt.Sprintf("%s-%d", sku, version)
	raw, err := event.New(event.Origin{Source: "/test", ID: id, Time: time.Now()}, level{sku, version})
	if err != nil {
		t.Fatal(err)
	}
	return message{id: id, body: onBus(t, raw)}
}

func TestOrderedEventsOfABatchAreHandledOldestFirst(t *testing.T) {
	var mu sync.Mutex
	handled := map[string][]int64{}
	f := newFixture(catalog.Function{}, func(_ context.Context, e event.Event[level]) error {
		mu.Lock()
		defer mu.Unlock()
		handled[e.Subject] = append(handled[e.Subject], e.Sequence)
		return nil
	})
	deliver(t, f, sqsEvent(t, levelAt(t, "a", 3), levelAt(t, "b", 1), levelAt(t, "a", 1), levelAt(t, "a", 2), message{id: "x", body: "{}"}))
	if diff := cmp.Diff(map[string][]int64{"a": {1, 2, 3}, "b": {1}}, handled); diff != "" {
		t.Errorf("handled (-want +got):\n%s", diff)
	}
	deliver(t, f, sqsEvent(t, levelAt(t, "a", 3), levelAt(t, "b", 1)))
	if got := f.output.Outcomes(t); got["applied"] != 4 || got["duplicate"] != 2 || got["dead-letter"] != 1 {
		t.Errorf("outcomes %v", got)
	}
}

func TestOlderEventIsStaleAfterANewerOne(t *testing.T) {
	f := newFixture(catalog.Function{}, func(context.Context, event.Event[level]) error { return nil })
	if failed := deliver(t, f, sqsEvent(t, levelAt(t, "a", 5))); failed != nil {
		t.Fatal(failed)
	}
	if failed := deliver(t, f, sqsEvent(t, levelAt(t, "a", 4))); failed != nil {
		t.Errorf("a stale event failed: %v", failed)
	}
	if got := f.output.Outcomes(t); got["stale"] != 1 || got["applied"] != 1 {
		t.Errorf("outcomes %v", got)
	}
}

func TestOlderNeverOverwritesNewerUnderConcurrency(t *testing.T) {
	var current, applied atomic.Int64
	f := newFixture(catalog.Function{}, func(_ context.Context, e event.Event[level]) error {
		if e.Sequence < current.Load() {
			t.Errorf("%d applied over %d", e.Sequence, current.Load())
		}
		time.Sleep(time.Millisecond)
		current.Store(e.Sequence)
		applied.Add(1)
		return nil
	})
	const n = 24
	left := map[string]message{}
	for i := range n {
		m := levelAt(t, "a", int64(i+1))
		left[m.id] = m
	}
	for round := 0; len(left) > 0 && round < 100; round++ {
		var invokes sync.WaitGroup
		var done sync.Map
		for id, m := range left {
			invokes.Go(func() {
				if failed := deliver(t, f, sqsEvent(t, m)); failed == nil {
					done.Store(id, true)
				}
			})
		}
		invokes.Wait()
		for id := range done.Range {
			delete(left, id.(string))
		}
	}
	if len(left) > 0 || current.Load() != n {
		t.Errorf("%d left, the state is %d, want %d", len(left), current.Load(), n)
	}
}

// vendor makes an effect per reference as often as it is asked to.
type vendor struct {
	mu      sync.Mutex
	effects map[string]int
	asked   int
	// act answers a request after its effect, ask a lookup.
	act, ask error
	// refuse answers a request before its effect.
	refuse error
	then   error
}

func (v *vendor) effect() Effect[retail.OrderCreated, string] {
	return Effect[retail.OrderCreated, string]{
		Ask: func(_ context.Context, e event.Event[retail.OrderCreated]) (string, bool, error) {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.asked++
			return "found", v.effects[e.ID] > 0, v.ask
		},
		Act: func(_ context.Context, e event.Event[retail.OrderCreated]) (string, error) {
			v.mu.Lock()
			defer v.mu.Unlock()
			if v.refuse != nil {
				return "", v.refuse
			}
			v.effects[e.ID]++
			return "made", v.act
		},
		Then: func(context.Context, event.Event[retail.OrderCreated], string) error { return v.then },
	}
}

func TestUnsafeEffectIsMadeOnce(t *testing.T) {
	unknown, refusal := fault.Unknown("vendor-500", 0, nil), fault.Retry("vendor-429", 0, nil)
	for sentence, c := range map[string]struct {
		// first is how the first delivery fails, before the second succeeds.
		first   *vendor
		asked   int
		crash   bool
		outcome string
	}{
		"a timeout after the effect is asked about":          {first: &vendor{act: unknown}, asked: 1, outcome: "applied"},
		"an error nobody classified is asked about":          {first: &vendor{act: errors.New("?")}, asked: 1, outcome: "applied"},
		"a definite refusal is simply tried again":           {first: &vendor{refuse: refusal}, asked: 0, outcome: "applied"},
		"an ambiguous failure without effect is asked about": {first: &vendor{refuse: unknown}, asked: 1, outcome: "applied"},
		"a failure of what follows is asked about":           {first: &vendor{then: refusal}, asked: 1, outcome: "applied"},
		"a success is remembered":                            {first: &vendor{}, asked: 0, outcome: "duplicate"},
		"a permanent refusal may be tried after a redrive":   {first: &vendor{refuse: fault.Refuse("vendor-400", nil)}, asked: 0, outcome: "applied"},
		"what follows refused for good is asked about then":  {first: &vendor{then: fault.Refuse("bus", nil)}, asked: 1, outcome: "applied"},
	} {
		t.Run(sentence, func(t *testing.T) {
			v := c.first
			v.effects = map[string]int{}
			f := newFixture(catalog.Function{Effect: catalog.Unsafe{}}, func(ctx context.Context, e event.Event[retail.OrderCreated]) error {
				return v.effect().Handle(ctx, e)
			})
			m := message{id: "m", body: onBus(t, order(t, "1"))}
			deliver(t, f, sqsEvent(t, m))
			v.act, v.refuse, v.then = nil, nil, nil
			if failed := deliver(t, f, sqsEvent(t, m)); failed != nil {
				t.Errorf("the second delivery failed\n%s", f.output)
			}
			if v.asked != c.asked {
				t.Errorf("asked %d times, want %d", v.asked, c.asked)
			}
			if n := v.effects[order(t, "1").ID]; n != 1 {
				t.Errorf("the effect was made %d times", n)
			}
			lines := f.output.Lines(t, "handled")
			if got := lines[len(lines)-1]["outcome"]; got != c.outcome {
				t.Errorf("outcome %v, want %s", got, c.outcome)
			}
		})
	}
}

func TestUncertainEffectIsAskedAboutNoEarlierThanItShows(t *testing.T) {
	v := &vendor{act: fault.Unknown("vendor-500", 0, nil), effects: map[string]int{}}
	f := newFixture(catalog.Function{Effect: catalog.Unsafe{AskAfter: time.Hour}}, v.effect().Handle)
	m := message{id: "m", body: onBus(t, order(t, "1"))}
	deliver(t, f, sqsEvent(t, m))
	if failed := deliver(t, f, sqsEvent(t, m)); len(failed) != 1 || v.asked != 0 {
		t.Errorf("failed %v, asked %d; want it back unasked", failed, v.asked)
	}
	if hidden := f.queue.Hidden["receipt-m"]; hidden < 3590 || hidden > 3970 {
		t.Errorf("hidden for %d s, want about the hour it takes to show", hidden)
	}
}

func TestDuplicateOfAnEventBeingHandledComesBackSoon(t *testing.T) {
	v := &vendor{effects: map[string]int{}}
	f := newFixture(catalog.Function{Effect: catalog.Unsafe{AskAfter: time.Hour}}, v.effect().Handle)
	entry := idempotency.Entry{Function: f.Function.Name, EventID: order(t, "1").ID}
	if _, err := f.memory.Claim(t.Context(), entry, "another", time.Now().Add(time.Minute), time.Hour); err != nil {
		t.Fatal(err)
	}
	m := message{id: "m", body: onBus(t, order(t, "1"))}
	if failed := deliver(t, f, sqsEvent(t, m)); len(failed) != 1 || len(v.effects) != 0 {
		t.Errorf("failed %v, effects %v; want it back untouched", failed, v.effects)
	}
	if hidden := f.queue.Hidden["receipt-m"]; hidden < 1 || hidden > 5 {
		t.Errorf("hidden for %d s, want the short wait of a first try: the owner will be done soon", hidden)
	}
}

func TestAskThatFailsKeepsTheClaim(t *testing.T) {
	v := &vendor{refuse: fault.Unknown("vendor-500", 0, nil), ask: fault.Refuse("vendor-403", nil), effects: map[string]int{}}
	f := newFixture(catalog.Function{Effect: catalog.Unsafe{}}, v.effect().Handle)
	m := message{id: "m", body: onBus(t, order(t, "1"))}
	deliver(t, f, sqsEvent(t, m))
	deliver(t, f, sqsEvent(t, m))
	v.refuse, v.ask = nil, nil
	deliver(t, f, sqsEvent(t, m))
	if v.asked != 2 {
		t.Errorf("asked %d times, want again after the failed lookup", v.asked)
	}
}

// brokenLedger fails the named operations.
type brokenLedger struct {
	idempotency.Store
	broken []string
}

func (b *brokenLedger) fails(operation string) error {
	if slices.Contains(b.broken, operation) {
		return errors.New("throttled")
	}
	return nil
}

func (b *brokenLedger) Find(ctx context.Context, e idempotency.Entry) (idempotency.Verdict, error) {
	if err := b.fails("find"); err != nil {
		return 0, err
	}
	return b.Store.Find(ctx, e)
}

func (b *brokenLedger) Record(ctx context.Context, e idempotency.Entry, owner string) (idempotency.Verdict, error) {
	if err := b.fails("record"); err != nil {
		return 0, err
	}
	return b.Store.Record(ctx, e, owner)
}

func (b *brokenLedger) Claim(ctx context.Context, e idempotency.Entry, owner string, lease time.Time, settle time.Duration) (idempotency.Claim, error) {
	if err := b.fails("claim"); err != nil {
		return idempotency.Claim{}, err
	}
	return b.Store.Claim(ctx, e, owner, lease, settle)
}

func (b *brokenLedger) Complete(ctx context.Context, e idempotency.Entry, owner string) error {
	if err := b.fails("complete"); err != nil {
		return err
	}
	return b.Store.Complete(ctx, e, owner)
}

func TestLedgerThatDoesNotAnswerLosesNothing(t *testing.T) {
	for operation, effects := range map[string]int{"find": 0, "record": 1, "claim": 0, "complete": 1} {
		t.Run(operation, func(t *testing.T) {
			nature := catalog.Effect(catalog.Natural{})
			if operation == "claim" || operation == "complete" {
				nature = catalog.Unsafe{}
			}
			made := 0
			f := newFixture(catalog.Function{Effect: nature}, func(context.Context, event.Event[retail.OrderCreated]) error { made++; return nil })
			f.ledger = &brokenLedger{f.memory, []string{operation}}
			if failed := deliver(t, f, sqsEvent(t, message{id: "m", body: onBus(t, order(t, "1"))})); len(failed) != 1 || made != effects {
				t.Errorf("failed %v, effects %d; want the record back after %d", failed, made, effects)
			}
		})
	}
}

func TestOtherDataUnderAnIDIsInvalid(t *testing.T) {
	for _, nature := range []catalog.Effect{catalog.Natural{}, catalog.Unsafe{}} {
		t.Run(nature.String(), func(t *testing.T) {
			f := newFixture(catalog.Function{Effect: nature}, nothing)
			body := onBus(t, order(t, "1"))
			deliver(t, f, sqsEvent(t, message{id: "a", body: body}))
			deliver(t, f, sqsEvent(t, message{id: "b", body: strings.Replace(body, "Lovelace", "Byron", 1)}))
			if len(f.queue.Sent) != 1 || f.queue.Attribute(0, "reason") != "payload-mismatch" || f.queue.Attribute(0, "fault") != "invalid" {
				t.Errorf("%d dead letters, want one payload-mismatch\n%s", len(f.queue.Sent), f.output)
			}
			refetched := order(t, "1")
			refetched.Refetched = true
			if failed := deliver(t, f, sqsEvent(t, message{id: "c", body: strings.Replace(onBus(t, refetched), "Lovelace", "Byron", 1)})); failed != nil || len(f.queue.Sent) != 1 {
				t.Errorf("data read anew is no mismatch: failed %v, %d dead letters", failed, len(f.queue.Sent))
			}
		})
	}
}

func TestSpanContinuesTheEventsTrace(t *testing.T) {
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	const xray = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	for sentence, c := range map[string]struct {
		parent, xray, traceID string
		sampled               bool
	}{
		"the event's traceparent leads":        {parent, xray, "0af7651916cd43dd8448eb211c80319c", true},
		"an X-Ray header is taken without one": {"", xray, "5759e988bd862e3fe1be46a994272793", true},
		"a broken traceparent is left aside":   {"00-zz-b7ad6b7169203331-01", xray, "5759e988bd862e3fe1be46a994272793", true},
		"an unsampled trace stays unsampled":   {strings.TrimSuffix(parent, "1") + "0", "", "0af7651916cd43dd8448eb211c80319c", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			var span trace.SpanContext
			var header event.Header
			f := newFixture(catalog.Function{}, func(ctx context.Context, e event.Event[retail.OrderCreated]) error {
				span, header = trace.SpanContextFromContext(ctx), e.Header
				return nil
			})
			raw := order(t, "1")
			raw.TraceParent = c.parent
			deliver(t, f, sqsEvent(t, message{id: "m", body: onBus(t, raw), trace: c.xray}))
			if span.TraceID().String() != c.traceID || span.IsSampled() != c.sampled {
				t.Errorf("trace %s sampled %v, want %s %v", span.TraceID(), span.IsSampled(), c.traceID, c.sampled)
			}
			if span.SpanID().String() == "b7ad6b7169203331" || !strings.Contains(header.TraceParent, span.SpanID().String()) {
				t.Errorf("span %s, header %s: want a child that the header names", span.SpanID(), header.TraceParent)
			}
			if got := f.output.Lines(t, "handled")[0]["traceid"]; got != c.traceID {
				t.Errorf("the line has trace %v", got)
			}
		})
	}
}
