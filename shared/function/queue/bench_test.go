package queue

import (
	"context"
	"fmt"
	"runtime/debug"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/idempotency"
	"signalbox/shared/telemetry"
)

// discard drops everything, and the ledger of the benchmark starts anew now and
// then, so that only the pipeline is measured.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkPipeline compares the whole pipeline (decode, validate, claim,
// handle, complete, log, metrics, partial response) with a bare typed
// aws-lambda-go handler that does nothing. The budget is a ratio of 1.
func BenchmarkPipeline(b *testing.B) {
	const records = 10
	invokes := make([][]byte, 64)
	for i := range invokes {
		var messages []message
		for j := range records {
			id := fmt.Sprintf("%d-%d", i, j)
			messages = append(messages, message{id: id, body: onBus(b, order(b, id))})
		}
		invokes[i] = sqsEvent(b, messages...)
	}
	b.Logf("%d bytes an invoke", len(invokes[0]))
	run := func(b *testing.B, h lambda.Handler, reset func()) {
		b.ReportAllocs()
		b.SetBytes(int64(len(invokes[0])))
		for i := range b.N {
			if i%len(invokes) == 0 {
				reset()
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			if _, err := h.Invoke(ctx, invokes[i%len(invokes)]); err != nil {
				b.Fatal(err)
			}
			cancel()
		}
		b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
	}
	b.Run("bare", func(b *testing.B) {
		run(b, lambda.NewHandler(func(context.Context, events.SQSEvent) (events.SQSEventResponse, error) {
			return events.SQSEventResponse{}, nil
		}), func() {})
	})
	for _, effect := range []catalog.Effect{catalog.Natural{}, catalog.Unsafe{}} {
		b.Run(effect.String(), func(b *testing.B) {
			f := newFixture(catalog.Function{Effect: effect}, func(context.Context, event.Event[retail.OrderCreated]) error { return nil })
			f.Out = discard{}
			// As Start does; the bare handler has Go's own default.
			defer debug.SetGCPercent(debug.SetGCPercent(300))
			f.Log = telemetry.New(discard{}, "INFO", "function", "test")
			run(b, f, func() { f.ledger = idempotency.NewMemory(time.Now) })
		})
	}
}
