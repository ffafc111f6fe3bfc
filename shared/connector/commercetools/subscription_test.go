package commercetools

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"signalbox/shared/connector/commercetools/commercetoolstest"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/fault"
)

// subscriber returns a client that may manage subscriptions and read messages.
// No operation of theirs is in the vendor's document, which is trimmed; their
// shapes are those of api-specs/api/types/subscription in
// commercetools/commercetools-api-reference, and the double refuses others.
func subscriber(t testing.TB) (*Client, *commercetoolstest.Double, *connectortest.Server) {
	t.Helper()
	double := commercetoolstest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	client, err := New(values(double, server.URL), ManageSubscriptions, ViewMessages)
	if err != nil {
		t.Fatal(err)
	}
	return client, double, server
}

const queue = "https://sqs.eu-central-1.amazonaws.com/123456789012/orders"

func draft() SubscriptionDraft {
	return SubscriptionDraft{
		Key:         "signalbox",
		Destination: Destination{Type: "SQS", QueueURL: queue, Region: "eu-central-1", AuthenticationMode: "IAM"},
		Messages:    []MessageSubscription{{ResourceTypeID: "order", Types: []string{"OrderCreated", "OrderImported"}}},
		Changes:     []ChangeSubscription{{ResourceTypeID: "inventory-entry"}},
	}
}

func TestDraftsAreWrittenAsTheVendorDescribesThem(t *testing.T) {
	for name, c := range map[string]struct {
		draft SubscriptionDraft
		want  string
	}{
		"SQS": {draft(), `{"key":"signalbox","destination":{"type":"SQS","queueUrl":"` + queue + `","region":"eu-central-1","authenticationMode":"IAM"},` +
			`"messages":[{"resourceTypeId":"order","types":["OrderCreated","OrderImported"]}],"changes":[{"resourceTypeId":"inventory-entry"}]}`},
		"SNS": {SubscriptionDraft{Key: "k1", Destination: Destination{Type: "SNS", TopicARN: "arn:aws:sns:eu-central-1:123456789012:x", AuthenticationMode: "IAM"}},
			`{"key":"k1","destination":{"type":"SNS","topicArn":"arn:aws:sns:eu-central-1:123456789012:x","authenticationMode":"IAM"}}`},
		"EventBridge": {SubscriptionDraft{Key: "k1", Destination: Destination{Type: "EventBridge", AccountID: "123456789012", Region: "eu-central-1"}},
			`{"key":"k1","destination":{"type":"EventBridge","region":"eu-central-1","accountId":"123456789012"}}`},
		"ConfluentCloud": {SubscriptionDraft{Key: "k1", Format: Format{Type: "CloudEvents", CloudEventsVersion: "1.0"},
			Destination: Destination{Type: "ConfluentCloud", BootstrapServer: "b:9092", APIKey: "a", APISecret: "s", Acks: "all", Topic: "orders", RecordKey: "r"}},
			`{"key":"k1","destination":{"type":"ConfluentCloud","bootstrapServer":"b:9092","apiKey":"a","apiSecret":"s","acks":"all","topic":"orders","key":"r"},"format":{"type":"CloudEvents","cloudEventsVersion":"1.0"}}`},
	} {
		got, err := json.Marshal(c.draft)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v\nwant %s", name, got, err, c.want)
		}
	}
}

func TestSubscriptionIsCreatedAdoptedChangedAndDeleted(t *testing.T) {
	client, double, _ := subscriber(t)
	put := func(d SubscriptionDraft) *Subscription {
		t.Helper()
		if err := client.PutSubscription(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		s, err := client.Subscription(t.Context(), d.Key)
		if err != nil || s == nil {
			t.Fatalf("%v, %v", s, err)
		}
		return s
	}
	if s := put(draft()); s.Version != 1 || s.Status != Healthy {
		t.Errorf("created: %+v", s)
	}
	reordered := draft()
	reordered.Messages[0].Types = []string{"OrderImported", "OrderCreated"}
	if s := put(reordered); s.Version != 1 {
		t.Errorf("the same in another order: version %d", s.Version)
	}
	more := draft()
	more.Messages = append(more.Messages, MessageSubscription{ResourceTypeID: "customer"})
	more.Changes = nil
	more.Destination.QueueURL += "-2"
	if s := put(more); s.Version != 2 || len(s.Messages) != 2 || len(s.Changes) != 0 || s.Destination.QueueURL != queue+"-2" {
		t.Errorf("changed: %+v", s)
	}
	double.SetStatus("signalbox", DeliveryStopped)
	if s := put(more); s.Version != 3 || s.Status != Healthy {
		t.Errorf("a stopped one is started by its destination: %+v", s)
	}
	for range 2 {
		if err := client.DeleteSubscription(t.Context(), "signalbox"); err != nil {
			t.Error(err)
		}
	}
	if s, err := client.Subscription(t.Context(), "signalbox"); s != nil || err != nil {
		t.Errorf("after its deletion: %v, %v", s, err)
	}
}

func TestSubscriptionThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*Client, *commercetoolstest.Double)
		change  func(*SubscriptionDraft)
		reason  string
	}{
		"a queue that takes no test message": {nil, func(d *SubscriptionDraft) {
			d.Destination.QueueURL = "https://sqs.eu-central-1.amazonaws.com/0000000000/orders"
		}, ReasonTestMessage},
		"a destination that the test message does not reach": {func(_ *Client, d *commercetoolstest.Double) {
			d.DeliverBy(func(map[string]any, []byte) error { return errors.New("AccessDenied") })
		}, nil, ReasonTestMessage},
		"nothing to subscribe to": {nil, func(d *SubscriptionDraft) { d.Messages, d.Changes = nil, nil }, "commercetools-InvalidInput"},
		"another format than the one that is there": {func(client *Client, _ *commercetoolstest.Double) {
			_ = client.PutSubscription(t.Context(), draft())
		}, func(d *SubscriptionDraft) { d.Format = Format{"CloudEvents", "1.0"} }, ReasonFormat},
		"one more than the project may have": {func(client *Client, _ *commercetoolstest.Double) {
			for i := range commercetoolstest.MaxSubscriptions {
				d := draft()
				d.Key = fmt.Sprint("other-", i)
				_ = client.PutSubscription(t.Context(), d)
			}
		}, nil, ReasonLimit},
	} {
		t.Run(name, func(t *testing.T) {
			client, double, _ := subscriber(t)
			if c.prepare != nil {
				c.prepare(client, double)
			}
			d := draft()
			if c.change != nil {
				c.change(&d)
			}
			err := client.PutSubscription(t.Context(), d)
			if f := fault.Of(err); f == nil || f.Reason != c.reason || f.Kind != fault.Permanent {
				t.Errorf("%v, want %s", err, c.reason)
			}
			if err != nil && strings.Contains(err.Error(), "0000000000") {
				t.Errorf("commercetools is quoted: %v", err)
			}
		})
	}
}

// faulty answers the nth request of a method with a fault.
func faulty(server *connectortest.Server, method string, n int, f connectortest.Fault) {
	seen := 0
	server.Script(func(r *http.Request) *connectortest.Fault {
		if r.Method != method || r.URL.Path == "/oauth/token" {
			return nil
		}
		if seen++; seen != n {
			return nil
		}
		return &f
	})
}

func TestFailureThatLeavesItOpenIsSettledByTheKey(t *testing.T) {
	for name, f := range map[string]connectortest.Fault{
		"a 500 after it was created":           {Status: 500, After: true},
		"a connection that broke after it was": {Reset: true, After: true},
		"a 500 before":                         {Status: 500},
	} {
		t.Run(name, func(t *testing.T) {
			client, double, server := subscriber(t)
			faulty(server, http.MethodPost, 1, f)
			if err := client.PutSubscription(t.Context(), draft()); err != nil {
				t.Fatal(err)
			}
			if _, ok := double.Subscription("signalbox"); !ok {
				t.Error("there is no subscription")
			}
			faulty(server, http.MethodDelete, 1, f)
			if err := client.DeleteSubscription(t.Context(), "signalbox"); err != nil {
				t.Error(err)
			}
		})
	}
}

// Somebody else changes the subscription between every reading and writing.
func TestConflictIsReadAndDecidedAnew(t *testing.T) {
	client, _, server := subscriber(t)
	if err := client.PutSubscription(t.Context(), draft()); err != nil {
		t.Fatal(err)
	}
	conflict := connectortest.Fault{Status: 409, Body: `{"statusCode":409,"errors":[{"code":"ConcurrentModification","currentVersion":7}]}`}
	changed := draft()
	changed.Changes = nil
	faulty(server, http.MethodPost, 1, conflict)
	if err := client.PutSubscription(t.Context(), changed); err != nil {
		t.Error(err)
	}
	faulty(server, http.MethodDelete, 1, conflict)
	if err := client.DeleteSubscription(t.Context(), "signalbox"); err != nil {
		t.Error(err)
	}
}

func FuzzSubscription(f *testing.F) {
	sample, err := os.ReadFile("testdata/subscription.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sample)
	f.Add([]byte(`{"key":"signalbox","version":1,"status":"New"}`))
	f.Add([]byte(`{"key":"signalbox","version":"1","destination":[]}`))
	client, double, server := subscriber(f)
	_ = double
	f.Fuzz(func(t *testing.T, body []byte) {
		server.Script(func(r *http.Request) *connectortest.Fault {
			if r.URL.Path == "/oauth/token" {
				return nil
			}
			return &connectortest.Fault{Status: 200, Body: string(body)}
		})
		defer server.Forget()
		s, err := client.Subscription(t.Context(), "signalbox")
		if err == nil && (s == nil || s.Version < 1 || s.Status == "" || s.Key != "signalbox") {
			t.Errorf("%+v", s)
		}
	})
}
