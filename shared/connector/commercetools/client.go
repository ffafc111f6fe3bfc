// Package commercetools is the client of the commercetools HTTP API. It reads
// orders, inventory entries, customers and messages, and writes deliveries,
// returned stock, refunds, cart discounts and subscriptions.
//
//	client, err := commercetools.New(values, commercetools.ViewPayments)
//	order, err := client.Order(ctx, orderID) // as commercetools writes it
//	err = client.AddDelivery(ctx, orderID, commercetools.Delivery{
//		Key: e.ID, TrackingID: "7946…", Items: items, // the same key is added once
//	})
//
// # Errors
//
// Those of package connector. The reason ends in commercetools' error code, if
// there is one: "commercetools-ConcurrentModification". The message is never
// quoted, since it may repeat values of the request.
//
// # Limits
//
// commercetools publishes no request limit; it asks clients to slow down on 502
// and 503: https://docs.commercetools.com/api/general-concepts
package commercetools

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"signalbox/shared/config"
	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// System is the ID of commercetools in the catalog.
const System = "commercetools"

// Client talks to one project. It is safe for concurrent use.
type Client struct {
	http *connector.Client
	// project is the first part of every path, "/acme-dev".
	project string
}

// Scopes that some clients need in addition to manage_orders.
const (
	// ViewProducts allows a client to read inventory entries.
	ViewProducts = "view_products"
	// ManageProducts allows a client to change inventory entries too.
	ManageProducts = "manage_products"
	// ViewPayments allows a client to read the payments of an order.
	ViewPayments = "view_payments"
	// ManagePayments allows a client to add transactions to them too.
	ManagePayments = "manage_payments"
)

// New returns a client for the project in the settings. Its API client in
// commercetools needs the scope manage_orders and the given ones. The error names
// the wrong setting.
func New(v config.Values, scopes ...string) (*Client, error) {
	project, region := v.String("COMMERCETOOLS_PROJECT"), v.String("COMMERCETOOLS_REGION")
	if !isHostPart(project, "-_") {
		return nil, errors.New("COMMERCETOOLS_PROJECT: expected a project key")
	}
	api, auth := v.BaseURL(System), v.String("COMMERCETOOLS_AUTH_URL")
	if (api == "" || auth == "") && !isHostPart(region, "-.") {
		return nil, errors.New("COMMERCETOOLS_REGION: expected a region such as eu-central-1.aws")
	}
	if api == "" {
		api = "https://api." + region + ".commercetools.com"
	}
	if auth == "" {
		auth = "https://auth." + region + ".commercetools.com"
	}
	if _, err := connector.New(connector.Options{System: System, BaseURL: auth}); err != nil {
		return nil, fmt.Errorf("COMMERCETOOLS_AUTH_URL: %w", err)
	}
	granted := []string{"manage_orders:" + project}
	for _, scope := range scopes {
		granted = append(granted, scope+":"+project)
	}
	// https://docs.commercetools.com/api/authorization#client-credentials-flow
	token := clientcredentials.Config{
		ClientID:     v.Secret(System, "client_id").Reveal(),
		ClientSecret: v.Secret(System, "client_secret").Reveal(),
		TokenURL:     strings.TrimSuffix(auth, "/") + "/oauth/token",
		Scopes:       granted,
		AuthStyle:    oauth2.AuthStyleInHeader,
	}
	client, err := connector.New(connector.Options{
		System:  System,
		BaseURL: api,
		Auth: connector.OAuth(System, false, func(ctx context.Context) (connector.Grant, error) {
			granted, err := token.Token(ctx)
			return connector.Grant{Token: granted}, err
		}),
		Classify: classify,
	})
	if err != nil {
		return nil, err
	}
	return &Client{http: client, project: "/" + project}, nil
}

// Order returns the order with the given id as commercetools writes it.
func (c *Client) Order(ctx context.Context, id string) ([]byte, error) {
	response, err := c.http.Do(ctx, connector.Request{
		Method: http.MethodGet, Path: c.project + "/orders/" + url.PathEscape(id), Repeatable: true,
	})
	return response.Body, err
}

// OrderWithPayments returns the order with the given id, with its payments instead
// of the references to them, unless a payment was deleted:
// https://docs.commercetools.com/api/general-concepts#reference-expansion
func (c *Client) OrderWithPayments(ctx context.Context, id string) ([]byte, error) {
	response, err := c.http.Do(ctx, connector.Request{
		Method: http.MethodGet, Path: c.project + "/orders/" + url.PathEscape(id), Repeatable: true,
		Query: url.Values{"expand": {"paymentInfo.payments[*]"}},
	})
	return response.Body, err
}

// OrdersOfPayment returns the orders that refer to the payment, each with its
// payments like OrderWithPayments; none if no order refers to it yet. An order
// refers to its payments and not vice versa, so this is a query:
// https://docs.commercetools.com/api/projects/orders#query-orders
func (c *Client) OrdersOfPayment(ctx context.Context, id string) ([]jsontext.Value, error) {
	response, err := c.http.Do(ctx, connector.Request{
		Method: http.MethodGet, Path: c.project + "/orders", Repeatable: true,
		Query: url.Values{
			"where": {"paymentInfo(payments(id=" + quote(id) + "))"}, "expand": {"paymentInfo.payments[*]"},
			// Several orders with one payment are an error; 10 are enough to detect it.
			"sort": {"createdAt asc"}, "limit": {"10"}, "withTotal": {"false"},
		},
	})
	if err != nil {
		return nil, err
	}
	var answer struct {
		Results *[]jsontext.Value `json:"results"`
	}
	if err := strictjson.UnmarshalUpTo(connector.MaxBody, "answer", response.Body, &answer); err != nil || answer.Results == nil {
		return nil, c.http.Unreadable(errors.New("expected a page of orders"))
	}
	return *answer.Results, nil
}

// conflict is the code of an update whose version is not the resource's current
// one: https://docs.commercetools.com/api/errors#409-conflict
const conflict = "ConcurrentModification"

func isConflict(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Reason == System+"-"+conflict
}

// classify takes the fault's reason from commercetools' error code (types/error)
// and its kind from the status, except for the conflict: that is a definite
// refusal, and the next attempt may succeed.
func classify(r connector.Response) error {
	var answer struct {
		Errors []struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"errors"`
	}
	if strictjson.UnmarshalUpTo(connector.MaxBody, "error", r.Body, &answer) != nil || len(answer.Errors) == 0 {
		return nil
	}
	code := connector.Code(answer.Errors[0].Code)
	if code == "unknown" {
		return nil
	}
	f := *fault.Of(connector.StatusFault(System, r))
	f.Reason = System + "-" + code
	if isTestMessage(code, answer.Errors[0].Message) {
		f.Reason = ReasonTestMessage
	}
	f.Err = fmt.Errorf("status %d", r.Status)
	if r.Status == http.StatusConflict && code == conflict {
		return fault.Retry(f.Reason, 0, f.Err)
	}
	return &f
}

// isHostPart accepts ASCII letters, digits and the given marks, up to 64 of them.
func isHostPart(s, marks string) bool {
	for _, r := range s {
		alphanumeric := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !alphanumeric && !strings.ContainsRune(marks, r) {
			return false
		}
	}
	return s != "" && len(s) <= 64
}
