package retail_test

import (
	"math"
	"testing"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
)

func account() retail.Account {
	return retail.Account{
		ID: "c-1", Version: 3, Email: "max@example.com", FirstName: "Max", LastName: "Muster",
		Address: &retail.Address{City: "Berlin", Country: "DE"},
	}
}

func TestCompleteAccountsAreValid(t *testing.T) {
	for name, p := range map[string]event.Payload{
		"a new account":          retail.CustomerCreated{Customer: account()},
		"a changed one":          retail.CustomerChanged{Customer: account()},
		"one of which only ids":  retail.CustomerChanged{Customer: retail.Account{ID: "c-1", Version: 1}},
		"a closed account":       retail.CustomerDeleted{CustomerID: "c-1"},
		"an erasure by its id":   retail.CustomerDeleted{CustomerID: "c-1", Erasure: true},
		"one that names its all": retail.CustomerDeleted{CustomerID: "c-1", Number: "K-1", Email: "max@example.com", Erasure: true},
	} {
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if p.Subject() != "c-1" || p.SchemaVersion() != 1 {
			t.Errorf("%s: version %d of subject %q", name, p.SchemaVersion(), p.Subject())
		}
	}
}

func TestAccountRules(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*retail.Account)
		want   string
	}{
		"an id":                           {func(a *retail.Account) { a.ID = "" }, "id: expected a non-empty string"},
		"a version":                       {func(a *retail.Account) { a.Version = 0 }, "version: expected a whole number above 0"},
		"a version below that of the end": {func(a *retail.Account) { a.Version = math.MaxInt64 - 1 }, "version: expected a whole number above 0"},
		"a country in its address":        {func(a *retail.Account) { a.Address = &retail.Address{Country: "de"} }, "address.country: expected an ISO 3166-1 alpha-2 code such as DE"},
	} {
		t.Run(name, func(t *testing.T) {
			a := account()
			c.change(&a)
			refused(t, retail.CustomerCreated{Customer: a}, "data.customer."+c.want)
			refused(t, retail.CustomerChanged{Customer: a}, "data.customer."+c.want)
		})
	}
	refused(t, retail.CustomerDeleted{Erasure: true}, "data.customerId: expected a non-empty string")
}

// Created, changed, closed, erased: each comes after the one before, whatever
// version the shop counted to.
func TestNothingComesAfterAnErasure(t *testing.T) {
	late := account()
	late.Version = math.MaxInt64 - 2
	last := int64(0)
	for i, p := range []event.Sequenced{
		retail.CustomerCreated{Customer: account()}, retail.CustomerChanged{Customer: late},
		retail.CustomerDeleted{CustomerID: "c-1"}, retail.CustomerDeleted{CustomerID: "c-1", Erasure: true},
	} {
		if p.Sequence() <= last {
			t.Errorf("step %d has sequence %d after %d", i, p.Sequence(), last)
		}
		last = p.Sequence()
	}
}

func TestAnAccountIsNamedByPersonOrCompany(t *testing.T) {
	for want, a := range map[string]retail.Account{
		"Max Muster": {FirstName: "Max", LastName: "Muster", Company: "Acme"},
		"Max":        {FirstName: "Max"},
		"Muster":     {LastName: "Muster"},
		"Acme":       {Company: "Acme"},
		"":           {},
	} {
		if got := a.Name(); got != want {
			t.Errorf("%+v is named %q, want %q", a, got, want)
		}
	}
}
