// Package klaviyo updates customers' Klaviyo profiles, records events on them, and
// sets the stock of catalog variants.
//
//	client, err := klaviyo.New(values)
//	err = client.UpsertProfile(ctx, e.Data.Customer)
//	err = client.PlacedOrder(ctx, e.ID, e.Data.Order) // the same id is recorded once
//	found, err := client.SetStock(ctx, sku, 7)
//
// # Delivery
//
// An event has our event's id as its unique_id, so a repetition is recorded once
// per profile and metric. Klaviyo answers 202 when it accepts the event, before the
// event is visible.
//
// # Personal data
//
// An event identifies its profile by e-mail address and the shop's customer id;
// names and postal addresses are not sent with it. A profile holds the data of the
// customer's account.
//
// # Errors
//
// The reason of a refusal is Klaviyo's code, "klaviyo-invalid"; the text names
// the field and never quotes a detail, which may hold values.
//
// # Limits
//
// For events 350 requests a second and 3,500 a minute, for profiles 75 and 750, for
// the catalog 75 and 700, for erasures 3 and 60; a 429 has a Retry-After.
//
// https://developers.klaviyo.com/en/reference/create_event
package klaviyo

import (
	"context"
	"errors"
	"net/http"

	"signalbox/shared/config"
	"signalbox/shared/connector"
	"signalbox/shared/event/retail"
)

const (
	system    = "klaviyo"
	revision  = "2026-07-15"
	mediaType = "application/vnd.api+json"
)

// Client writes to one Klaviyo account. It is safe for concurrent use.
type Client struct {
	http *connector.Client
}

// New returns a client. The error names the wrong setting or secret.
func New(v config.Values) (*Client, error) {
	key := v.Secret(system, "api_key")
	if key.Reveal() == "" {
		return nil, errors.New("secret of klaviyo: key api_key is missing")
	}
	c, err := connector.New(connector.Options{
		System:   system,
		BaseURL:  v.BaseURL(system),
		Auth:     connector.StaticAuth(http.Header{"Authorization": {"Klaviyo-API-Key " + key.Reveal()}}),
		Header:   http.Header{"Revision": {revision}, "Accept": {mediaType}},
		Classify: classify,
	})
	if err != nil {
		return nil, err
	}
	return &Client{http: c}, nil
}

// PlacedOrder records a Placed Order event under the given id on the profile of
// the order's customer, who must have an e-mail address or an id. The same id is
// recorded once.
func (c *Client) PlacedOrder(ctx context.Context, id string, o retail.Order) error {
	return c.post(ctx, "/api/events", document[eventAttributes]{placedOrder(id, o)})
}
