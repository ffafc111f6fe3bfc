// Package klaviyo records what customers did on their Klaviyo profiles, and how
// much there is of what the catalog offers them.
//
// # Delivery
//
// An event carries our event's id as its unique_id, so a repetition is recorded
// once per profile and metric. Klaviyo answers 202 when it has taken the event,
// before it shows.
//
// # Personal data
//
// A profile is named by e-mail address and the shop's customer id; neither names
// nor addresses are sent.
//
// # Errors
//
// The reason of a refusal is Klaviyo's code, "klaviyo-invalid"; the text names
// the field and never quotes a detail, which may hold values.
//
// # Limits
//
// 350 requests a second and 3,500 a minute, of the catalog 75 and 700; a 429 tells
// how long to wait. The API key needs the scopes events:write and catalogs:write.
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
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
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

// New returns a client. The error says which setting or secret is wrong.
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
	body, err := strictjson.Marshal(document[eventAttributes]{placedOrder(id, o)})
	if err != nil {
		return fault.Refuse(system+"-encode", errors.New("the event cannot be encoded"))
	}
	_, err = c.http.Do(ctx, connector.Request{
		Method:      http.MethodPost,
		Path:        "/api/events",
		ContentType: mediaType,
		Body:        body,
		Repeatable:  true,
	})
	return err
}
