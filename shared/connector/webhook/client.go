// Package webhook sends signed purchase requests to suppliers that have no EDI,
// as Standard Webhooks 1.0.0:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
//
//	client, err := webhook.New(values, time.Now)
//	if client.Supplies(sku) {
//		err = client.Send(ctx, webhook.Order{ID: e.ID, SKU: sku, At: e.Data.At})
//	}
//
// # Delivery
//
// A repeated request has the same webhook-id, by which the supplier recognizes it,
// and a new timestamp. It is signed with every key of the supplier, so that a key
// can be replaced without interruption.
//
// # Errors
//
// Those of package connector, except for 410: the supplier accepts no more webhooks.
// That is Permanent with the reason "webhook-gone", until an operator removes the
// supplier from the settings. Redirects are refused: correct the address in the
// settings instead.
//
// # Limits
//
// Addresses are https and public. The resolved IP address is checked when the client
// connects, so that no name leads into our own network.
package webhook

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/shared/config"
	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// System is the ID of the suppliers' webhooks in the catalog.
const System = "webhook"

// TypePurchase is the type of the requests.
const TypePurchase = "purchase.requested"

// timeout is the shortest that the specification recommends.
const timeout = 15 * time.Second

// maxAnswerHours is the longest time that a supplier may be given, a year.
const maxAnswerHours = 365 * 24

// Client sends to all suppliers of a stage. It is safe for concurrent use.
type Client struct {
	endpoints map[string]endpoint // by SKU
	now       func() time.Time
}

type endpoint struct {
	http *connector.Client
	path string
	keys []key
	item Item

	supplier     string
	answerWithin time.Duration
}

// Item is how a SKU is ordered.
type Item struct {
	// Part is the supplier's part number.
	Part string `json:"part"`
	// Quantity is how many are ordered at a time.
	Quantity int64 `json:"quantity"`
}

// Purchase is the content of a request, the member "data" of the body.
type Purchase struct {
	// OrderNumber is our number of the order, the same for every repetition.
	OrderNumber string `json:"orderNumber"`
	SKU         string `json:"sku"`
	Part        string `json:"part"`
	Quantity    int64  `json:"quantity"`
}

// Order is a purchase of one SKU.
type Order struct {
	// ID identifies the order permanently, without full stops; it becomes webhook-id.
	ID string
	// At is the time of the event that caused the order.
	At  time.Time
	SKU string
}

// New returns a client. If the stage sets an address for the system, it replaces the
// host of every supplier. now is the clock for the timestamps. The error names the
// wrong setting.
func New(v config.Values, now func() time.Time) (*Client, error) {
	var suppliers map[string]struct {
		URL         string          `json:"url"`
		AnswerHours int64           `json:"answerHours"`
		SKUs        map[string]Item `json:"skus"`
	}
	if err := v.JSON("WEBHOOK_SUPPLIERS", &suppliers); err != nil {
		return nil, err
	}
	var secrets map[string]string
	if err := strictjson.Unmarshal("secret of webhook: key signing_secrets", []byte(v.Secret(System, "signing_secrets").Reveal()), &secrets); err != nil {
		return nil, err
	}
	c := &Client{endpoints: map[string]endpoint{}, now: now}
	for _, name := range slices.Sorted(maps.Keys(suppliers)) {
		field := "WEBHOOK_SUPPLIERS." + name
		e, err := newEndpoint(suppliers[name].URL, v.BaseURL(System))
		if err != nil {
			return nil, fmt.Errorf("%s.url: %w", field, err)
		}
		e.supplier, e.answerWithin = name, time.Duration(suppliers[name].AnswerHours)*time.Hour
		if suppliers[name].AnswerHours < 0 || suppliers[name].AnswerHours > maxAnswerHours {
			return nil, fmt.Errorf("%s.answerHours: expected 0 to %d", field, maxAnswerHours)
		}
		if e.keys, err = parseKeys(secrets[name]); err != nil {
			return nil, fmt.Errorf("secret of webhook: signing_secrets.%s: %w", name, err)
		}
		for sku, item := range suppliers[name].SKUs {
			_, taken := c.endpoints[sku]
			switch {
			case taken:
				return nil, fmt.Errorf("%s.skus: expected no SKU of another supplier", field)
			case sku == "" || item.Part == "":
				return nil, fmt.Errorf("%s.skus: expected a SKU and a part", field)
			case item.Quantity < 1:
				return nil, fmt.Errorf("%s.skus.%s.quantity: expected a whole number above 0", field, sku)
			}
			e.item = item
			c.endpoints[sku] = e
		}
	}
	return c, nil
}

// newEndpoint returns a separate client for an address: suppliers share neither
// credentials nor connections.
func newEndpoint(address, instead string) (endpoint, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return endpoint{}, errors.New("expected an https address without query and fragment")
	}
	base := "https://" + u.Host
	if instead != "" {
		base = instead
	}
	if u.User != nil {
		return endpoint{}, errors.New("expected no user in the address")
	}
	client, err := connector.New(connector.Options{
		System: System, BaseURL: base, Timeout: timeout, Classify: classify,
		Header: http.Header{"Accept": {"*/*"}},
	})
	return endpoint{http: client, path: u.EscapedPath()}, err
}

// classify returns the fault of a 410; all other statuses have the usual meaning.
func classify(r connector.Response) error {
	if r.Status == http.StatusGone {
		return fault.Refuse(System+"-gone", errors.New("supplier: expected an address that accepts webhooks"))
	}
	return nil
}

// Supplies reports whether the SKU is ordered by webhook.
func (c *Client) Supplies(sku string) bool { _, ok := c.endpoints[sku]; return ok }

// Terms returns the SKU's supplier and how long it may take until goods arrive, 0 if
// the settings do not say.
func (c *Client) Terms(sku string) (supplier string, answerWithin time.Duration) {
	e := c.endpoints[sku]
	return e.supplier, e.answerWithin
}

// Send sends the order to the SKU's supplier. Supplies must report true for the SKU.
func (c *Client) Send(ctx context.Context, o Order) error {
	e, ok := c.endpoints[o.SKU]
	switch {
	case !ok:
		return fault.Refuse(System+"-supplier", errors.New("SKU: expected one of a supplier"))
	case o.ID == "" || strings.ContainsFunc(o.ID, func(r rune) bool { return r <= ' ' || r > '~' || r == '.' }):
		return fault.Refuse(System+"-id", errors.New("id: expected one that can be signed"))
	}
	body, err := strictjson.Marshal(struct {
		Type      string    `json:"type"`
		Timestamp time.Time `json:"timestamp"`
		Data      Purchase  `json:"data"`
	}{TypePurchase, o.At.UTC(), Purchase{OrderNumber: o.ID, SKU: o.SKU, Part: e.item.Part, Quantity: e.item.Quantity}})
	if err != nil {
		return fault.Refuse(System+"-request", errors.New("request: expected values that JSON can encode"))
	}
	attempt := strconv.FormatInt(c.now().Unix(), 10)
	var signatures []string
	for _, k := range e.keys {
		signatures = append(signatures, k.sign(o.ID, attempt, body))
	}
	_, err = e.http.Do(ctx, connector.Request{
		Method: http.MethodPost, Path: e.path, ContentType: "application/json", Body: body, Repeatable: true,
		Header: http.Header{
			"Webhook-Id": {o.ID}, "Webhook-Timestamp": {attempt}, "Webhook-Signature": {strings.Join(signatures, " ")},
		},
	})
	return err
}
