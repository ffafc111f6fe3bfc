package workdaytest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/strictjson"
)

const (
	// PayableRoot is the first part of the paths of accountsPayable in Workday's own
	// document.
	PayableRoot = "/ccx/api/accountsPayable/v1/" + Tenant
	// RefundReport is the tenant's report on supplier invoice requests.
	RefundReport = "ISU_Signalbox/Refund_Requests"

	requests = "/supplierInvoiceRequests"
)

// Refund is a supplier invoice request of the tenant.
type Refund struct {
	ID                              string
	Company, Supplier, Currency     string
	SuppliersInvoiceNumber, Value   string
	InvoiceDate, LineValue, LineTag string
	// Caller is who requested it, Submitter who submitted it.
	Caller, Submitter string
	At                time.Time
	// Submitted is the time of its submission; zero for a draft.
	Submitted time.Time
}

func (r Refund) effects() []connectortest.Effect {
	order := r.SuppliersInvoiceNumber
	if i := strings.LastIndex(order, "/"); i > 0 {
		order = order[:i]
	}
	made := []connectortest.Effect{{Reference: order, What: "refund of " + r.Value + " " + strings.TrimPrefix(r.Currency, "Currency_ID=") + " requested", Caller: r.Caller, At: r.At}}
	if !r.Submitted.IsZero() {
		made = append(made, connectortest.Effect{Reference: order, What: "refund submitted", Caller: r.Submitter, At: r.Submitted})
	}
	return made
}

// Refunds are the requested refunds, in order.
func (d *Double) Refunds() []Refund {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []Refund
	for _, r := range d.refunds {
		all = append(all, *r)
	}
	return all
}

type invoice struct {
	Company  reference `json:"company"`
	Supplier reference `json:"supplier"`
	Currency reference `json:"currency"`
	Date     string    `json:"invoiceDate"`
	Number   string    `json:"suppliersInvoiceNumber"`
	Total    sum       `json:"controlTotalAmount"`
	Lines    []struct {
		Service  bool       `json:"serviceLine"`
		Quantity *float64   `json:"quantity"`
		UnitCost *sum       `json:"unitCost"`
		Amount   sum        `json:"extendedAmount"`
		Category *reference `json:"spendCategory"`
	} `json:"lines"`
}

type sum struct {
	Value    string `json:"value"`
	Currency string `json:"currency"`
}

func (d *Double) request(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var in invoice
	if err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || strictjson.Unmarshal("body", body, &in) != nil {
		refuse(w, http.StatusBadRequest, "invalid request")
		return
	}
	_, dateErr := time.Parse(time.DateOnly, in.Date)
	wrong := ""
	switch {
	case in.Company.ID == "" || in.Supplier.ID == "" || dateErr != nil:
		wrong = "Enter company, supplier and invoice date."
	case len(in.Lines) != 1 || in.Lines[0].Amount != in.Total || !isPositive(in.Total.Value):
		wrong = "The control total must match the total of the line amounts."
	case in.Lines[0].Service && (in.Lines[0].Quantity != nil || in.Lines[0].UnitCost != nil):
		wrong = "Values for Quantity and Unit Cost are not allowed for Invoice Request Service Lines."
	}
	if wrong != "" {
		refuse(w, http.StatusBadRequest, wrong)
		return
	}
	made := &Refund{
		ID: fmt.Sprintf("%031xa", len(d.refunds)+1), Company: in.Company.ID, Supplier: in.Supplier.ID, Currency: in.Currency.ID,
		SuppliersInvoiceNumber: in.Number, Value: in.Total.Value, InvoiceDate: in.Date, LineValue: in.Lines[0].Amount.Value,
		Caller: connectortest.Caller(r), At: d.now(),
	}
	if c := in.Lines[0].Category; c != nil {
		made.LineTag = c.ID
	}
	d.refunds = append(d.refunds, made)
	answer(w, http.StatusCreated, map[string]any{
		"id": made.ID, "descriptor": "Supplier Invoice Request: " + in.Number, "company": in.Company, "supplier": in.Supplier, "currency": in.Currency,
		"invoiceDate": in.Date, "suppliersInvoiceNumber": in.Number, "controlTotalAmount": in.Total,
	})
}

func (d *Double) submit(w http.ResponseWriter, r *http.Request) {
	id, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, PayableRoot+requests+"/"), "/submit")
	body, err := io.ReadAll(r.Body)
	var in reference
	if err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || strictjson.Unmarshal("body", body, &in) != nil {
		refuse(w, http.StatusBadRequest, "invalid request")
		return
	}
	for _, made := range d.refunds {
		if !ok || made.ID != id {
			continue
		}
		if !made.Submitted.IsZero() {
			refuse(w, http.StatusBadRequest, "You cannot submit this Supplier Invoice Request because the Supplier Invoice Request is not in submittable status.")
			return
		}
		made.Submitted, made.Submitter = d.now(), connectortest.Caller(r)
		answer(w, http.StatusCreated, map[string]any{"id": id, "descriptor": "Supplier Invoice Request: " + made.SuppliersInvoiceNumber})
		return
	}
	refuse(w, http.StatusNotFound, "resource not found")
}

func (d *Double) findRefund(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	number := query.Get("Suppliers_Invoice_Number")
	if query.Get("format") != "json" || number == "" {
		refuse(w, http.StatusBadRequest, "a required prompt is missing")
		return
	}
	entries := []any{}
	for _, made := range d.refunds {
		if made.SuppliersInvoiceNumber == number && d.now().Sub(made.At) >= d.delay {
			entries = append(entries, map[string]any{"Suppliers_Invoice_Number": number, "Workday_ID": made.ID})
		}
	}
	answer(w, http.StatusOK, map[string]any{"Report_Entry": entries})
}
