package commercetools

import (
	"context"
	"net/http"
	"net/url"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
)

// ViewCustomers is the scope that allows a client to read customers.
const ViewCustomers = "view_customers"

// Customer returns the customer with the given id as commercetools writes it, and
// nil if there is none. The client needs the scope ViewCustomers.
//
// https://docs.commercetools.com/api/projects/customers#get-customer-by-id
func (c *Client) Customer(ctx context.Context, id string) ([]byte, error) {
	response, err := c.http.Do(ctx, connector.Request{
		Method: http.MethodGet, Path: c.project + "/customers/" + url.PathEscape(id), Repeatable: true,
	})
	if f := fault.Of(err); f != nil && f.Reason == System+"-ResourceNotFound" {
		return nil, nil
	}
	return response.Body, err
}
