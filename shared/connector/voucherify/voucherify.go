// Package voucherify writes customers, paid orders and cancelled orders to a
// Voucherify project, whose earning rules award points for paid orders:
// https://docs.voucherify.io/api-reference/orders/create-order
//
//	client, err := voucherify.New(values)
//	err = client.UpsertCustomer(ctx, e.Data.Customer)
//	err = client.PayOrder(ctx, order, amount)    // awards points
//	err = client.CancelOrder(ctx, order.ID)      // takes them back
//
// # Delivery
//
// An order has the shop's id as its source_id: creating it again updates it, and
// setting the status that it already has changes nothing. So every request can be
// repeated. A cancellation is an update and never an upsert: a cancellation that
// arrives before the payment waits until the order exists. So a late payment cannot
// award points that stay.
//
// # Amounts
//
// A project has one currency, VOUCHERIFY_CURRENCY, and counts in hundredths of it,
// whatever the currency's own minor unit is; fractions of a hundredth are dropped.
// An order in another currency is not converted but refused as
// "voucherify-currency".
//
// # Errors
//
// The reason of a refusal is Voucherify's key, "voucherify-invalid_payload"; its
// message and details may hold values and are never quoted. The cancellation of a
// missing order is "voucherify-order-unknown" and is retried.
//
// # Limits
//
// 2,000 requests a minute for an organization, 100 in the smaller plan:
// https://docs.voucherify.io/api-reference/limits. An order has at most 500 items.
package voucherify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"signalbox/shared/config"
	"signalbox/shared/connector"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

const (
	system = "voucherify"
	// maxItems is how many items Voucherify accepts in an order.
	maxItems = 500
	// unknownWait is how long a cancellation waits at least for its order.
	unknownWait = 30 * time.Second
)

// Client writes to one project. It is safe for concurrent use.
type Client struct {
	http     *connector.Client
	currency string
}

// New returns a client. The error names the wrong setting or secret.
func New(v config.Values) (*Client, error) {
	c := &Client{currency: v.String("VOUCHERIFY_CURRENCY")}
	if !isCurrency(c.currency) {
		return nil, errors.New("VOUCHERIFY_CURRENCY: expected an ISO 4217 code such as EUR")
	}
	id, token := v.Secret(system, "app_id").Reveal(), v.Secret(system, "app_token").Reveal()
	if id == "" || token == "" {
		return nil, errors.New("secret of voucherify: expected app_id and app_token")
	}
	var err error
	c.http, err = connector.New(connector.Options{
		System:   system,
		BaseURL:  v.BaseURL(system),
		Auth:     connector.StaticAuth(http.Header{"X-App-Id": {id}, "X-App-Token": {token}}),
		Classify: classify,
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Counts reports whether the project uses a currency.
func (c *Client) Counts(currency string) bool { return currency == c.currency }

type order struct {
	SourceID string   `json:"source_id"`
	Status   string   `json:"status"`
	Amount   int64    `json:"amount"`
	Customer customer `json:"customer"`
	Items    []item   `json:"items"`
	Metadata metadata `json:"metadata"`
}

type customer struct {
	SourceID string `json:"source_id"`
	Email    string `json:"email,omitzero"`
}

type item struct {
	Object  string `json:"object"`
	Source  string `json:"source_id,omitzero"`
	Related string `json:"related_object,omitzero"`
	// Quantity and Price of a piece, and Amount of all of them.
	Quantity int64 `json:"quantity"`
	Price    int64 `json:"price"`
	Amount   int64 `json:"amount"`
}

type metadata struct {
	Number string `json:"order_number"`
}

// PayOrder writes an order as paid with an amount. The order's customer must have an
// id.
func (c *Client) PayOrder(ctx context.Context, o retail.Order, paid retail.Money) error {
	body, err := c.paidOrder(o, paid)
	if err != nil {
		return err
	}
	return c.send(ctx, http.MethodPost, "/v1/orders", body)
}

// CancelOrder writes the order with the shop's id as cancelled.
func (c *Client) CancelOrder(ctx context.Context, orderID string) error {
	err := c.send(ctx, http.MethodPut, "/v1/orders/"+url.PathEscape(orderID), struct {
		Status string `json:"status"`
	}{"CANCELED"})
	if f := fault.Of(err); f != nil && f.Reason == system+"-not_found" {
		return fault.Retry(system+"-order-unknown", unknownWait, errors.New("order: expected its payment first"))
	}
	return err
}

func (c *Client) paidOrder(o retail.Order, paid retail.Money) (order, error) {
	if len(o.Lines) > maxItems {
		return order{}, fault.Refuse(system+"-items", fmt.Errorf("order: expected at most %d lines", maxItems))
	}
	amount, err := c.hundredths("payment.amount", paid)
	if err != nil {
		return order{}, err
	}
	to := order{
		SourceID: o.ID, Status: "PAID", Amount: amount,
		Customer: customer{SourceID: o.Customer.ID, Email: o.Customer.Email},
		Metadata: metadata{Number: o.Number},
	}
	for i, l := range o.Lines {
		at := fmt.Sprintf("order.lines[%d].", i)
		price, err := c.hundredths(at+"unitPrice", l.UnitPrice)
		if err != nil {
			return order{}, err
		}
		total, err := c.hundredths(at+"total", l.Total)
		if err != nil {
			return order{}, err
		}
		line := item{Object: "order_item", Quantity: l.Quantity, Price: price, Amount: total}
		if l.SKU != "" {
			line.Source, line.Related = l.SKU, "sku"
		}
		to.Items = append(to.Items, line)
	}
	return to, nil
}

// hundredths converts an amount to Voucherify's unit.
func (c *Client) hundredths(field string, m retail.Money) (int64, error) {
	if m.Currency != c.currency {
		return 0, fault.Refuse(system+"-currency", errors.New(field+": expected an amount in "+c.currency))
	}
	amount := m.Amount
	for have := m.FractionDigits; have != 2; {
		switch {
		case have > 2:
			amount, have = amount/10, have-1
		case amount > 1<<50 || amount < -1<<50:
			return 0, fault.Field(field+".amount", "an amount Voucherify can take")
		default:
			amount, have = amount*10, have+1
		}
	}
	return amount, nil
}

func (c *Client) send(ctx context.Context, method, path string, content any) error {
	body, err := strictjson.Marshal(content)
	if err != nil {
		return fault.Refuse(system+"-encode", errors.New("order: expected values that JSON can encode"))
	}
	_, err = c.http.Do(ctx, connector.Request{
		Method: method, Path: path, ContentType: "application/json", Body: body, Repeatable: true,
	})
	return err
}

// classify names Voucherify's key of a refusal and leaves what it means to the
// status: https://docs.voucherify.io/api-reference/errors
func classify(r connector.Response) error {
	var answer struct {
		Key string `json:"key"`
	}
	if strictjson.UnmarshalUpTo(connector.MaxBody, "answer", r.Body, &answer) != nil || answer.Key == "" {
		return nil
	}
	key := connector.Code(answer.Key)
	if key == "unknown" {
		return nil
	}
	f := *fault.Of(connector.StatusFault(system, r))
	f.Reason, f.Err = system+"-"+key, fmt.Errorf("status %d", r.Status)
	return &f
}

func isCurrency(s string) bool {
	for _, r := range s {
		if r < 'A' || r > 'Z' {
			return false
		}
	}
	return len(s) == 3
}
