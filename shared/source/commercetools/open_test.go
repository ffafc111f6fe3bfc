package commercetools

import (
	"errors"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

type object = map[string]any

func decode(t testing.TB, body []byte) object {
	t.Helper()
	var o object
	if err := json.Unmarshal(body, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	body, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// with returns a copy of o in which a field has another value; nil removes it.
func with(o object, field string, value any) object {
	o = maps.Clone(o)
	if value == nil {
		delete(o, field)
	} else {
		o[field] = value
	}
	return o
}

func snsEnvelope(t testing.TB, message []byte) []byte {
	return encode(t, object{
		"Type": "Notification", "MessageId": "0c2f6a6e-9c3f-5a53-8e0d-38e2a1b4f0c5", "TopicArn": "arn:aws:sns:us-east-1:111122223333:orders",
		"Message": string(message), "Timestamp": "2026-03-04T16:21:07.800Z", "SignatureVersion": "1", "Signature": "c2lnbmVk",
		"SigningCertURL": "https://sns.us-east-1.amazonaws.com/cert.pem", "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
	})
}

func partnerEvent(t testing.TB, detail []byte) []byte {
	return encode(t, object{
		"version": "0", "id": "d1b5e0f2-6a3c-4f4e-9b7a-1c2d3e4f5a6b", "detail-type": "OrderCreated",
		"source": "aws.partner/commercetools.com/acme-dev/signalbox", "account": "111122223333", "time": "2026-03-04T16:21:08Z",
		"region": "us-east-1", "resources": []any{}, "detail": decode(t, detail),
	})
}

func cloudEvent(t testing.TB, data []byte) []byte {
	n := decode(t, data)
	return encode(t, object{
		"specversion": "1.0", "id": n["id"], "type": "com.commercetools.order.message.OrderCreated", "source": "/acme-dev/orders",
		"subject": n["resource"].(object)["id"], "time": n["createdAt"], "sequence": "1", "sequencetype": "Integer", "data": n,
	})
}

func TestSameMessageIsSameEventInEveryWrapping(t *testing.T) {
	plain := sample(t, "order-created.json")
	want, err := source(t).Open(t.Context(), plain)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string][]byte{
		"an SNS envelope":                             snsEnvelope(t, plain),
		"an EventBridge partner event":                partnerEvent(t, plain),
		"CloudEvents":                                 cloudEvent(t, plain),
		"CloudEvents in an SNS envelope":              snsEnvelope(t, cloudEvent(t, plain)),
		"CloudEvents in a partner event in SNS":       snsEnvelope(t, partnerEvent(t, cloudEvent(t, plain))),
		"a body with an undocumented field":           encode(t, with(decode(t, plain), "orderId", "x")),
		"a body that commercetools delivered earlier": plain,
	}
	for name, body := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := source(t).Open(t.Context(), body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("another event (-plain +wrapped):\n%s", diff)
			}
		})
	}
}

func TestBodiesThatCannotBeUnderstoodNameTheField(t *testing.T) {
	plain := sample(t, "order-created.json")
	n := decode(t, plain)
	anything := "a notification of commercetools, as it is or in CloudEvents, SNS or EventBridge"
	tests := map[string]struct {
		body string
		want string
	}{
		"nothing":                    {"", "body: expected an object"},
		"null":                       {"null", "body: expected " + anything},
		"an empty object":            {"{}", "body: expected " + anything},
		"a list":                     {"[]", "body: expected an object"},
		"a string":                   {`"x"`, "body: expected an object"},
		"two documents":              {string(plain) + "{}", "body: expected valid JSON"},
		"a name twice":               {`{"notificationType":"Message","notificationType":"Event"}`, "body.notificationType: expected each name once"},
		"a name twice deep inside":   {strings.Replace(string(plain), `"lineItems"`, `"lineItems":[],"lineItems"`, 1), "expected each name once"},
		"invalid UTF-8":              {"{\"notificationType\":\"\xff\"}", "body.notificationType: expected valid UTF-8"},
		"absurd nesting":             {strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000), "body: expected at most 100 levels of nesting"},
		"more than a MiB":            {`{"a":"` + strings.Repeat("a", 1<<20) + `"}`, "body: expected at most 1048576 bytes"},
		"names in another case":      {`{"NotificationType":"Message"}`, "body: expected " + anything},
		"a type that is a number":    {string(encode(t, with(n, "type", 5))), "body.type: expected a string"},
		"a time that is none":        {string(encode(t, with(n, "createdAt", "yesterday"))), "body.createdAt: expected a time in RFC 3339"},
		"a resource that is a list":  {string(encode(t, with(n, "resource", []any{}))), "body.resource: expected an object"},
		"no type":                    {string(encode(t, with(n, "type", nil))), "notification.type: expected the name of a message type"},
		"no id":                      {string(encode(t, with(n, "id", nil))), "notification.id: expected a non-empty string"},
		"no project":                 {string(encode(t, with(n, "projectKey", nil))), "notification.projectKey: expected a non-empty string"},
		"no resource":                {string(encode(t, with(n, "resource", nil))), `notification.resource.typeId: expected "order"`},
		"no resource id":             {string(encode(t, with(n, "resource", object{"typeId": "order"}))), "notification.resource.id: expected a non-empty string"},
		"no order":                   {string(encode(t, with(n, "order", nil))), "order: expected an object"},
		"an order that is null":      {strings.Replace(string(encode(t, with(n, "order", "§"))), `"§"`, "null", 1), "order: expected an object"},
		"an order of another id":     {string(encode(t, with(n, "resource", object{"typeId": "order", "id": "other"}))), "order.id: expected the id of the message's resource"},
		"another CloudEvents":        {`{"specversion":"0.3","data":{}}`, `body.specversion: expected "1.0"`},
		"CloudEvents without data":   {`{"specversion":"1.0","data_base64":"e30="}`, "body.data: expected an object"},
		"CloudEvents with null data": {`{"specversion":"1.0","data":null}`, "body.data: expected " + anything},
		"SNS without a message":      {`{"Type":"Notification","TopicArn":"a"}`, "body.Message: expected a string"},
		"SNS with an empty message":  {`{"Type":"Notification","TopicArn":"a","Message":""}`, "body.Message: expected an object"},
		"SNS with text":              {`{"Type":"Notification","TopicArn":"a","Message":"hello"}`, "body.Message: expected valid JSON"},
		"a partner event without":    {`{"detail-type":"OrderCreated","source":"s"}`, "body.detail: expected an object"},
		"endless wrapping": {string(snsEnvelope(t, snsEnvelope(t, snsEnvelope(t, snsEnvelope(t, plain))))),
			"body.Message.Message.Message.Message: expected a notification of commercetools"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			events, err := source(t).Open(t.Context(), []byte(test.body))
			if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), test.want) || len(events) != 0 {
				t.Errorf("Open = %d events, %v; want %s", len(events), err, test.want)
			}
			for _, secret := range []string{"Rosalind", "pm_1Sample", "Juniper", "hello"} {
				if err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("the error quotes the input: %v", err)
				}
			}
		})
	}
}

// commercetools sends every customer's notifications from one principal, so a
// stranger's subscription may reach our queue.
func TestMessageOfAnotherProjectIsRefused(t *testing.T) {
	body := encode(t, with(decode(t, sample(t, "order-created.json")), "projectKey", "stranger"))
	events, err := source(t).Open(t.Context(), body)
	if f := fault.Of(err); f == nil || f.Kind != fault.Permanent || f.Reason != "commercetools-foreign-project" || len(events) != 0 {
		t.Errorf("Open = %d events, %v; want it refused", len(events), err)
	}
}

func TestReasonsOfIgnoredNotificationsAreBounded(t *testing.T) {
	tests := map[string]struct{ body, want string }{
		"an unknown notification type":       {`{"notificationType":"ResourceRecovered","resource":{"typeId":"order","id":"1"}}`, "notification-ResourceRecovered"},
		"a message type with a space":        {`{"notificationType":"Message","type":"Max Mustermann"}`, "message-other"},
		"a message type with a line break":   {`{"notificationType":"Message","type":"A\nB"}`, "message-other"},
		"a message type of a thousand":       {`{"notificationType":"Message","type":"` + strings.Repeat("A", 1000) + `"}`, "message-other"},
		"a change without a resource":        {`{"notificationType":"ResourceDeleted"}`, "change-ResourceDeleted-other"},
		"an event without a type":            {`{"notificationType":"Event"}`, "event-other"},
		"an SNS subscription's confirmation": {`{"Type":"SubscriptionConfirmation","TopicArn":"a","Message":"You have chosen"}`, "sns-SubscriptionConfirmation"},
		"an unmapped message of a stranger":  {`{"notificationType":"Message","projectKey":"stranger","type":"OrderDeleted"}`, "message-OrderDeleted"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := source(t).Open(t.Context(), []byte(test.body))
			var ignored *Ignored
			if !errors.As(err, &ignored) || ignored.Reason != test.want {
				t.Errorf("Open: %v; want it ignored as %s", err, test.want)
			}
		})
	}
}

func TestOrdersThatMustNotStartAnythingAreIgnored(t *testing.T) {
	created, imported := decode(t, sample(t, "order-created.json")), decode(t, sample(t, "order-imported.json"))
	tests := map[string]struct {
		message object
		field   string
		value   string
		want    string
	}{
		"a cancelled order":                       {created, "orderState", "Cancelled", "order-cancelled"},
		"a complete order that was just placed":   {created, "orderState", "Complete", ""},
		"an imported order that is open":          {imported, "orderState", "Open", ""},
		"an imported order that is complete":      {imported, "orderState", "Complete", "order-imported-complete"},
		"an imported order that was shipped":      {imported, "shipmentState", "Shipped", "order-imported-complete"},
		"an imported order that was delivered":    {imported, "shipmentState", "Delivered", "order-imported-complete"},
		"an imported order that was cancelled":    {imported, "orderState", "Cancelled", "order-cancelled"},
		"an imported order that is being shipped": {imported, "shipmentState", "Ready", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := with(test.message["order"].(object), test.field, test.value)
			events, err := source(t).Open(t.Context(), encode(t, with(test.message, "order", o)))
			var ignored *Ignored
			switch {
			case test.want == "" && (err != nil || len(events) != 2):
				t.Errorf("Open = %d events, %v; want order.created and order.paid", len(events), err)
			case test.want != "" && (!errors.As(err, &ignored) || ignored.Reason != test.want):
				t.Errorf("Open: %v; want it ignored as %s", err, test.want)
			}
		})
	}
}

var reasonPattern = regexp.MustCompile(`^[a-z]+(-[A-Za-z0-9-]{1,64}){1,2}$`)

func FuzzOpen(f *testing.F) {
	for _, name := range []string{
		"order-created.json", "order-created.cloudevents.json", "order-created.minimal.json", "order-created.payload-not-included.json",
		"test-notification.json", "resource-updated.inventory.json", "event.import-container-created.json", "unknown-type.json", "malformed.json",
	} {
		f.Add(sample(f, name))
	}
	plain := sample(f, "order-created.minimal.json")
	f.Add(snsEnvelope(f, plain))
	f.Add(partnerEvent(f, plain))
	f.Add(snsEnvelope(f, cloudEvent(f, plain)))
	f.Add([]byte("null"))
	f.Add([]byte(`{"notificationType":null}`))
	s := source(f)
	order := encode(f, decode(f, plain)["order"])
	s.Shop = fetch(func(string) ([]byte, error) { return order, nil })
	f.Fuzz(func(t *testing.T, body []byte) {
		checkOpened(t, s, body)
	})
}

func FuzzOrder(f *testing.F) {
	for _, name := range []string{"order-created.json", "order-created.second.json", "order-created.minimal.json"} {
		f.Add(encode(f, decode(f, sample(f, name))["order"]))
	}
	f.Add([]byte(`{"id":"o","version":1,"createdAt":"2026-03-04T16:21:07Z","totalPrice":{"currencyCode":"EUR","centAmount":1,"fractionDigits":2},"lineItems":null,"customLineItems":[]}`))
	f.Fuzz(func(t *testing.T, order []byte) {
		var o struct {
			ID string `json:"id"`
		}
		_ = json.Unmarshal(order, &o)
		s := source(t)
		s.Shop = fetch(func(string) ([]byte, error) { return order, nil })
		checkOpened(t, s, encode(t, object{
			"notificationType": "Message", "projectKey": "acme-dev", "id": "m", "resource": object{"typeId": "order", "id": strings.ToValidUTF8(o.ID, "")},
			"createdAt": "2026-03-04T16:21:07Z", "payloadNotIncluded": object{"payloadType": "OrderCreated"},
		}))
	})
}

// checkOpened checks what holds for whatever is opened.
func checkOpened(t *testing.T, s Source, body []byte) {
	events, err := s.Open(t.Context(), body)
	if err != nil {
		var ignored *Ignored
		if errors.As(err, &ignored) {
			if !reasonPattern.MatchString(ignored.Reason) {
				t.Errorf("reason %q", ignored.Reason)
			}
		} else if kind := fault.KindOf(err); kind == fault.Retryable {
			t.Errorf("a body that will never be understood is tried again: %v", err)
		}
		if len(events) != 0 {
			t.Errorf("%d events beside an error", len(events))
		}
		return
	}
	again, err := s.Open(t.Context(), body)
	if diff := cmp.Diff(events, again); err != nil || diff != "" {
		t.Errorf("opened twice, the event differs: %v\n%s", err, diff)
	}
	for _, e := range events {
		encoded, err := event.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := event.Parse(encoded)
		if err != nil {
			t.Fatalf("the event cannot be read: %v", err)
		}
		switch parsed.Type {
		case retail.TypeOrderPaid:
			_, err = event.As[retail.OrderPaid](parsed)
		case retail.TypeOrderRefunded:
			_, err = event.As[retail.OrderRefunded](parsed)
		case retail.TypeReturnRequested:
			_, err = event.As[retail.ReturnRequested](parsed)
		case retail.TypeReturnReceived:
			_, err = event.As[retail.ReturnReceived](parsed)
		default:
			_, err = event.As[retail.OrderCreated](parsed)
		}
		if err != nil {
			t.Errorf("the event's data cannot be read: %v", err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	body, s := sample(b, "order-created.json"), source(b)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Open(b.Context(), body); err != nil {
			b.Fatal(err)
		}
	}
}
