package commercetools

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

var update = flag.Bool("update", false, "rewrite the golden events")

const samples = "../../../events-samples/commercetools"

// fetch is a Fetcher made of a function.
type fetch func(id string) ([]byte, error)

func (f fetch) Order(_ context.Context, id string) ([]byte, error) { return f(id) }
func (fetch) Inventory(context.Context, string) ([]byte, error)    { return nil, nil }
func (fetch) Customer(context.Context, string) ([]byte, error)     { return nil, nil }

// fetchEntry is a Fetcher of inventory entries made of a function.
type fetchEntry func(id string) ([]byte, error)

func (f fetchEntry) Inventory(_ context.Context, id string) ([]byte, error) { return f(id) }
func (fetchEntry) Order(context.Context, string) ([]byte, error) {
	return nil, errors.New("an order was read from commercetools")
}

func (fetchEntry) Customer(context.Context, string) ([]byte, error) { return nil, nil }

func (e fetchEntry) OrderWithPayments(ctx context.Context, id string) ([]byte, error) {
	return e.Order(ctx, id)
}

func (fetchEntry) OrdersOfPayment(context.Context, string) ([]jsontext.Value, error) {
	return nil, errors.New("an order was read from commercetools")
}

// OrdersOfPayment returns one order, and none where the function returns nothing.
func (f fetch) OrdersOfPayment(_ context.Context, id string) ([]jsontext.Value, error) {
	o, err := f(id)
	if err != nil || o == nil {
		return nil, err
	}
	return []jsontext.Value{o}, nil
}

func (f fetch) OrderWithPayments(_ context.Context, id string) ([]byte, error) { return f(id) }

// source opens notifications of the samples' project. Reading an order fails the test.
func source(t testing.TB) Source {
	return Source{
		Project: "acme-dev",
		Shop: fetch(func(string) ([]byte, error) {
			t.Error("an order was read from commercetools")
			return nil, errors.New("unexpected")
		}),
		Fields: Fields{PaymentMethod: "stripePaymentMethodId", RiskSession: "stripeRadarSession", Weight: "weightGrams"},
	}
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(samples, name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// The samples that become an event are compared with goldens; the one that
// stands for all others is the sample of the functions behind the bus.
func TestSamplesOfOrdersBecomeEvents(t *testing.T) {
	const own = "../../../events-samples/signalbox/"
	tests := map[string][]string{
		"order-created.json":                      {own + "order.created.json", own + "order.paid.prepaid.json"},
		"order-created.cloudevents.json":          {"testdata/order-created.cloudevents.json", "testdata/order-created.cloudevents.paid.json"},
		"order-created.second.json":               {"testdata/order-created.second.json", own + "order.paid.guest.json"},
		"order-created.no-payment-method.json":    {"testdata/order-created.no-payment-method.json"},
		"order-created.minimal.json":              {"testdata/order-created.minimal.json"},
		"order-created-from-recurring-order.json": {"testdata/order-created-from-recurring-order.json", "testdata/order-created-from-recurring-order.paid.json"},
		"order-imported.json":                     {"testdata/order-imported.json", "testdata/order-imported.paid.json"},
		"order-paid.json":                         {own + "order.paid.json"},
		"order-refunded.json":                     {own + "order.refunded.json"},
		"order-cancelled.json":                    {own + "order.cancelled.json"},
	}
	for name, goldens := range tests {
		t.Run(name, func(t *testing.T) {
			s := source(t)
			switch name {
			case "order-paid.json":
				s.Shop = fetch(func(string) ([]byte, error) { return orderOnAccount(t), nil })
			case "order-cancelled.json":
				s.Shop = fetch(func(string) ([]byte, error) { return encode(t, cancelledOrder(t)), nil })
			case "order-refunded.json":
				s.Shop = fetch(func(string) ([]byte, error) { return orderRefundedInFull(t), nil })
			}
			events, err := s.Open(t.Context(), sample(t, name))
			if err != nil || len(events) != len(goldens) {
				t.Fatalf("Open = %d events, %v; want %d", len(events), err, len(goldens))
			}
			for i, golden := range goldens {
				got, err := event.Encode(events[i])
				if err != nil {
					t.Fatal(err)
				}
				compareGolden(t, golden, got)
			}
		})
	}
}

func TestSamplesFromWhichNothingFollowsAreIgnoredWithTheirReason(t *testing.T) {
	tests := map[string]string{
		"test-notification.json":              "subscription-test",
		"unknown-type.json":                   "message-OrderRouteRecalculated",
		"order-state-changed.json":            "order-Confirmed",
		"order-payment-pending.json":          "payment-Pending",
		"customer-password-updated.json":      "message-CustomerPasswordUpdated",
		"event.import-container-created.json": "event-ImportContainerCreated",
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			events, err := source(t).Open(t.Context(), sample(t, name))
			var ignored *Ignored
			if !errors.As(err, &ignored) || ignored.Reason != want || len(events) != 0 {
				t.Errorf("Open = %d events, %v; want it ignored as %s", len(events), err, want)
			}
		})
	}
}

func TestSampleThatIsNotJSONIsInvalid(t *testing.T) {
	_, err := source(t).Open(t.Context(), sample(t, "malformed.json"))
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("Open: %v; want it invalid", err)
	}
}

// A sample that no test opens proves nothing.
func TestEverySampleIsListed(t *testing.T) {
	files, err := filepath.Glob(samples + "/*.json")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, file := range []string{"sample_test.go", "refetch_test.go", "payment_test.go", "transaction_test.go", "inventory_test.go", "return_test.go", "customer_test.go", "cancellation_test.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(text)
	}
	for _, file := range files {
		if !strings.Contains(tests.String(), `"`+filepath.Base(file)+`"`) {
			t.Errorf("no test opens %s", filepath.Base(file))
		}
	}
	if len(files) < 18 {
		t.Errorf("%d samples; want at least 18", len(files))
	}
}

// compareGolden compares JSON by its meaning; the goldens are indented for readers.
func compareGolden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		indented := jsontext.Value(slices.Clone(got))
		if err := indented.Indent(jsontext.WithIndent("  ")); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(indented, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var a, b any
	if err := errors.Join(json.Unmarshal(want, &a), json.Unmarshal(got, &b)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("the event differs from %s (-golden +got):\n%s", path, diff)
	}
}
