// Package fedex creates, finds and cancels shipments and labels for returns with FedEx's REST APIs
// (Ship v1, Track v1): https://developer.fedex.com/api/en-us/catalog/ship/v1/docs.html
//
//	client, err := fedex.New(values)
//	shipment, found, err := client.FindShipment(ctx, e.ID, e.Time, time.Now()) // before a repetition
//	if !found {
//		shipment, err = client.CreateShipment(ctx, e.ID, e.Data.Order)
//	}
//	fmt.Println(shipment.TrackingNumber)
//
// # Delivery
//
// FedEx has no idempotency key: every accepted request creates a shipment, and
// x-customer-transaction-id is only echoed. A shipment therefore has, in addition
// to the order's number, a reference derived from the event that caused it.
// FindShipment looks it up after an ambiguous attempt and before a repetition. The
// client itself never repeats a creation.
//
// # Errors
//
// Reasons are "fedex-<status>" with FedEx's own codes in the text, "fedex-quota"
// when the day's quota is used up (retry after midnight GMT), "fedex-pending" when
// FedEx accepted a shipment but has not finished it, "fedex-customs" for a
// destination that needs customs data. The error for an address that FedEx does
// not accept is Invalid and names the field.
//
// # Limits
//
// 1,400 requests in 10 seconds and a daily quota per organization:
// https://developer.fedex.com/api/en-us/guides/ratelimits.html. One order is one
// package. Labels stay at FedEx, which returns their URL: a label holds personal
// data and would make answers about a hundred times larger. FedEx sets the date of
// a shipment to the day of the call, so that a retry days later does not request a
// day in the past.
package fedex

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"signalbox/shared/config"
	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

const (
	system = "fedex"
	// ratePerSecond is FedEx's 1,400 requests in 10 seconds.
	ratePerSecond = 140
	// tokenBlock is how long FedEx blocks an address that requested too many tokens.
	tokenBlock = 10 * time.Minute
)

// Client calls FedEx for one account. It is safe for concurrent use.
type Client struct {
	api      *connector.Client
	account  string
	service  string
	pickup   string
	shipper  party
	phone    string
	grams    int64
	interval time.Duration
}

// New returns a client for the account, sender and address in v. The error names
// the wrong setting.
func New(v config.Values) (*Client, error) {
	c := &Client{
		account: v.String("FEDEX_ACCOUNT"), service: v.String("FEDEX_SERVICE"), interval: time.Second,
	}
	if c.account == "" || c.service == "" {
		return nil, errors.New("FEDEX_ACCOUNT and FEDEX_SERVICE: expected both")
	}
	var err error
	if c.pickup, err = v.OneOf("FEDEX_PICKUP", "USE_SCHEDULED_PICKUP", "CONTACT_FEDEX_TO_SCHEDULE", "DROPOFF_AT_FEDEX_LOCATION"); err != nil {
		return nil, err
	}
	if c.grams, err = v.Int("FEDEX_DEFAULT_WEIGHT_GRAMS"); err != nil || c.grams < 1 {
		return nil, errors.New("FEDEX_DEFAULT_WEIGHT_GRAMS: expected a whole number above 0")
	}
	var from sender
	if err := v.JSON("FEDEX_SHIPPER", &from); err != nil {
		return nil, err
	}
	if c.shipper, err = from.party(); err != nil {
		return nil, err
	}
	if c.phone = digits(v.String("FEDEX_DEFAULT_PHONE")); len(c.phone) < 10 || len(c.phone) > 15 {
		return nil, errors.New("FEDEX_DEFAULT_PHONE: expected 10 to 15 digits")
	}
	grant, err := tokens(v)
	if err != nil {
		return nil, err
	}
	c.api, err = connector.New(connector.Options{
		System: system, BaseURL: v.BaseURL(system), Rate: ratePerSecond,
		Auth:     connector.OAuth(system, false, grant),
		Header:   http.Header{"X-Locale": {"en_US"}},
		Classify: func(r connector.Response) error { return classify(r, time.Now()) },
	})
	return c, err
}

// tokens returns what fetches an access token. FedEx takes the credentials in
// the body alone: https://developer.fedex.com/api/en-us/catalog/authorization/v1/docs.html
func tokens(v config.Values) (func(context.Context) (connector.Grant, error), error) {
	grant := clientcredentials.Config{
		ClientID:     v.Secret(system, "client_id").Reveal(),
		ClientSecret: v.Secret(system, "client_secret").Reveal(),
		TokenURL:     strings.TrimSuffix(v.BaseURL(system), "/") + "/oauth/token",
		AuthStyle:    oauth2.AuthStyleInParams,
	}
	if grant.ClientID == "" || grant.ClientSecret == "" {
		return nil, errors.New("secret of fedex: expected client_id and client_secret")
	}
	return func(ctx context.Context) (connector.Grant, error) {
		token, err := grant.Token(ctx)
		var refused *oauth2.RetrieveError
		if errors.As(err, &refused) && refused.Response.StatusCode == http.StatusForbidden {
			err = fault.Retry(system+"-token-403", tokenBlock, errors.New("FedEx blocks this address after too many token requests"))
		}
		return connector.Grant{Token: token}, err
	}, nil
}

// send sends a JSON document under the given transaction id and decodes the answer.
func (c *Client) send(ctx context.Context, r connector.Request, transaction string, document, into any) error {
	body, err := strictjson.Marshal(document)
	if err != nil {
		return fault.Refuse(system+"-request", fmt.Errorf("encode: %w", err))
	}
	r.Header = http.Header{"X-Customer-Transaction-Id": {transaction}}
	r.ContentType, r.Body = "application/json", body
	response, err := c.api.Do(ctx, r)
	if err != nil {
		return err
	}
	return c.api.Decode(response, into)
}

type account struct {
	Value string `json:"value"`
}

// Cancel cancels a shipment that FedEx has not picked up. The transaction id is
// echoed. A shipment that cannot be cancelled is a Permanent error.
func (c *Client) Cancel(ctx context.Context, transaction, trackingNumber string) error {
	request := struct {
		Account  account `json:"accountNumber"`
		Tracking string  `json:"trackingNumber"`
		Control  string  `json:"deletionControl"`
	}{account{c.account}, trackingNumber, "DELETE_ALL_PACKAGES"}
	var answer struct {
		Output struct {
			Cancelled bool `json:"cancelledShipment"`
		} `json:"output"`
	}
	err := c.send(ctx, connector.Request{Method: http.MethodPut, Path: "/ship/v1/shipments/cancel", Repeatable: true}, transaction, request, &answer)
	if err != nil {
		return err
	}
	if !answer.Output.Cancelled {
		return fault.Refuse(system+"-cancel", errors.New("answer: expected a cancelled shipment"))
	}
	return nil
}
