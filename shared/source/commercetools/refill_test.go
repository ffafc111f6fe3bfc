package commercetools

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// queried is a notification's message as a query for it answers.
func queried(t *testing.T, notification []byte) []byte {
	t.Helper()
	n := decode(t, notification)
	if data, ok := n["data"].(object); ok {
		n = data
	}
	delete(n, "notificationType")
	delete(n, "projectKey")
	return encode(t, n)
}

// What a query finds becomes the same events as what was delivered.
func TestMessageThatIsFoundBecomesTheEventsOfTheOneDelivered(t *testing.T) {
	for _, file := range []string{
		"order-created", "order-created.second", "order-created.cloudevents", "order-created.minimal", "order-imported", "order-created-from-recurring-order",
	} {
		delivered := sample(t, file+".json")
		want, err := source(t).Open(t.Context(), delivered)
		if err != nil || len(want) == 0 {
			t.Fatalf("%s: %d events, %v", file, len(want), err)
		}
		found, err := Notification("acme-dev", queried(t, delivered))
		if err != nil {
			t.Fatal(err)
		}
		got, err := source(t).Open(t.Context(), found)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: delivered and found:\n%s", file, diff)
		}
	}
}

func TestMessageThatIsTooLargeIsSentWithoutWhatItTells(t *testing.T) {
	n := decode(t, queried(t, sample(t, "order-created.json")))
	n["order"].(object)["note"] = strings.Repeat("x", maxNotification)
	found, err := Notification("acme-dev", encode(t, n))
	if err != nil || len(found) > 4096 {
		t.Fatalf("%d bytes, %v", len(found), err)
	}
	read, err := unwrap(found)
	if err != nil || read.messageType() != "OrderCreated" || read.PayloadNotIncluded == nil || read.ID == "" || read.Resource.ID == "" {
		t.Errorf("%+v, %v", read, err)
	}
}

// An arrival is reported before anything else can go wrong, and only of what the
// back-fill looks for.
func TestArrivalsAreTold(t *testing.T) {
	created := decode(t, sample(t, "order-created.json"))
	for name, c := range map[string]struct {
		body object
		want string
	}{
		"a message":                        {created, created["id"].(string)},
		"one that cannot be understood":    {with(created, "order", "x"), created["id"].(string)},
		"one of another project":           {with(created, "projectKey", "other"), ""},
		"one of a type nothing maps":       {with(created, "type", "OrderRouteRecalculated"), ""},
		"a change, which has no message":   {decode(t, sample(t, "resource-updated.inventory.json")), ""},
		"a message without its own fields": {decode(t, sample(t, "order-created.payload-not-included.json")), decode(t, sample(t, "order-created.payload-not-included.json"))["id"].(string)},
	} {
		t.Run(name, func(t *testing.T) {
			s := knowing(t, nil)
			reported := ""
			s.Arrived = func(_ context.Context, id string) { reported += id }
			func() {
				defer func() { _ = recover() }()
				_, _ = s.Open(t.Context(), encode(t, c.body))
			}()
			if reported != c.want {
				t.Errorf("reported %q, want %q", reported, c.want)
			}
		})
	}
}

func FuzzNotification(f *testing.F) {
	f.Add([]byte(`{"id":"m-1","type":"OrderCreated","resource":{"typeId":"order","id":"o"},"order":{"id":"o"}}`))
	f.Add([]byte(`{"notificationType":"x","projectKey":7}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, message []byte) {
		body, err := Notification("acme-dev", message)
		if err != nil {
			return
		}
		if n, err := unwrap(body); err == nil && (n.NotificationType != "Message" || n.ProjectKey != "acme-dev") {
			t.Errorf("%s", body)
		}
		if len(body) > 2*maxNotification {
			t.Errorf("%d bytes", len(body))
		}
	})
}
