package commercetools

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// tx is a transaction of the payment p, which the message reports if its id is "t".
func tx(id, kind, state string, cents int) object {
	return with(transaction(kind, state, cents, monday), "id", id)
}

// reportOf opens a message about a transaction "t" of the payment "p", whose order
// reads as given.
func reportOf(t *testing.T, name string, o object) ([]event.Raw, error) {
	t.Helper()
	n := decode(t, sample(t, name))
	n["resource"].(object)["id"] = "p"
	if n["type"] == "PaymentTransactionAdded" {
		n["transaction"].(object)["id"] = "t"
	} else {
		n["transactionId"] = "t"
	}
	s := source(t)
	s.Shop = fetch(func(id string) ([]byte, error) {
		if id != "p" {
			t.Errorf("asked for the orders of %s", id)
		}
		return encode(t, o), nil
	})
	return s.Open(t.Context(), encode(t, n))
}

const (
	stateChanged = "payment-transaction-state-changed.json"
	added        = "payment-transaction-added.json"
)

func TestTransactionsBecomeWhatTheirOrderSays(t *testing.T) {
	charge := tx("t", "Charge", "Success", 19115)
	earlier := tx("c", "Charge", "Success", 19115)
	for name, c := range map[string]struct {
		transactions []any
		want         string // an id, or why it is ignored
	}{
		"a charge of the total":                    {[]any{charge}, "/paid"},
		"the last of several":                      {[]any{tx("c", "Charge", "Success", 115), tx("t", "Charge", "Success", 19000)}, "/paid"},
		"the first of several, read late":          {[]any{tx("t", "Charge", "Success", 115), tx("c", "Charge", "Success", 19000)}, "/paid"},
		"more than the total":                      {[]any{tx("t", "Charge", "Success", 20000)}, "/paid"},
		"a part of it":                             {[]any{tx("t", "Charge", "Success", 19114)}, "payment-partial"},
		"a further charge of a paid order":         {[]any{earlier, charge}, "payment-covered"},
		"a charge that failed meanwhile":           {[]any{tx("t", "Charge", "Failure", 19115)}, "payment-transaction-Charge-Failure"},
		"a charge that is pending":                 {[]any{tx("t", "Charge", "Pending", 19115)}, "payment-transaction-Charge-Pending"},
		"an authorization":                         {[]any{tx("t", "Authorization", "Success", 19115)}, "payment-transaction-Authorization-Success"},
		"a transaction of a type that is none":     {[]any{tx("t", "4711", "Success", 19115)}, "payment-transaction-other-Success"},
		"a refund":                                 {[]any{earlier, tx("t", "Refund", "Success", 4000)}, "/refunded/4000"},
		"a chargeback":                             {[]any{earlier, tx("t", "Chargeback", "Success", 19115)}, "/refunded/19115"},
		"a further refund":                         {[]any{earlier, tx("r", "Refund", "Success", 4000), tx("t", "Refund", "Success", 10)}, "/refunded/4010"},
		"a refund that is pending":                 {[]any{earlier, tx("t", "Refund", "Pending", 4000)}, "payment-transaction-Refund-Pending"},
		"a refund of what was never paid in whole": {[]any{tx("c", "Charge", "Success", 4000), tx("t", "Refund", "Success", 4000)}, "payment-partial"},
	} {
		for _, message := range []string{stateChanged, added} {
			t.Run(name+", "+message, func(t *testing.T) {
				o := withPayment(with(theOrder(t), "paymentState", nil), c.transactions...)
				events, err := reportOf(t, message, o)
				var ignored *Ignored
				if errors.As(err, &ignored) {
					if ignored.Reason != c.want {
						t.Errorf("ignored as %s; want %s", ignored.Reason, c.want)
					}
					return
				}
				if err != nil || len(events) != 1 || !events[0].Refetched {
					t.Fatalf("Open = %d events, %v", len(events), err)
				}
				// The same order.paid or order.refunded as by the order's own message.
				message := "Paid"
				if strings.Contains(c.want, "refunded") {
					message = "CreditOwed"
				}
				same, err := state(t, message, o)
				if err != nil || len(same) != 1 || same[0].ID != events[0].ID || same[0].Type != events[0].Type || !strings.HasPrefix(c.want, "/") {
					t.Errorf("%s %s is not %+v, %v; want %s", events[0].Type, events[0].ID, same, err, c.want)
				}
				if e, err := event.As[retail.OrderRefunded](events[0]); err == nil && e.Data.Paid.Amount != 19115 {
					t.Errorf("%+v", e.Data)
				}
			})
		}
	}
}

func TestAPaymentBeforeItsOrderIsIgnored(t *testing.T) {
	s := source(t)
	s.Shop = fetch(func(string) ([]byte, error) { return nil, nil })
	_, err := s.Open(t.Context(), sample(t, stateChanged))
	var ignored *Ignored
	if !errors.As(err, &ignored) || ignored.Reason != "payment-without-order" {
		t.Errorf("Open: %v", err)
	}
}

// The payment came before its order, so the order's creation reports it.
func TestCreatedOrderIsPaidByItsPayments(t *testing.T) {
	broken := fault.Retry("commercetools-503", 0, nil)
	for name, c := range map[string]struct {
		state any
		read  any // the transactions, or an error
		want  int
	}{
		"a charge of the total":                 {nil, []any{tx("t", "Charge", "Success", 35284)}, 2},
		"a charge with an unused payment state": {"Pending", []any{tx("t", "Charge", "Success", 35284)}, 2},
		"a part of it":                          {nil, []any{tx("t", "Charge", "Success", 35283)}, 1},
		"a charge that is pending":              {nil, []any{tx("t", "Charge", "Pending", 35284)}, 1},
		"an order that was deleted meanwhile":   {nil, fault.Refuse("commercetools-ResourceNotFound", nil), 1},
		"an order that cannot be read just now": {nil, broken, 0},
	} {
		t.Run(name, func(t *testing.T) {
			created := decode(t, sample(t, "order-created.json"))
			o := with(created["order"].(object), "paymentState", c.state)
			s := source(t)
			s.Shop = fetch(func(string) ([]byte, error) {
				if err, failed := c.read.(error); failed {
					return nil, err
				}
				return encode(t, withPayment(o, c.read.([]any)...)), nil
			})
			events, err := s.Open(t.Context(), encode(t, with(created, "order", o)))
			if len(events) != c.want || (err == nil) != (c.want > 0) || err != nil && err != broken {
				t.Fatalf("Open = %d events, %v; want %d", len(events), err, c.want)
			}
			if c.want == 2 {
				if e, err := event.As[retail.OrderPaid](events[1]); err != nil || e.Data.Payment.Transaction != "ch_charge" || e.Data.Payment.Amount.Amount != 35284 {
					t.Errorf("%+v, %v", e.Data.Payment, err)
				}
			}
		})
	}
}

func TestTransactionMessagesThatAreWrong(t *testing.T) {
	charged := func() object { return withPayment(theOrder(t), tx("t", "Charge", "Success", 19115)) }
	for name, c := range map[string]struct {
		sample string
		change func(n, o object)
		want   string
	}{
		"another project":                {stateChanged, func(n, _ object) { n["projectKey"] = "stranger" }, "commercetools-foreign-project: message: expected the project of this stage"},
		"no id":                          {stateChanged, func(n, _ object) { delete(n, "id") }, "invalid-event: notification.id: expected a non-empty string"},
		"no payment":                     {stateChanged, func(n, _ object) { n["resource"] = object{"typeId": "order", "id": "p"} }, `invalid-event: notification.resource.typeId: expected "payment"`},
		"no payment's id":                {added, func(n, _ object) { n["resource"] = object{"typeId": "payment"} }, "invalid-event: notification.resource.id: expected a non-empty string"},
		"no transaction's id":            {stateChanged, func(n, _ object) { delete(n, "transactionId") }, "invalid-event: notification.transactionId: expected a non-empty string"},
		"no transaction":                 {added, func(n, _ object) { n["transaction"] = nil }, "invalid-event: notification.transaction.id: expected a non-empty string"},
		"a transaction without":          {added, func(n, _ object) { n["transaction"] = object{} }, "invalid-event: notification.transaction.id: expected a non-empty string"},
		"a transaction that is a string": {added, func(n, _ object) { n["transaction"] = "t" }, "invalid-event: notification.transaction: expected an object"},
		"an order without id":            {stateChanged, func(_, o object) { delete(o, "id") }, "invalid-event: order.id: expected a non-empty string"},
		"another payment":                {stateChanged, func(_, o object) { o["paymentInfo"] = nil }, "invalid-event: order.paymentInfo.payments: expected the payment and the transaction of the message"},
		"another transaction":            {stateChanged, func(n, _ object) { n["transactionId"] = "x" }, "invalid-event: order.paymentInfo.payments: expected the payment and the transaction of the message"},
		"a payment that was not read": {stateChanged, func(_, o object) {
			o["paymentInfo"] = object{"payments": []any{object{"typeId": "payment", "id": "p"}}}
		}, "commercetools-payment-unreadable: payment: expected it with its order: the API client needs view_payments"},
	} {
		t.Run(name, func(t *testing.T) {
			n, o := decode(t, sample(t, c.sample)), charged()
			n["resource"].(object)["id"] = "p"
			if _, ok := n["transactionId"]; ok {
				n["transactionId"] = "t"
			}
			c.change(n, o)
			s := source(t)
			s.Shop = fetch(func(string) ([]byte, error) { return encode(t, o), nil })
			events, err := s.Open(t.Context(), encode(t, n))
			if err == nil || err.Error() != c.want || len(events) != 0 {
				t.Errorf("Open = %d events, %v; want %s", len(events), err, c.want)
			}
		})
	}
	s := source(t)
	s.Shop = fetchTwo{}
	if _, err := s.Open(t.Context(), sample(t, stateChanged)); fault.KindOf(err) != fault.Permanent || fault.Of(err).Reason != "commercetools-payment-shared" {
		t.Errorf("a payment of two orders: %v", err)
	}
	broken := fault.Retry("commercetools-503", 0, nil)
	s.Shop = fetch(func(string) ([]byte, error) { return nil, broken })
	if _, err := s.Open(t.Context(), sample(t, stateChanged)); err != broken {
		t.Errorf("Open: %v; want what reading met", err)
	}
}

type fetchTwo struct{ fetch }

func (fetchTwo) OrdersOfPayment(context.Context, string) ([]jsontext.Value, error) {
	return []jsontext.Value{jsontext.Value("{}"), jsontext.Value("{}")}, nil
}

// Whatever transactions a payment has, what becomes of the message is decided.
func FuzzTransactions(f *testing.F) {
	f.Add([]byte(`[{"id":"t","type":"Charge","state":"Success","amount":{"centAmount":19115,"currencyCode":"USD","fractionDigits":2}}]`), "t")
	f.Add([]byte(`[{"id":"c","type":"Charge","state":"Success","amount":{"centAmount":19115,"currencyCode":"USD","fractionDigits":2}},{"id":"t","type":"Refund","state":"Success","amount":{"centAmount":1,"currencyCode":"USD","fractionDigits":2}}]`), "t")
	f.Add([]byte(`[null]`), "")
	n := decode(f, sample(f, stateChanged))
	n["resource"].(object)["id"] = "p"
	plain := theOrder(f)
	delete(plain, "paymentInfo")
	o := strings.TrimSuffix(string(encode(f, plain)), "}")
	f.Fuzz(func(t *testing.T, transactions []byte, id string) {
		s := source(t)
		whole := []byte(o + `,"paymentInfo":{"payments":[{"id":"p","obj":{"transactions":` + string(transactions) + "}}]}}")
		s.Shop = fetch(func(string) ([]byte, error) { return whole, nil })
		checkOpened(t, s, encode(t, with(n, "transactionId", strings.ToValidUTF8(id, ""))))
	})
}
