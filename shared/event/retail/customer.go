package retail

import (
	"math"

	"signalbox/shared/event"
	"signalbox/shared/fault"
)

// Types of the events about customers.
const (
	TypeCustomerCreated event.Type = "customer.created"
	TypeCustomerChanged event.Type = "customer.changed"
	TypeCustomerDeleted event.Type = "customer.deleted"
)

// Account is a customer's whole account in the shop, as far as other systems
// need it. An empty field has no value in the shop.
type Account struct {
	// ID is the customer's id in the shop.
	ID string `json:"id"`
	// Number is the number people use; empty if the shop assigned none.
	Number string `json:"number,omitzero"`
	// Version is the shop's version of the account: the state with the higher
	// version is the newer one.
	Version   int64  `json:"version"`
	Email     string `json:"email,omitzero" class:"personal"`
	FirstName string `json:"firstName,omitzero" class:"personal"`
	LastName  string `json:"lastName,omitzero" class:"personal"`
	Company   string `json:"company,omitzero" class:"personal"`
	// Locale is a BCP 47 tag, empty if unknown.
	Locale string `json:"locale,omitzero"`
	// Group is the shop's id of the customer group; empty if the customer is in none.
	Group string `json:"group,omitzero"`
	// Address is the postal address: the default billing address, else the default
	// shipping address, else the only one.
	Address *Address `json:"address,omitzero"`
}

// Name returns first and last name, or the company's, and "" if there is neither.
func (a Account) Name() string {
	switch {
	case a.FirstName != "" && a.LastName != "":
		return a.FirstName + " " + a.LastName
	case a.FirstName+a.LastName != "":
		return a.FirstName + a.LastName
	}
	return a.Company
}

func (a Account) validate(field string) error {
	switch {
	case a.ID == "":
		return fault.Field(field+".id", "a non-empty string")
	case a.Version < 1 || a.Version >= afterAll:
		return fault.Field(field+".version", "a whole number above 0")
	case a.Address != nil && !isUpper(a.Address.Country, 2):
		return fault.Field(field+".address.country", "an ISO 3166-1 alpha-2 code such as DE")
	}
	return nil
}

// CustomerCreated is the data of customer.created: a customer opened an account.
type CustomerCreated struct {
	Customer Account `json:"customer"`
}

func (CustomerCreated) EventType() event.Type { return TypeCustomerCreated }
func (CustomerCreated) SchemaVersion() int    { return 1 }
func (p CustomerCreated) Subject() string     { return p.Customer.ID }
func (p CustomerCreated) Sequence() int64     { return p.Customer.Version }
func (p CustomerCreated) Validate() error     { return p.Customer.validate("data.customer") }

// CustomerChanged is the data of customer.changed: the account changed. It holds
// the whole account, so it can be applied without the earlier states.
type CustomerChanged struct {
	Customer Account `json:"customer"`
}

func (CustomerChanged) EventType() event.Type { return TypeCustomerChanged }
func (CustomerChanged) SchemaVersion() int    { return 1 }
func (p CustomerChanged) Subject() string     { return p.Customer.ID }
func (p CustomerChanged) Sequence() int64     { return p.Customer.Version }
func (p CustomerChanged) Validate() error     { return p.Customer.validate("data.customer") }

// afterAll is the sequence of a deletion and above that of every version: an id
// is never reused, so no state of the account follows its deletion.
const afterAll = math.MaxInt64 - 1

// CustomerDeleted is the data of customer.deleted. One deletion may cause two
// events, one without and one with Erasure.
type CustomerDeleted struct {
	CustomerID string `json:"customerId"`
	// Number is the number people used; empty if the shop does not report it.
	Number string `json:"number,omitzero"`
	// Email is the last address; empty if the shop does not report it.
	Email string `json:"email,omitzero" class:"personal"`
	// Erasure: all personal data of the customer must be deleted in every system,
	// as the GDPR demands. Without it only the account was closed.
	Erasure bool `json:"erasure,omitzero"`
}

func (CustomerDeleted) EventType() event.Type { return TypeCustomerDeleted }
func (CustomerDeleted) SchemaVersion() int    { return 1 }
func (p CustomerDeleted) Subject() string     { return p.CustomerID }

// Sequence is above that of every state of the account, and highest for an
// erasure: a late event does not undo it.
func (p CustomerDeleted) Sequence() int64 {
	if p.Erasure {
		return afterAll + 1
	}
	return afterAll
}

func (p CustomerDeleted) Validate() error {
	if p.CustomerID == "" {
		return fault.Field("data.customerId", "a non-empty string")
	}
	return nil
}
