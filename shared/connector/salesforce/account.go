package salesforce

import (
	"context"

	"signalbox/shared/event/retail"
)

// erased replaces an erased name that a record must have.
const erased = "Erased customer"

// UpsertAccount updates the customer's record from the account. Fields without a
// value in the account are emptied, except the name: an order may have set it, and
// a record must have one. Only a new record without a name gets the customer's id
// as its name.
func (c *Client) UpsertAccount(ctx context.Context, a retail.Account) error {
	err := c.upsert(ctx, c.customers, a.ID, c.customers.account(a, ""))
	if nameless(err, c.customers) {
		err = c.upsert(ctx, c.customers, a.ID, c.customers.account(a, a.ID))
	}
	return err
}

// EraseCustomer empties every field of the customer's record that the setting
// SALESFORCE_CUSTOMER_FIELDS maps; a name becomes "Erased customer". The record
// stays with its external id, since orders refer to it. A missing record is
// created, so that a search for the customer finds the erasure.
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
