package queue

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/function/internal/functiontest"
	"signalbox/shared/idempotency"
	"signalbox/shared/telemetry"
)

// fixture is one function under test.
type fixture struct {
	*consumer
	queue  *functiontest.Queue
	output *functiontest.Output
	memory *idempotency.Memory
}

func newFixture[T event.Payload](f catalog.Function, handle Handler[T]) *fixture {
	q, out := &functiontest.Queue{}, &functiontest.Output{}
	if f.Effect == nil {
		f.Effect = catalog.Natural{}
	}
	if f.Name == "" {
		f.Name = "function"
	}
	var data T
	if q, ok := f.Trigger.(catalog.EventQueue); ok || f.Trigger == nil {
		q.Event = data.EventType()
		f.Trigger = q
	}
	memory := idempotency.NewMemory(time.Now)
	c := &consumer{
		Recorder: delivery.Recorder{
			Function: f, Stage: "test", Log: telemetry.New(out, "INFO", f.Name, "test"), Out: out, Now: time.Now, Queue: q, DLQURL: "dlq",
		},
		ledger: memory, queueURL: "queue",
	}
	setChain(c, handle)
	return &fixture{consumer: c, queue: q, output: out, memory: memory}
}

// deliver invokes the function with a deadline and returns the message ids that failed.
func deliver(t testing.TB, h interface {
	Invoke(context.Context, []byte) ([]byte, error)
}, payload []byte) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	answer, err := h.Invoke(ctx, payload)
	if err != nil {
		t.Fatalf("Invoke: %v", err)
	}
	return failures(t, answer)
}

func failures(t testing.TB, answer []byte) []string {
	t.Helper()
	var response struct {
		BatchItemFailures *[]struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(answer, &response, json.RejectUnknownMembers(true)); err != nil || response.BatchItemFailures == nil {
		t.Fatalf("the answer is no partial batch response: %v\n%s", err, answer)
	}
	var ids []string
	for _, f := range *response.BatchItemFailures {
		ids = append(ids, f.ItemIdentifier)
	}
	return ids
}

// message is one record of an SQS event.
type message struct {
	id, body, group string
	attempt         int
	fifo            bool
	trace           string
}

func sqsEvent(t testing.TB, messages ...message) []byte {
	t.Helper()
	records := []any{}
	for _, m := range messages {
		queue := "arn:aws:sqs:eu-central-1:1:queue"
		attributes := map[string]string{
			"ApproximateReceiveCount": fmt.Sprint(max(1, m.attempt)), "SentTimestamp": "1523232000000",
			"SenderId": "AIDA", "ApproximateFirstReceiveTimestamp": "1523232000001",
		}
		if m.fifo {
			queue += ".fifo"
			attributes["MessageGroupId"] = m.group
		}
		if m.trace != "" {
			attributes["AWSTraceHeader"] = m.trace
		}
		records = append(records, map[string]any{
			"messageId": m.id, "receiptHandle": "receipt-" + m.id, "body": m.body, "attributes": attributes,
			"messageAttributes": map[string]any{}, "md5OfBody": "0", "eventSource": "aws:sqs", "eventSourceARN": queue, "awsRegion": "eu-central-1",
		})
	}
	encoded, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// onBus wraps an event as EventBridge delivers it to a queue.
func onBus(t testing.TB, e event.Raw) string {
	t.Helper()
	detail, err := event.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"version":"0","id":"c8e4a9d2-0000-0000-0000-000000000000","detail-type":%q,"source":"signalbox","account":"1","time":"2026-11-22T10:00:00Z","region":"eu-central-1","resources":[],"detail":%s}`, e.Type, detail)
}

// order returns an order.created of a realistic size.
func order(t testing.TB, id string) event.Raw {
	t.Helper()
	line := func(n int) retail.Line {
		return retail.Line{
			ID: fmt.Sprintf("6d1f0a52-3a0e-4f0e-8f55-9a6f2c1b7e%02d", n), SKU: fmt.Sprintf("SHIRT-BLUE-%02d", n), Name: "Cotton shirt, blue, regular fit",
			Quantity: 2, UnitPrice: retail.Money{Currency: "EUR", Amount: 1999, FractionDigits: 2}, Total: retail.Money{Currency: "EUR", Amount: 3998, FractionDigits: 2}, WeightGrams: 240,
		}
	}
	address := &retail.Address{
		FirstName: "Ada", LastName: "Lovelace", Company: "Analytical Engines", Street: "St James's Square 12", Additional: "2nd floor",
		City: "München", State: "BY", PostalCode: "80331", Country: "DE", Phone: "+49891234567", Email: "ada@example.com",
	}
	raw, err := event.New(event.Origin{Source: "/commercetools/acme", ID: id, Time: time.Now().Add(-time.Second)}, retail.OrderCreated{Order: retail.Order{
		ID: id, Number: "A-" + id, Version: 1, PlacedAt: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
		Customer: retail.Customer{ID: "b2f0", Email: "ada@example.com", FirstName: "Ada", LastName: "Lovelace"}, Locale: "de-DE",
		Total: retail.Money{Currency: "EUR", Amount: 23988, FractionDigits: 2},
		Lines: []retail.Line{line(1), line(2), line(3), line(4), line(5), line(6)}, ShipTo: address, BillTo: address,
		ShippingMethod: "Standard EU", PaymentMethod: "pm_1234567890", RiskSession: "rse_1234567890",
	}})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
