package queue

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
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
