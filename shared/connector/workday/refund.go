package workday

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"signalbox/shared/config"
	"signalbox/shared/connector"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// NotSubmittable is the reason why a request cannot be submitted: it is not a draft
// any more, because it was submitted before or a person closed it.
const NotSubmittable = system + "-not-submittable"

// notSubmittable is the message of that refusal, by Workday's document; it has no
// code. In a tenant with another language the refusal is not recognized.
const notSubmittable = "not in submittable status"

// Refunds are the tenant's supplier invoice requests to the supplier that represents
// refunds. It is safe for concurrent use.
type Refunds struct {
	client             *Client
	requests, report   string
	supplier, category string
}

// NewRefunds returns the refunds of the tenant in the settings. The error names the
// wrong setting or secret.
func NewRefunds(v config.Values) (*Refunds, error) {
	c, err := New(v)
	if err != nil {
		return nil, err
	}
	r := &Refunds{
		client: c, requests: "/ccx/api/accountsPayable/v1/" + c.tenant + "/supplierInvoiceRequests",
		supplier: v.String("WORKDAY_REFUND_SUPPLIER"), category: v.String("WORKDAY_REFUND_SPEND_CATEGORY"),
	}
	report := v.String("WORKDAY_REFUND_REPORT")
	switch {
	case !IsID(r.supplier):
		return nil, errors.New("WORKDAY_REFUND_SUPPLIER: expected a Workday id")
	case r.category != "" && !IsID(r.category):
		return nil, errors.New("WORKDAY_REFUND_SPEND_CATEGORY: expected a Workday id")
	case !reportPattern.MatchString(report):
		return nil, errors.New("WORKDAY_REFUND_REPORT: expected owner/name of a report")
	}
	r.report = reports + c.tenant + "/" + report
	return r, nil
}

// Refund is an amount to be paid back to a customer. Only Memo may be empty.
type Refund struct {
	// Company is an id that IsID accepts.
	Company string
	// Amount is above 0.
	Amount retail.Money
	// Date is used as its day in UTC.
	Date time.Time
	// Number is our identifier of the refund, the supplier's invoice number.
	Number string
	Memo   string
}

func (r Refund) check() error {
	for _, f := range []struct {
		name     string
		missing  bool
		expected string
	}{
		{"company", !IsID(r.Company), "a Workday id"},
		{"amount.value", r.Amount.Amount < 1, "an amount above 0"},
		{"amount.currency", len(r.Amount.Currency) != 3, "an ISO 4217 code such as EUR"},
		{"date", r.Date.IsZero(), "a date"},
		{"number", r.Number == "", "a non-empty string"},
	} {
		if f.missing {
			return fault.Field("refund."+f.name, f.expected)
		}
	}
	return nil
}

type invoiceRequest struct {
	Company  reference `json:"company"`
	Supplier reference `json:"supplier"`
	// Currency defaults to the company's own.
	Currency               reference     `json:"currency"`
	InvoiceDate            string        `json:"invoiceDate"`
	SuppliersInvoiceNumber string        `json:"suppliersInvoiceNumber"`
	ControlTotalAmount     amount        `json:"controlTotalAmount"`
	Memo                   string        `json:"memo,omitzero"`
	Lines                  []invoiceLine `json:"lines"`
}

// invoiceLine is a service line, which has neither quantity nor unit cost.
type invoiceLine struct {
	ItemDescription string     `json:"itemDescription"`
	ServiceLine     bool       `json:"serviceLine"`
	SpendCategory   *reference `json:"spendCategory,omitzero"`
	ExtendedAmount  amount     `json:"extendedAmount"`
}

// Request creates the request for a refund as a draft, and returns Workday's id of it.
func (r *Refunds) Request(ctx context.Context, refund Refund) (string, error) {
	if err := refund.check(); err != nil {
		return "", err
	}
	sum := amount{refund.Amount.Decimal(), refund.Amount.Currency}
	line := invoiceLine{ItemDescription: "Refund " + refund.Number, ServiceLine: true, ExtendedAmount: sum}
	if r.category != "" {
		line.SpendCategory = &reference{r.category}
	}
	return r.post(ctx, r.requests, invoiceRequest{
		Company: reference{refund.Company}, Supplier: reference{r.supplier}, Currency: reference{"Currency_ID=" + refund.Amount.Currency},
		InvoiceDate: refund.Date.UTC().Format(time.DateOnly), SuppliersInvoiceNumber: refund.Number,
		ControlTotalAmount: sum, Memo: refund.Memo, Lines: []invoiceLine{line},
	})
}

// Submit submits the request with Workday's id for approval. A request that is not a
// draft is refused with the reason NotSubmittable.
func (r *Refunds) Submit(ctx context.Context, id string) error {
	_, err := r.post(ctx, r.requests+"/"+url.PathEscape(id)+"/submit", reference{id})
	return err
}

// Find returns Workday's id of the request with the number, as FindPayment does.
func (r *Refunds) Find(ctx context.Context, number string) (string, bool, error) {
	return r.client.find(ctx, r.report, "Suppliers_Invoice_Number", number)
}

func (r *Refunds) post(ctx context.Context, path string, request any) (string, error) {
	body, err := strictjson.Marshal(request)
	if err != nil {
		return "", fault.Refuse(system+"-encode", errors.New("refund: expected values that JSON can encode"))
	}
	response, err := r.client.http.Do(ctx, connector.Request{Method: http.MethodPost, Path: path, ContentType: "application/json", Body: body})
	if err != nil {
		return "", err
	}
	var made reference
	if err := r.client.http.Decode(response, &made); err != nil {
		return "", err
	}
	if made.ID == "" {
		return "", r.client.http.Unreadable(&fault.FieldError{Field: "answer.id", Expected: "a Workday id"})
	}
	return made.ID, nil
}
