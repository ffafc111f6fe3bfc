// Package stripe requests Stripe Radar's evaluation of payments:
// https://docs.stripe.com/radar/multiprocessor
//
//	client, err := stripe.New(values)
//	evaluation, err := client.Evaluate(ctx, e.ID, e.Data.Order)
//	if evaluation.Action == stripe.ActionBlock {
//		return hold(e, evaluation.Level, evaluation.Score)
//	}
//
// # Delivery
//
// The id of the event is sent as Idempotency-Key, so a repeated request returns the
// first evaluation: https://docs.stripe.com/api/idempotent_requests.
// Stripe stores the answer, even a 500, for at least a day. If Stripe only replays
// a stored failure, or if the event's data was read from the shop again and has
// changed, the client requests a second evaluation under another key: that costs a
// fee and does not affect the customer.
//
// # Errors
//
// Reasons are "stripe-<status>" with Stripe's type, code and parameter in the
// text. NotAssessable is not a fault: Radar has no data about such an order.
//
// # Limits
//
// 100 requests a second in live mode, 25 in a sandbox:
// https://docs.stripe.com/rate-limits. Of the customer's data only what Radar uses
// for its score is sent: the e-mail address, or else the name.
package stripe

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"signalbox/shared/config"
	"signalbox/shared/connector"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

const (
	system = "stripe"
	// version fixes the format of requests and answers.
	version = "2026-08-26.dahlia"
)

// Radar's recommendations for a payment.
const (
	ActionContinue = "continue"
	ActionBlock    = "block"
)

// The levels of risk, from low to high; then the levels without an assessment.
const (
	LevelLow         = "low"
	LevelNormal      = "normal"
	LevelElevated    = "elevated"
	LevelHighest     = "highest"
	LevelNotAssessed = "not_assessed"
	LevelUnknown     = "unknown"
)

// Evaluation is Radar's assessment of a payment.
type Evaluation struct {
	ID string
	// Action is ActionContinue, ActionBlock, or a later addition of Stripe.
	Action string
	// Level is one of the levels, or a later addition of Stripe.
	Level string
	// Score is 0 to 100, higher for more risk, and -1 for a payment that was not assessed.
	Score float64
}

// NotAssessable is the reason why Radar cannot evaluate an order. It is not a
// failure.
type NotAssessable struct {
	// Reason is "no-payment-method", "nothing-to-pay" or "no-customer".
	Reason string
}

func (e NotAssessable) Error() string { return "the order cannot be assessed: " + e.Reason }

// Client calls Stripe for one account. It is safe for concurrent use.
type Client struct{ api *connector.Client }

// New returns a client for the account of the key in v.
func New(v config.Values) (*Client, error) {
	key := v.Secret(system, "api_key").Reveal()
	if !strings.HasPrefix(key, "sk_") && !strings.HasPrefix(key, "rk_") {
		return nil, errors.New("secret of stripe: api_key: expected a secret or restricted key (sk_…, rk_…)")
	}
	api, err := connector.New(connector.Options{
		System: system, BaseURL: v.BaseURL(system),
		Auth:     connector.StaticAuth(http.Header{"Authorization": {"Bearer " + key}}),
		Header:   http.Header{"Stripe-Version": {version}},
		Classify: classify,
	})
	return &Client{api: api}, err
}

// Evaluate requests Radar's evaluation of the payment of an order for the event with
// the given id. Its error is a NotAssessable or a *fault.Error.
func (c *Client) Evaluate(ctx context.Context, eventID string, order retail.Order) (Evaluation, error) {
	form, err := evaluation(order)
	if err != nil {
		return Evaluation{}, err
	}
	response, err := c.post(ctx, eventID, form)
	if err != nil && stale(response) {
		response, err = c.post(ctx, eventID+"-2", form)
	}
	if err != nil {
		return Evaluation{}, err
	}
	var a answer
	if err := c.api.Decode(response, &a); err != nil {
		return Evaluation{}, err
	}
	return a.evaluation(c.api)
}

func (c *Client) post(ctx context.Context, key string, form url.Values) (connector.Response, error) {
	return c.api.Do(ctx, connector.Request{
		Method: http.MethodPost, Path: "/v1/radar/payment_evaluations", Repeatable: true,
		Header:      http.Header{"Idempotency-Key": {key}},
		ContentType: "application/x-www-form-urlencoded", Body: []byte(form.Encode()),
	})
}

// stale reports an answer that every further request with the key returns again: a
// stored failure, or the refusal of changed parameters.
func stale(r connector.Response) bool {
	if r.Status >= 500 {
		return r.Header.Get("Idempotent-Replayed") == "true"
	}
	return r.Status == http.StatusBadRequest && parse(r.Body).Type == "idempotency_error"
}

// evaluation returns the form of an order: https://docs.stripe.com/api/radar/payment-evaluation/create
func evaluation(o retail.Order) (url.Values, error) {
	email, name := o.Customer.Email, strings.TrimSpace(o.Customer.FirstName+" "+o.Customer.LastName)
	for _, a := range []*retail.Address{o.BillTo, o.ShipTo} {
		if a != nil && email == "" {
			email = a.Email
		}
		if a != nil && name == "" {
			name = strings.TrimSpace(a.FirstName + " " + a.LastName)
		}
	}
	switch {
	case o.PaymentMethod == "":
		return nil, NotAssessable{"no-payment-method"}
	case o.Total.Amount == 0:
		return nil, NotAssessable{"nothing-to-pay"}
	case email == "" && name == "":
		return nil, NotAssessable{"no-customer"}
	}
	amount, err := minorUnits(o.Total)
	if err != nil {
		return nil, err
	}
	form := url.Values{
		"payment_details[amount]":                                 {strconv.FormatInt(amount, 10)},
		"payment_details[currency]":                               {strings.ToLower(o.Total.Currency)},
		"payment_details[payment_method_details][payment_method]": {o.PaymentMethod},
		"metadata[order_number]":                                  {o.Number},
	}
	if email != "" {
		form.Set("customer_details[email]", email)
	} else {
		form.Set("customer_details[name]", name)
	}
	if o.RiskSession != "" {
		form.Set("client_device_metadata_details[radar_session]", o.RiskSession)
	}
	return form, nil
}

// Currencies whose minor unit at Stripe has no digits, or three:
// https://docs.stripe.com/currencies#zero-decimal. ISK and UGX have two there, which
// are always 0.
var (
	noDigits    = strings.Fields("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF")
	threeDigits = strings.Fields("BHD JOD KWD OMR TND")
)

// minorUnits converts an amount to Stripe's minor unit of its currency.
func minorUnits(m retail.Money) (int64, error) {
	digits := 2
	switch {
	case slices.Contains(noDigits, m.Currency):
		digits = 0
	case slices.Contains(threeDigits, m.Currency):
		digits = 3
	}
	amount := m.Amount
	for have := m.FractionDigits; have != digits; {
		switch {
		case have < digits && amount > 1<<50:
			return 0, fault.Field("order.total.amount", "an amount Stripe can take")
		case have < digits:
			amount, have = amount*10, have+1
		case amount%10 != 0:
			return 0, fault.Field("order.total.amount", "a whole number of "+m.Currency+"'s minor units")
		default:
			amount, have = amount/10, have-1
		}
	}
	return amount, nil
}

type answer struct {
	ID      string `json:"id"`
	Action  string `json:"recommended_action"`
	Signals struct {
		Fraud struct {
			Level string  `json:"risk_level"`
			Score float64 `json:"score"`
		} `json:"fraudulent_payment"`
	} `json:"signals"`
}

func (a answer) evaluation(api *connector.Client) (Evaluation, error) {
	for _, f := range []struct{ name, value string }{
		{"id", a.ID}, {"recommended_action", a.Action}, {"signals.fraudulent_payment.risk_level", a.Signals.Fraud.Level},
	} {
		if connector.Code(f.value) != f.value {
			return Evaluation{}, api.Unreadable(&fault.FieldError{Field: "answer." + f.name, Expected: "one of Stripe's words"})
		}
	}
	return Evaluation{ID: a.ID, Action: a.Action, Level: a.Signals.Fraud.Level, Score: a.Signals.Fraud.Score}, nil
}

// problem is the object in Stripe's error envelope. Its message may quote the
// request and is not read.
type problem struct {
	Type  string `json:"type"`
	Code  string `json:"code"`
	Param string `json:"param"`
}

func parse(body []byte) problem {
	var envelope struct {
		Error problem `json:"error"`
	}
	if strictjson.Unmarshal("answer", body, &envelope) != nil {
		return problem{}
	}
	return envelope.Error
}

func (p problem) Error() string {
	words := []string{connector.Code(p.Type)}
	if p.Code != "" {
		words = append(words, connector.Code(p.Code))
	}
	if p.Param != "" {
		words = append(words, connector.Code(strings.NewReplacer("[", ".", "]", "").Replace(p.Param)))
	}
	return strings.Join(words, " ")
}
