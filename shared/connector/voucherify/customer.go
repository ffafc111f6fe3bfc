package voucherify

import (
	"context"
	"net/http"
	"net/url"

	"signalbox/shared/connector"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// member is a customer of the programme. A null empties a field.
type member struct {
	SourceID string  `json:"source_id"`
	Name     *string `json:"name"`
	Email    *string `json:"email"`
}

// UpsertCustomer creates or updates the customer with the account's name and e-mail
// address, and nothing else.
//
// https://docs.voucherify.io/api-reference/customers/create-customer
func (c *Client) UpsertCustomer(ctx context.Context, a retail.Account) error {
	return c.send(ctx, http.MethodPost, "/v1/customers", member{SourceID: a.ID, Name: orNull(a.Name()), Email: orNull(a.Email)})
}

// ForgetCustomer erases the customer with the shop's id and all data of the customer,
// points included. It returns false if there is no customer to erase, so it can be
// repeated.
//
// https://docs.voucherify.io/api-reference/customers/delete-customer-permanently
func (c *Client) ForgetCustomer(ctx context.Context, customerID string) (bool, error) {
	_, err := c.http.Do(ctx, connector.Request{
		Method: http.MethodPost, Path: "/v1/customers/" + url.PathEscape(customerID) + "/permanent-deletion", Repeatable: true,
	})
	if f := fault.Of(err); f != nil && f.Reason == system+"-not_found" {
		return false, nil
	}
	return err == nil, err
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
