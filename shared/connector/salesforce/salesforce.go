// Package salesforce upserts customers, orders and returns in Salesforce.
//
//	client, err := salesforce.New(values)
//	if err := client.UpsertCustomer(ctx, order.Customer); err != nil {
//		return err
//	}
//	err = client.UpsertOrder(ctx, order) // refers to the customer's record
//
// # Delivery
//
// Every write is an upsert by an external id field that holds the shop's id
// (sObject Collections, REST API 64.0), so a repetition changes nothing. An order
// refers to its customer by the customer's external id, so the customer is upserted
// first; a guest's order refers to none.
//
// # Personal data
//
// A customer record holds only the fields that the setting
// SALESFORCE_CUSTOMER_FIELDS maps, by default the name, which an Account requires.
// An order record holds no personal data beyond the reference to its customer. A
// return's record, by default a Case, also holds the comments on the return, for
// the person who reads it.
//
// # Errors
//
// Salesforce reports most failures per record inside a 200. The reason of an error
// is its code in lower case, "salesforce-required-field-missing"; the text names
// the object and the fields and never quotes a message, which may hold values.
//
// # Limits
//
// Requests are counted per organization and day; Usage returns the count. Sessions
// end without notice: after a 401 the client fetches a new token, once.
//
// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections_upsert.htm
package salesforce

import (
	"context"
	"sync/atomic"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/config"
	"signalbox/shared/connector"
	"signalbox/shared/event/retail"
)

const (
	system  = "salesforce"
	version = "v64.0"
)

// Client writes to one Salesforce organization. It is safe for concurrent use.
type Client struct {
	http      *connector.Client
	orders    table
	customers table
	returns   table
	usage     atomic.Pointer[Usage]
}

// New returns a client. The error names the wrong setting or secret.
func New(v config.Values) (*Client, error) {
	c := &Client{}
	var err error
	if c.orders, err = readTable(v, "SALESFORCE_ORDER", orderFields); err != nil {
		return nil, err
	}
	if c.customers, err = readTable(v, "SALESFORCE_CUSTOMER", customerFields); err != nil {
		return nil, err
	}
	if c.returns, err = readTable(v, "SALESFORCE_RETURN", returnFields); err != nil {
		return nil, err
	}
	grant, err := newBearer(v)
	if err != nil {
		return nil, err
	}
	c.http, err = connector.New(connector.Options{
		System:   system,
		BaseURL:  v.BaseURL(system),
		Auth:     connector.OAuth(system, false, grant.fetch),
		Classify: classify,
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// UpsertCustomer updates the customer's record from the event. Fields without a value
// in the event stay; only a new record that must have a name gets the customer's id
// as its name. The customer must have an id.
func (c *Client) UpsertCustomer(ctx context.Context, customer retail.Customer) error {
	err := c.upsert(ctx, c.customers, customer.ID, c.customers.customer(customer, ""))
	if nameless(err, c.customers) {
		err = c.upsert(ctx, c.customers, customer.ID, c.customers.customer(customer, customer.ID))
	}
	return err
}

// UpsertOrder updates the order's record from the event. The customer's record must
// exist, unless a guest ordered.
func (c *Client) UpsertOrder(ctx context.Context, order retail.Order) error {
	return c.upsert(ctx, c.orders, order.ID, c.orders.order(order, c.customers.idField))
}

func (t table) customer(c retail.Customer, standIn string) record {
	r := record{}
	name := joinNames(c.FirstName, c.LastName)
	if name == "" {
		name = standIn
	}
	last := c.LastName
	if last == "" {
		last = standIn
	}
	t.set(r, "name", name)
	t.set(r, "firstName", c.FirstName)
	t.set(r, "lastName", last)
	t.set(r, "email", c.Email)
	return r
}

func joinNames(first, last string) string {
	if first == "" || last == "" {
		return first + last
	}
	return first + " " + last
}

func (t table) order(o retail.Order, customerIDField string) record {
	r := record{}
	t.set(r, "number", o.Number)
	t.set(r, "currency", o.Total.Currency)
	t.set(r, "placedAt", o.PlacedAt.UTC().Format("2006-01-02T15:04:05.000Z"))
	if field := t.fields["total"]; field != "" {
		r[field] = jsontext.Value(o.Total.Decimal())
	}
	if field := t.fields["customer"]; field != "" && o.Customer.ID != "" {
		r[field] = map[string]string{customerIDField: o.Customer.ID}
	}
	return r
}
