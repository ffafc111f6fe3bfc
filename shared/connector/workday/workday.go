// Package workday records customer payments and refunds in a Workday tenant and
// finds them again: the REST services customerAccounts v1 and accountsPayable v1,
// https://community.workday.com/rest, and reports as a service (RaaS).
//
//	client, err := workday.New(values)
//	id, found, err := client.FindPayment(ctx, payment.TransactionNumber) // before a repetition
//	if !found {
//		id, err = client.RecordPayment(ctx, payment)
//	}
//
// # Delivery
//
// Workday has no idempotency key: every accepted request creates a payment. A payment
// therefore has a transaction number. FindPayment looks it up after an ambiguous
// attempt and before a repetition. The REST service finds payments only by Workday's
// own id, so the look-up is a custom report of the tenant, WORKDAY_PAYMENT_REPORT.
// The client itself never repeats the recording.
//
// # Refunds
//
// customerAccounts cannot reverse a payment: amounts are above 0 (A152), payments can
// be neither changed nor deleted, adjustments can only be read. A refund is therefore
// a supplier invoice request to the supplier that represents refunds, created and
// then submitted for approval. The service cannot find requests by our number, so
// this look-up is a report too.
//
// # Errors
//
// Reasons are "workday-<status>", with the codes of Workday's validation, such as
// A147, in the text. Workday's messages are never quoted. A payment without a field
// that Workday requires is Invalid and is not sent.
//
// # Limits
//
// Workday publishes no limit; its tenants sustain five requests a second. A 429 and a
// 503 have a Retry-After. Dates are days in UTC.
package workday

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"signalbox/shared/config"
	"signalbox/shared/connector"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

const system = "workday"

// Client calls one tenant. It is safe for concurrent use.
type Client struct {
	http   *connector.Client
	tenant string
	// payments and report are the paths of the two services.
	payments, report string
}

var (
	namePattern   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	hostPattern   = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)
	reportPattern = regexp.MustCompile(`^[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*$`)
)

// New returns a client for the tenant in the settings. It uses an API Client for
// Integrations with a refresh token that does not expire. The error names the wrong
// setting or secret.
func New(v config.Values) (*Client, error) {
	tenant, report, base := v.String("WORKDAY_TENANT"), v.String("WORKDAY_PAYMENT_REPORT"), v.BaseURL(system)
	if !namePattern.MatchString(tenant) {
		return nil, errors.New("WORKDAY_TENANT: expected the name of a tenant")
	}
	if !reportPattern.MatchString(report) {
		return nil, errors.New("WORKDAY_PAYMENT_REPORT: expected owner/name of a report")
	}
	if base == "" {
		host := v.String("WORKDAY_HOST")
		if !hostPattern.MatchString(host) {
			return nil, errors.New("WORKDAY_HOST: expected a host such as wd2-impl-services1.workday.com")
		}
		base = "https://" + host
	}
	secret := map[string]string{}
	for _, key := range []string{"client_id", "client_secret", "refresh_token"} {
		if secret[key] = v.Secret(system, key).Reveal(); secret[key] == "" {
			return nil, errors.New("secret of workday: key " + key + " is missing")
		}
	}
	token := oauth2.Config{
		ClientID: secret["client_id"], ClientSecret: secret["client_secret"],
		Endpoint: oauth2.Endpoint{TokenURL: strings.TrimSuffix(base, "/") + "/ccx/oauth2/" + tenant + "/token", AuthStyle: oauth2.AuthStyleInHeader},
	}
	api, err := connector.New(connector.Options{
		System:  system,
		BaseURL: base,
		Auth: connector.OAuth(system, false, func(ctx context.Context) (connector.Grant, error) {
			granted, err := token.TokenSource(ctx, &oauth2.Token{RefreshToken: secret["refresh_token"]}).Token()
			return connector.Grant{Token: granted}, err
		}),
		Classify: classify,
	})
	if err != nil {
		return nil, err
	}
	return &Client{
		http:     api,
		tenant:   tenant,
		payments: "/ccx/api/customerAccounts/v1/" + tenant + "/payments",
		report:   reports + tenant + "/" + report,
	}, nil
}

// reports is the first part of the paths of reports as a service.
const reports = "/ccx/service/customreport2/"

// idPattern is Workday's own pattern of an instance's id: a Workday id, an internal
// id, or type=value of a reference id.
var idPattern = regexp.MustCompile(`^(?:[0-9a-f]{32}|[0-9]+\$[0-9]+|\S+=\S+)$`)

// IsID reports whether s has the form of an instance's id.
func IsID(s string) bool { return idPattern.MatchString(s) }

// Payment is a customer payment. Only Memo may be empty.
type Payment struct {
	// Company, Type and Customer are ids that IsID accepts; Customer is the payer.
	Company, Type, Customer string
	// Amount is above 0.
	Amount retail.Money
	// Date is used as its day in UTC.
	Date time.Time
	// TransactionNumber is our identifier of the payment.
	TransactionNumber string
	Memo              string
}

// check returns an error for a missing field without which Workday refuses the
// payment or records a useless one: its document requires nothing.
func (p Payment) check() error {
	for _, f := range []struct {
		name     string
		missing  bool
		expected string
	}{
		{"company", !IsID(p.Company), "a Workday id"},
		{"type", !IsID(p.Type), "a Workday id"},
		{"remitFromCustomer", !IsID(p.Customer), "a Workday id"},
		{"amount.value", p.Amount.Amount < 1, "an amount above 0"},
		{"amount.currency", len(p.Amount.Currency) != 3, "an ISO 4217 code such as EUR"},
		{"date", p.Date.IsZero(), "a date"},
		{"transactionNumber", p.TransactionNumber == "", "a non-empty string"},
	} {
		if f.missing {
			return fault.Field("payment."+f.name, f.expected)
		}
	}
	return nil
}

type reference struct {
	ID string `json:"id"`
}

type amount struct {
	Value    string `json:"value"`
	Currency string `json:"currency"`
}

type paymentRequest struct {
	Company           reference `json:"company"`
	Type              reference `json:"type"`
	RemitFromCustomer reference `json:"remitFromCustomer"`
	ReadyToAutoApply  bool      `json:"readyToAutoApply"`
	Amount            amount    `json:"amount"`
	Date              string    `json:"date"`
	TransactionNumber string    `json:"transactionNumber"`
	Memo              string    `json:"memo,omitzero"`
}

// RecordPayment records a payment and returns Workday's id of it.
func (c *Client) RecordPayment(ctx context.Context, p Payment) (string, error) {
	if err := p.check(); err != nil {
		return "", err
	}
	body, err := strictjson.Marshal(paymentRequest{
		Company: reference{p.Company}, Type: reference{p.Type}, RemitFromCustomer: reference{p.Customer}, ReadyToAutoApply: true,
		Amount: amount{p.Amount.Decimal(), p.Amount.Currency}, Date: p.Date.UTC().Format(time.DateOnly),
		TransactionNumber: p.TransactionNumber, Memo: p.Memo,
	})
	if err != nil {
		return "", fault.Refuse(system+"-encode", errors.New("payment: expected values that JSON can encode"))
	}
	response, err := c.http.Do(ctx, connector.Request{Method: http.MethodPost, Path: c.payments, ContentType: "application/json", Body: body})
	if err != nil {
		return "", err
	}
	var made reference
	if err := c.http.Decode(response, &made); err != nil {
		return "", err
	}
	if made.ID == "" {
		return "", c.http.Unreadable(&fault.FieldError{Field: "answer.id", Expected: "a Workday id"})
	}
	return made.ID, nil
}

// FindPayment returns Workday's id of the payment with the transaction number.
// It returns false only if the report says that there is none; an unclear answer is
// an error.
func (c *Client) FindPayment(ctx context.Context, transactionNumber string) (string, bool, error) {
	return c.find(ctx, c.report, "Transaction_Number", transactionNumber)
}

// find requests the report's row whose column, which is also its prompt, has the
// number. It ignores other rows, which a report without the prompt returns. A row
// that lacks a column is an error.
func (c *Client) find(ctx context.Context, report, column, number string) (string, bool, error) {
	response, err := c.http.Do(ctx, connector.Request{
		Method: http.MethodGet, Path: report, Repeatable: true,
		Query: url.Values{"format": {"json"}, column: {number}},
	})
	if err != nil {
		return "", false, err
	}
	var a struct {
		Entries *[]map[string]any `json:"Report_Entry"`
	}
	if err := c.http.Decode(response, &a); err != nil {
		return "", false, err
	}
	unclear := func(field string) (string, bool, error) {
		return "", false, c.http.Unreadable(&fault.FieldError{Field: "answer.Report_Entry" + field, Expected: "the columns " + column + " and Workday_ID"})
	}
	if a.Entries == nil {
		return unclear("")
	}
	for _, e := range *a.Entries {
		found, _ := e[column].(string)
		id, _ := e["Workday_ID"].(string)
		switch {
		case found == "" || id == "":
			return unclear("[]")
		case found == number:
			return id, true, nil
		}
	}
	return "", false, nil
}

var codePattern = regexp.MustCompile(`\bA[0-9]{1,4}\b`)

// classify adds the codes of a validation to the fault of the status. They are
// as a code or within the words: https://community.workday.com/rest/error-messages
func classify(r connector.Response) error {
	type problem struct {
		Error string `json:"error"`
		Code  string `json:"code"`
	}
	var answer struct {
		problem
		Errors []problem `json:"errors"`
	}
	if strictjson.UnmarshalUpTo(connector.MaxBody, "answer", r.Body, &answer) != nil {
		return nil
	}
	var codes []string
	for _, p := range append(answer.Errors, answer.problem) {
		if r.Status == http.StatusBadRequest && strings.Contains(p.Error, notSubmittable) {
			return fault.Refuse(NotSubmittable, errors.New("status 400"))
		}
		if code := codePattern.FindString(p.Code + " " + p.Error); code != "" && len(codes) < 8 {
			codes = append(codes, code)
		}
	}
	if len(codes) == 0 {
		return nil
	}
	f := *fault.Of(connector.StatusFault(system, r))
	f.Err = errors.New(strings.Join(codes, " "))
	return &f
}
