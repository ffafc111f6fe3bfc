package commercetools

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// fetchCustomer is a Fetcher of customers made of a function.
type fetchCustomer struct {
	fetch
	read func(id string) ([]byte, error)
}

func (f fetchCustomer) Customer(_ context.Context, id string) ([]byte, error) { return f.read(id) }

// knowingCustomer returns a source whose shop answers with the customer; nil is none.
func knowingCustomer(t testing.TB, customer object) Source {
	s := source(t)
	s.Shop = fetchCustomer{read: func(string) ([]byte, error) {
		if customer == nil {
			return nil, nil
		}
		return encode(t, customer), nil
	}}
	return s
}

// marchetti is the customer that commercetools' double knows.
func marchetti(t testing.TB) object {
	t.Helper()
	body, err := os.ReadFile("../../connector/commercetools/commercetoolstest/customer.json")
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, body)
}

func one(t *testing.T, s Source, body []byte) event.Raw {
	t.Helper()
	events, err := s.Open(t.Context(), body)
	if err != nil || len(events) != 1 {
		t.Fatalf("Open = %d events, %v; want one", len(events), err)
	}
	return events[0]
}

// The samples of the functions behind the bus are what those of commercetools become.
func TestSamplesOfCustomersBecomeEvents(t *testing.T) {
	for name, golden := range map[string]string{
		"customer-created.json":          "customer.created.json",
		"customer-created.minimal.json":  "customer.created.minimal.json",
		"customer-email-changed.json":    "customer.changed.json",
		"customer-deleted.json":          "customer.deleted.json",
		"resource-deleted.customer.json": "customer.deleted.erasure.json",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := event.Encode(one(t, knowingCustomer(t, marchetti(t)), sample(t, name)))
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, "../../../events-samples/signalbox/"+golden, got)
			if strings.Contains(string(got), "****") || strings.Contains(string(got), "assword") {
				t.Error("the password is mapped")
			}
		})
	}
}

// One version of a customer is one event, whichever messages report it.
func TestVersionOfACustomerIsOneEvent(t *testing.T) {
	message := decode(t, sample(t, "customer-email-changed.json"))
	later := with(marchetti(t), "version", 5.0)
	ids := map[string]string{}
	for name, c := range map[string]struct {
		body     object
		customer object
	}{
		"the address":               {message, marchetti(t)},
		"the name":                  {with(with(message, "type", "CustomerLastNameSet"), "id", "another"), marchetti(t)},
		"the group, without it":     {with(with(message, "type", nil), "payloadNotIncluded", object{"payloadType": "CustomerGroupSet"}), marchetti(t)},
		"the address, a version on": {message, later},
		"the name, a version on":    {with(message, "type", "CustomerFirstNameSet"), later},
	} {
		raw := one(t, knowingCustomer(t, c.customer), encode(t, c.body))
		if !raw.Refetched || raw.Type != retail.TypeCustomerChanged {
			t.Errorf("%s: %+v", name, raw.Header)
		}
		ids[name] = raw.ID
	}
	if a := ids["the address"]; a != ids["the name"] || a != ids["the group, without it"] || a == ids["the name, a version on"] {
		t.Errorf("ids %v", ids)
	}
	if ids["the address, a version on"] != ids["the name, a version on"] {
		t.Errorf("ids %v", ids)
	}
}

// A new customer whose payload did not fit is the same event as one that did.
func TestNewCustomerIsOneEventWhetherOrNotItFitted(t *testing.T) {
	whole := decode(t, sample(t, "customer-created.json"))
	now := with(whole["customer"].(object), "version", 3.0)
	cut := with(whole, "customer", nil)
	cut["payloadNotIncluded"] = object{"reason": "Payload too large.", "payloadType": "CustomerCreated"}
	reported := one(t, knowingCustomer(t, nil), encode(t, whole))
	read := one(t, knowingCustomer(t, now), encode(t, cut))
	if reported.ID != read.ID || reported.Refetched || !read.Refetched || reported.Sequence != 1 || read.Sequence != 3 {
		t.Errorf("reported %+v\nread %+v", reported.Header, read.Header)
	}
}

// Whichever notification of a deletion comes first, what it says is not lost: an
// erasure is a separate event, and it comes last.
func TestErasureIsNotLostWhicheverNotificationComesFirst(t *testing.T) {
	message := decode(t, sample(t, "customer-deleted.json"))
	change := object{
		"notificationType": "ResourceDeleted", "projectKey": "acme-dev", "resource": message["resource"],
		"version": 11.0, "modifiedAt": "2026-03-07T10:21:09.774Z",
	}
	s := source(t)
	closed := one(t, s, encode(t, message))
	again := one(t, s, encode(t, change))
	erased := one(t, s, encode(t, with(change, "dataErasure", true)))
	if closed.ID != again.ID || closed.ID == erased.ID || closed.Subject != erased.Subject || closed.Sequence >= erased.Sequence {
		t.Errorf("closed %+v\nagain %+v\nerased %+v", closed.Header, again.Header, erased.Header)
	}
	if !closed.Refetched || !erased.Refetched {
		t.Error("the notification that knows the address passes for a forgery of the one that does not")
	}
}

// What our client did to a customer was done by a shop that shares it with us.
func TestDeletionUnderOurClientsNameIsNotLost(t *testing.T) {
	s := source(t)
	s.Client = "OurOwnApiClient"
	body := with(decode(t, sample(t, "customer-deleted.json")), "lastModifiedBy", object{"clientId": s.Client})
	if raw := one(t, s, encode(t, body)); raw.Type != retail.TypeCustomerDeleted {
		t.Errorf("became %s", raw.Type)
	}
}

func TestCustomerThatCannotBeTold(t *testing.T) {
	created := decode(t, sample(t, "customer-created.json"))
	customer := created["customer"].(object)
	changed := decode(t, sample(t, "customer-email-changed.json"))
	erased := decode(t, sample(t, "resource-deleted.customer.json"))
	now := marchetti(t)
	for name, c := range map[string]struct {
		body object
		now  object
		want string
	}{
		"of another project":              {with(created, "projectKey", "other"), nil, "commercetools-foreign-project: message: expected the project of this stage"},
		"of another type of resource":     {with(changed, "resource", object{"typeId": "order", "id": "x"}), now, `invalid-event: notification.resource.typeId: expected "customer"`},
		"without an id":                   {with(changed, "resource", object{"typeId": "customer"}), now, "invalid-event: notification.resource.id: expected a non-empty string"},
		"a change without a version":      {with(changed, "resourceVersion", nil), now, "invalid-event: notification.resourceVersion: expected a whole number above 0"},
		"a change of who is gone":         {changed, nil, "ignored: customer-gone"},
		"a state older than the reported": {changed, with(now, "version", 3.0), "commercetools-behind: customer: expected at least the reported version"},
		"another customer":                {changed, with(now, "id", "x"), "invalid-event: customer.id: expected the id of the notification's resource"},
		"a customer without a version":    {with(created, "customer", with(customer, "version", nil)), nil, "invalid-event: customer.version: expected a whole number above 0"},
		"no customer":                     {with(created, "customer", nil), nil, "invalid-event: customer: expected an object"},
		"an address without a country":    {with(created, "customer", with(customer, "addresses", []any{object{"id": "Qk3vX0aT"}})), nil, "invalid-event: customer.addresses[0].country: expected an ISO 3166-1 alpha-2 code such as DE"},
		"an erasure that is not said":     {with(erased, "dataErasure", "yes"), nil, "invalid-event: notification.dataErasure: expected true or false"},
		"a message of a strange address":  {with(decode(t, sample(t, "customer-deleted.json")), "email", 7.0), nil, "invalid-event: notification.email: expected an e-mail address"},
		"a deletion without an id":        {with(erased, "resource", object{"typeId": "customer"}), nil, "invalid-event: notification.resource.id: expected a non-empty string"},
		"a change without a message":      {with(erased, "notificationType", "ResourceUpdated"), nil, "ignored: change-ResourceUpdated-customer"},
	} {
		t.Run(name, func(t *testing.T) {
			events, err := knowingCustomer(t, c.now).Open(t.Context(), encode(t, c.body))
			if err == nil || err.Error() != c.want || len(events) != 0 {
				t.Errorf("Open = %d events, %v; want %s", len(events), err, c.want)
			}
		})
	}
	want := fault.Retry("commercetools-500", 0, errors.New("down"))
	s := source(t)
	s.Shop = fetchCustomer{read: func(string) ([]byte, error) { return nil, want }}
	if _, err := s.Open(t.Context(), encode(t, changed)); err != want {
		t.Errorf("Open: %v; want %v", err, want)
	}
}

func TestAddressACustomerIsWrittenTo(t *testing.T) {
	address := func(id string) object { return object{"id": id, "city": "city of " + id, "country": "DE"} }
	both := []any{address("a"), address("b")}
	for name, c := range map[string]struct {
		customer object
		want     string
	}{
		"the default billing address":      {object{"addresses": both, "defaultBillingAddressId": "b", "defaultShippingAddressId": "a"}, "city of b"},
		"else the default shipping one":    {object{"addresses": both, "defaultShippingAddressId": "a"}, "city of a"},
		"else the only one":                {object{"addresses": both[1:]}, "city of b"},
		"of several none is picked":        {object{"addresses": both}, ""},
		"a default that is gone is passed": {object{"addresses": both, "defaultBillingAddressId": "x", "defaultShippingAddressId": "b"}, "city of b"},
		"there may be none":                {object{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			now := with(with(c.customer, "id", marchetti(t)["id"]), "version", 4.0)
			e, err := event.As[retail.CustomerChanged](one(t, knowingCustomer(t, now), sample(t, "customer-email-changed.json")))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if a := e.Data.Customer.Address; a != nil {
				got = a.City
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzCustomer holds that whatever is read of a customer, an event is valid or refused.
func FuzzCustomer(f *testing.F) {
	f.Add(encode(f, marchetti(f)))
	f.Add([]byte(`{"id":"4f8e1d72-c5a3-4096-b82d-3a7f50e9c614","version":9223372036854775807}`))
	f.Add([]byte(`{"id":"4f8e1d72-c5a3-4096-b82d-3a7f50e9c614","version":4,"addresses":[{"id":"","country":"de"}]}`))
	body := sample(f, "customer-email-changed.json")
	f.Fuzz(func(t *testing.T, customer []byte) {
		s := source(t)
		s.Shop = fetchCustomer{read: func(string) ([]byte, error) { return customer, nil }}
		events, err := s.Open(t.Context(), body)
		if err != nil {
			return
		}
		e, err := event.As[retail.CustomerChanged](events[0])
		if err != nil || e.Data.Customer.Version < 4 || e.Data.Validate() != nil {
			t.Errorf("%s became %+v, %v", customer, e.Data, err)
		}
	})
}
