package salesforce

import (
	"context"

	"signalbox/shared/event/retail"
)

// erased is what stands where a record must have a name and its own was erased.
const erased = "Erased customer"

// UpsertAccount makes the record of the customer say what the account says. What
// the account does not have is emptied, save for a name: an order may have brought
// one, and a record must have one. Only a record that is new is given the
// customer's id in its place.
func (c *Client) UpsertAccount(ctx context.Context, a retail.Account) error {
	err := c.upsert(ctx, c.customers, a.ID, c.customers.account(a, ""))
	if nameless(err, c.customers) {
		err = c.upsert(ctx, c.customers, a.ID, c.customers.account(a, a.ID))
	}
	return err
}

// EraseCustomer empties every field of the customer's record that the setting
// SALESFORCE_CUSTOMER_FIELDS maps; a name becomes "Erased customer". The record
// stays with its external id, for orders refer to it, and one that was not there
// is made, so that whoever looks for it finds what became of it.
func (c *Client) EraseCustomer(ctx context.Context, customerID string) error {
	r := record{}
	for attribute, field := range c.customers.fields {
		switch attribute {
		case "name", "lastName":
			r[field] = erased
		default:
			r[field] = nil
		}
	}
	return c.upsert(ctx, c.customers, customerID, r)
}

func (t table) account(a retail.Account, standIn string) record {
	r := t.customer(retail.Customer{Email: a.Email, FirstName: a.FirstName, LastName: a.LastName}, standIn)
	t.set(r, "name", a.Name())
	if a.Email == "" {
		t.clear(r, "email")
	}
	if a.FirstName == "" && a.LastName != "" {
		t.clear(r, "firstName")
	}
	return r
}
