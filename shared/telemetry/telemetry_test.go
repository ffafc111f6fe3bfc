package telemetry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"go.opentelemetry.io/otel/trace"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

const canary = "k4n4r13"

func TestLogNeverShowsWhatIsClassified(t *testing.T) {
	person := retail.Customer{ID: "c1", Email: canary, FirstName: canary, LastName: canary}
	type nested struct {
		Patient map[string]string
		Note    string `class:"health"`
		Inner   *retail.Customer
		Many    []retail.Customer
		Raw     []byte
		Key     config.Secret
		private string
	}
	value := nested{map[string]string{canary: canary}, canary, &person, []retail.Customer{person}, []byte(canary), config.Secret(canary), canary}
	for sentence, attr := range map[string]slog.Attr{
		"a struct":              slog.Any("x", value),
		"a pointer":             slog.Any("x", &value),
		"an interface":          slog.Any("x", any(&value)),
		"an event":              slog.Any("x", event.Event[retail.OrderCreated]{Data: retail.OrderCreated{Order: retail.Order{Customer: person, PaymentMethod: canary}}}),
		"a raw event":           slog.Any("x", event.Raw{Data: []byte(`{"a":"` + canary + `"}`)}),
		"a group":               slog.Group("g", slog.Any("x", value)),
		"a secret":              slog.Any("x", config.Secret(canary)),
		"a map":                 slog.Any("x", map[string]any{"a": canary}),
		"bytes":                 slog.Any("x", []byte(canary)),
		"an unclassified error": slog.Any("x", fmt.Errorf("call: %w", errors.New(canary))),
		"a function":            slog.Any("x", func() string { return canary }),
	} {
		t.Run(sentence, func(t *testing.T) {
			var out bytes.Buffer
			log := New(&out, "INFO", "function", "test")
			log.Info("m", attr)
			log.With(attr).Info("m")
			log.WithGroup("g").Info("m", attr)
			if strings.Contains(out.String(), canary) {
				t.Errorf("shown:\n%s", out.String())
			}
			if n := strings.Count(out.String(), "\n"); n != 3 {
				t.Errorf("%d lines, want 3", n)
			}
		})
	}
}

func TestLogShowsWhatIsNotClassified(t *testing.T) {
	var out bytes.Buffer
	New(&out, "INFO", "function", "test").Info("m", "x", retail.Line{SKU: "SHIRT", Quantity: 2, UnitPrice: retail.Money{Currency: "EUR", Amount: 5}})
	for _, want := range []string{`"sku":"SHIRT"`, `"quantity":2`, `"unitPrice":{"currency":"EUR","amount":5`, `"function":"function"`, `"stage":"test"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in %s", want, out.String())
		}
	}
}

func TestLevelIsThatOfLambda(t *testing.T) {
	for word, want := range map[string][]slog.Level{
		"TRACE": {-4, 0, 4, 8}, "debug": {-4, 0, 4, 8}, "": {0, 4, 8}, "INFO": {0, 4, 8}, "nonsense": {0, 4, 8},
		"WARN": {4, 8}, "ERROR": {8}, "FATAL": nil,
	} {
		log := New(&bytes.Buffer{}, word, "f", "s")
		var got []slog.Level
		for _, l := range []slog.Level{-4, 0, 4, 8} {
			if log.Enabled(context.Background(), l) {
				got = append(got, l)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q writes %v, want %v", word, got, want)
		}
	}
}

func TestErrorText(t *testing.T) {
	for sentence, c := range map[string]struct {
		err  error
		want string
	}{
		"no error":                         {nil, ""},
		"a classified one":                 {fault.Retry("fedex-429", 0, errors.New("Too Many Requests")), "fedex-429: Too Many Requests"},
		"a wrapped classified one":         {fmt.Errorf(canary+": %w", fault.Field("data.id", "a string")), "invalid-event: data.id: expected a string"},
		"an unclassified one":              {fmt.Errorf("%s: %w", canary, errors.New(canary)), "*fmt.wrapError of *errors.errorString"},
		"an unclassified one made a fault": {fault.Of(errors.New(canary)), "*errors.errorString"},
		"a long one":                       {fault.Refuse(strings.Repeat("é", 300), nil), strings.Repeat("é", 250) + "…"},
	} {
		if got := ErrorText(c.err); got != c.want {
			t.Errorf("%s: %q, want %q", sentence, got, c.want)
		}
	}
}

func TestMetricsAreTheEmbeddedFormat(t *testing.T) {
	var m Metrics
	m.Count(catalog.MetricApplied, 2)
	m.Count(catalog.MetricApplied, 1)
	m.Count(catalog.MetricStale, 0)
	for i := range 150 {
		m.Observe(catalog.MetricHandleMs, time.Duration(i)*time.Millisecond)
	}
	var out lineCounter
	at := time.UnixMilli(1795363866017)
	if err := m.Write(&out, at, Dimensions{Stage: "test", Function: "f", EventType: "order.created"}); err != nil {
		t.Fatal(err)
	}
	if len(out.writes) != 2 {
		t.Fatalf("%d writes, want one per hundred values", len(out.writes))
	}
	total := 0
	for i, w := range out.writes {
		var line struct {
			AWS struct {
				Timestamp         int64
				CloudWatchMetrics []struct {
					Namespace  string
					Dimensions [][]string
					Metrics    []struct{ Name, Unit string }
				}
			} `json:"_aws"`
			Stage, Function, EventType string
			Applied                    int
			HandleMs                   []float64
		}
		if err := json.Unmarshal(w, &line, json.RejectUnknownMembers(true)); err != nil || w[len(w)-1] != '\n' {
			t.Fatalf("%v: %s", err, w)
		}
		d := line.AWS.CloudWatchMetrics[0]
		if line.AWS.Timestamp != at.UnixMilli() || d.Namespace != "Signalbox" || fmt.Sprint(d.Dimensions) != "[[Stage Function] [Stage EventType]]" ||
			line.Stage != "test" || line.Function != "f" || line.EventType != "order.created" {
			t.Errorf("line %s", w)
		}
		if i == 0 && (line.Applied != 3 || fmt.Sprint(d.Metrics) != "[{Applied Count} {HandleMs Milliseconds}]") {
			t.Errorf("line %s", w)
		}
		if len(line.HandleMs) > 100 {
			t.Errorf("%d values in a line", len(line.HandleMs))
		}
		total += len(line.HandleMs)
	}
	if total != 150 {
		t.Errorf("%d values, want 150", total)
	}
	if err := m.Write(&out, at, Dimensions{}); err != nil || len(out.writes) != 2 {
		t.Error("what was written is written again")
	}
}

type lineCounter struct{ writes [][]byte }

func (l *lineCounter) Write(p []byte) (int, error) {
	l.writes = append(l.writes, bytes.Clone(p))
	return len(p), nil
}

func TestSpanOfADeliveryIsAlwaysTheSame(t *testing.T) {
	h := event.Header{ID: "1", CorrelationID: "c"}
	ctx, first := Span(context.Background(), "f", h, "m/1")
	_, again := Span(context.Background(), "f", h, "m/1")
	_, other := Span(context.Background(), "f", h, "m/2")
	_, sibling := Span(context.Background(), "g", event.Header{ID: "2", CorrelationID: "c"}, "m/1")
	if first.TraceParent != again.TraceParent || first.TraceParent == other.TraceParent {
		t.Errorf("%s, %s, %s", first.TraceParent, again.TraceParent, other.TraceParent)
	}
	if first.TraceParent[:36] != sibling.TraceParent[:36] {
		t.Error("two events of one story are in two traces")
	}
	if s := trace.SpanContextFromContext(ctx); !s.IsValid() || s.IsSampled() || TraceID(ctx) != s.TraceID().String() || TraceID(context.Background()) != "" {
		t.Errorf("span %+v", s)
	}
}

func TestTraceStateFollowsItsParentOnly(t *testing.T) {
	h := event.Header{ID: "1", TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", TraceState: "vendor=1"}
	ctx, _ := Span(context.Background(), "f", h, "m/1")
	if got := trace.SpanContextFromContext(ctx).TraceState().String(); got != "vendor=1" {
		t.Errorf("state %q", got)
	}
	h.TraceParent = "broken"
	if ctx, h := Span(context.Background(), "f", h, "m/1"); h.TraceState != "" || trace.SpanContextFromContext(ctx).TraceState().Len() != 0 {
		t.Errorf("state %q of another trace", h.TraceState)
	}
}

func FuzzTraceHeaders(f *testing.F) {
	f.Add("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
	f.Add("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", "Root=1-5759e988-bd862e3fe1be46a994272793")
	f.Add("", "Self=1;Root=;;=")
	f.Fuzz(func(t *testing.T, parent, xray string) {
		ctx, h := Span(context.Background(), "f", event.Header{ID: "1", TraceParent: parent}, "m/1", xray)
		if _, ok := parseTraceParent(h.TraceParent); !ok || !trace.SpanContextFromContext(ctx).IsValid() {
			t.Fatalf("%q %q gave %q", parent, xray, h.TraceParent)
		}
	})
}

func Example() {
	log := New(os.Stdout, "INFO", "order-created-crm", "dev")
	without := slog.New(dropTime{log.Handler()})
	without.Info("customer", "data", retail.Customer{ID: "7", Email: "ada@example.com"})
	// Output:
	// {"level":"INFO","msg":"customer","function":"order-created-crm","stage":"dev","data":{"id":"7","email":"[personal]","firstName":"[personal]","lastName":"[personal]"}}
}

// dropTime makes a line comparable.
type dropTime struct{ slog.Handler }

func (d dropTime) Handle(ctx context.Context, r slog.Record) error {
	r.Time = time.Time{}
	return d.Handler.Handle(ctx, r)
}

func TestALineHasItsTimeWhereLambdaReadsIt(t *testing.T) {
	var out bytes.Buffer
	New(&out, "INFO", "order-created-crm", "dev").Info("handled")
	var line struct {
		Timestamp time.Time `json:"timestamp"`
		Level     string    `json:"level"`
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if time.Since(line.Timestamp) > time.Minute || line.Level != "INFO" {
		t.Errorf("got %s: Lambda drops lines without timestamp and level once a level above INFO is set", out.Bytes())
	}
}
