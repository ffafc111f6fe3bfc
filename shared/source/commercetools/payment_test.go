package commercetools

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
)

// orderOnAccount is the order that order-paid.json is about, after it was paid by
// bank transfer: commercetools knows of no payment.
func orderOnAccount(t testing.TB) []byte {
	o := decode(t, sample(t, "order-created.no-payment-method.json"))["order"].(object)
	return encode(t, with(o, "paymentState", "Paid"))
}

// transaction is one of a payment, in the currency of the samples.
func transaction(kind, state string, cents int, at string) object {
	return object{"id": "t", "timestamp": at, "type": kind, "state": state, "amount": usd(cents), "interactionId": "ch_" + strings.ToLower(kind)}
}

// withPayment returns an order with one payment of the given transactions in the
// place of the reference to it.
func withPayment(o object, transactions ...any) object {
	return with(o, "paymentInfo", object{"payments": []any{object{"typeId": "payment", "id": "p", "obj": object{
		"id": "p", "version": 3, "interfaceId": "pi_3SampleRosalind", "amountPlanned": usd(19115),
		"paymentMethodInfo": object{"paymentInterface": "STRIPE", "method": "CREDIT_CARD"},
		"transactions":      transactions,
	}}}})
}

// theOrder is the order that order-refunded.json is about, as commercetools has it.
func theOrder(t testing.TB) object {
	t.Helper()
	text, err := os.ReadFile("../../connector/commercetools/commercetoolstest/order.json")
	if err != nil {
		t.Fatal(err)
	}
	return with(decode(t, text), "paymentState", "CreditOwed")
}

const (
	monday  = "2026-03-09T10:00:00.000Z"
	tuesday = "2026-03-10T10:00:00.000Z"
)

func orderRefundedInFull(t testing.TB) []byte {
	return encode(t, withPayment(theOrder(t), transaction("Charge", "Success", 19115, monday), transaction("Refund", "Success", 19115, tuesday)))
}

// state opens a payment-state message about an order that reads as given.
func state(t *testing.T, message string, o object) ([]event.Raw, error) {
	t.Helper()
	s := source(t)
	s.Shop = fetch(func(string) ([]byte, error) { return encode(t, o), nil })
	n := decode(t, sample(t, "order-refunded.json"))
	n["paymentState"] = message
	return s.Open(t.Context(), encode(t, n))
}

func TestWhatWasPaid(t *testing.T) {
	total := retail.Money{Currency: "USD", Amount: 19115, FractionDigits: 2}
	usd := func(cents int64) retail.Money { return retail.Money{Currency: "USD", Amount: cents, FractionDigits: 2} }
	at := decode(t, sample(t, "order-refunded.json"))["createdAt"].(string)
	tests := map[string]struct {
		change func(o object) object
		amount retail.Money
		paidAt string
		charge string
	}{
		"is the total where no payment is known": {
			func(o object) object { return with(o, "paymentInfo", nil) }, total, at, ""},
		"is the total where the payment was not read": {
			func(o object) object { return o }, total, at, ""},
		"is what was charged": {
			func(o object) object { return withPayment(o, transaction("Charge", "Success", 19000, monday)) }, usd(19000), monday, "ch_charge"},
		"is the sum of what was charged, at the last time": {
			func(o object) object {
				return withPayment(o, transaction("Charge", "Success", 15, tuesday), transaction("Charge", "Success", 19100, monday))
			}, total, tuesday, "ch_charge"},
		"is not what was authorized, failed or is pending": {
			func(o object) object {
				return withPayment(o, transaction("Authorization", "Success", 7, monday), transaction("Charge", "Failure", 7, monday), transaction("Charge", "Pending", 7, monday))
			}, total, at, ""},
		"does not sink by what went back": {
			func(o object) object {
				return withPayment(o, transaction("Charge", "Success", 19115, monday), transaction("Refund", "Success", 100, tuesday))
			}, total, monday, "ch_charge"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			events, err := state(t, "Paid", test.change(theOrder(t)))
			if err != nil || len(events) != 1 {
				t.Fatalf("Open = %d events, %v", len(events), err)
			}
			e, err := event.As[retail.OrderPaid](events[0])
			if err != nil {
				t.Fatal(err)
			}
			p := e.Data.Payment
			if p.Amount != test.amount || p.PaidAt.Format("2006-01-02T15:04:05.000Z") != test.paidAt || p.Transaction != test.charge {
				t.Errorf("paid %+v", p)
			}
			if test.charge != "" && (p.Method != "CREDIT_CARD" || p.Provider != "STRIPE" || p.Reference != "pi_3SampleRosalind") {
				t.Errorf("paid by %+v", p)
			}
		})
	}
}

// An order is paid once, whichever messages report it and however often, and
// whatever was known then.
func TestOrderHasOneOrderPaid(t *testing.T) {
	created := decode(t, sample(t, "order-created.json"))
	o := created["order"].(object)
	first, err := source(t).Open(t.Context(), encode(t, created))
	if err != nil || len(first) != 2 {
		t.Fatalf("Open = %d events, %v; want order.created and order.paid", len(first), err)
	}
	s := source(t)
	s.Shop = fetch(func(string) ([]byte, error) {
		return encode(t, withPayment(o, transaction("Charge", "Success", 35000, monday))), nil
	})
	n := decode(t, sample(t, "order-paid.json"))
	n["resource"].(object)["id"] = o["id"]
	second, err := s.Open(t.Context(), encode(t, n))
	if err != nil || len(second) != 1 {
		t.Fatalf("Open = %d events, %v", len(second), err)
	}
	if first[1].ID != second[0].ID || first[1].Type != retail.TypeOrderPaid {
		t.Errorf("order %s is %s %s and %s %s", o["id"], first[1].Type, first[1].ID, second[0].Type, second[0].ID)
	}
	// Their data differ, so neither may be taken for a tampered copy of the other.
	if !first[1].Refetched || !second[0].Refetched {
		t.Error("an order.paid is not marked as refetched")
	}
}

func TestCreatedOrderIsPaidByItsPaymentState(t *testing.T) {
	created := decode(t, sample(t, "order-created.json"))
	for paymentState, want := range map[string]int{"Paid": 2, "CreditOwed": 2, "BalanceDue": 1, "Pending": 1, "Failed": 1, "": 1} {
		o := with(created["order"].(object), "paymentState", paymentState)
		s := source(t)
		s.Shop = fetch(func(string) ([]byte, error) { return encode(t, o), nil })
		events, err := s.Open(t.Context(), encode(t, with(created, "order", o)))
		if err != nil || len(events) != want || events[0].Type != retail.TypeOrderCreated {
			t.Errorf("%q: Open = %d events, %v; want %d", paymentState, len(events), err, want)
		}
	}
}

func TestWhatWentBack(t *testing.T) {
	charge := transaction("Charge", "Success", 19115, monday)
	tests := map[string]struct {
		change func(o object) object
		want   int64 // 0 for a refusal
	}{
		"is what was refunded": {
			func(o object) object { return withPayment(o, charge, transaction("Refund", "Success", 4000, tuesday)) }, 4000},
		"is the sum of what was refunded and charged back": {
			func(o object) object {
				return withPayment(o, charge, transaction("Refund", "Success", 4000, monday), transaction("Chargeback", "Success", 15115, tuesday))
			}, 19115},
		"is not what is still pending": {
			func(o object) object { return withPayment(o, charge, transaction("Refund", "Pending", 4000, tuesday)) }, 0},
		"is everything of a cancelled order": {
			func(o object) object { return withPayment(with(o, "orderState", "Cancelled"), charge) }, 19115},
		"is the total of a cancelled order without a known payment": {
			func(o object) object { return with(o, "orderState", "Cancelled") }, 19115},
		"is unknown otherwise": {
			func(o object) object { return o }, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			events, err := state(t, "CreditOwed", test.change(theOrder(t)))
			if test.want == 0 {
				if f := fault.Of(err); f == nil || f.Kind != fault.Permanent || f.Reason != "commercetools-refund-unknown" || len(events) != 0 {
					t.Errorf("Open = %d events, %v; want it refused", len(events), err)
				}
				return
			}
			if err != nil || len(events) != 1 {
				t.Fatalf("Open = %d events, %v", len(events), err)
			}
			e, err := event.As[retail.OrderRefunded](events[0])
			if err != nil {
				t.Fatal(err)
			}
			if e.Data.Refunded.Amount != test.want || e.Data.Paid.Amount != 19115 || !e.Refetched {
				t.Errorf("%+v", e.Data)
			}
		})
	}
}

// The same refund is one event; a further refund is a second event.
func TestOrderHasOneOrderRefundedPerSum(t *testing.T) {
	ids := map[string]bool{}
	for _, refunds := range [][]any{
		{transaction("Refund", "Success", 4000, monday)},
		{transaction("Refund", "Success", 4000, monday), transaction("Refund", "Pending", 10, tuesday)},
		{transaction("Refund", "Success", 4000, monday), transaction("Refund", "Success", 10, tuesday)},
	} {
		events, err := state(t, "CreditOwed", withPayment(theOrder(t), append(refunds, transaction("Charge", "Success", 19115, monday))...))
		if err != nil || len(events) != 1 {
			t.Fatalf("Open = %d events, %v", len(events), err)
		}
		ids[events[0].ID] = true
	}
	if len(ids) != 2 {
		t.Errorf("%d events of two sums: %v", len(ids), ids)
	}
}

func TestPaymentsThatAreWrongNameTheField(t *testing.T) {
	charge := func(change func(object)) object {
		c := transaction("Charge", "Success", 19115, monday)
		change(c)
		return c
	}
	const at = "order.paymentInfo.payments[0].obj.transactions[0].amount"
	tests := map[string]struct {
		transactions []any
		kind         fault.Kind
		want         string
	}{
		"no amount":        {[]any{charge(func(c object) { delete(c, "amount") })}, fault.Invalid, "invalid-event: " + at + ": expected an amount of money"},
		"a negative one":   {[]any{charge(func(c object) { c["amount"] = usd(-1) })}, fault.Invalid, "invalid-event: " + at + ".centAmount: expected 0 or more"},
		"another currency": {[]any{charge(func(c object) { c["amount"] = with(usd(1), "currencyCode", "EUR") })}, fault.Permanent, "commercetools-payment-currency: " + at + ": expected the order's currency and minor unit"},
		"another unit":     {[]any{charge(func(c object) { c["amount"] = with(usd(1), "fractionDigits", 3) })}, fault.Permanent, "commercetools-payment-currency: " + at + ": expected the order's currency and minor unit"},
		"more than can be": {[]any{charge(func(c object) { c["amount"] = usd(1 << 62) }), charge(func(c object) { c["amount"] = usd(1 << 62) })}, fault.Invalid,
			"invalid-event: order.paymentInfo.payments[0].obj.transactions[1].amount.centAmount: expected an amount that can be added up"},
		"a time that is none": {[]any{charge(func(c object) { c["timestamp"] = "Monday" })}, fault.Invalid, "invalid-event: order.paymentInfo.payments[0].obj.transactions[0].timestamp: expected a time in RFC 3339"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			events, err := state(t, "Paid", withPayment(theOrder(t), test.transactions...))
			if fault.KindOf(err) != test.kind || err == nil || err.Error() != test.want || len(events) != 0 {
				t.Errorf("Open = %d events, %v; want %s", len(events), err, test.want)
			}
		})
	}
}

func TestPaymentStateWithoutPayloadIsTheOrders(t *testing.T) {
	n := decode(t, sample(t, "order-paid.json"))
	delete(n, "paymentState")
	delete(n, "type")
	n["payloadNotIncluded"] = object{"reason": "Payload too large.", "payloadType": "OrderPaymentStateChanged"}
	for paymentState, want := range map[string]string{"Paid": "", "Pending": "payment-Pending", "": "payment-other"} {
		s := source(t)
		s.Shop = fetch(func(string) ([]byte, error) {
			return encode(t, with(decode(t, orderOnAccount(t)), "paymentState", paymentState)), nil
		})
		events, err := s.Open(t.Context(), encode(t, n))
		var ignored *Ignored
		if want == "" && (err != nil || len(events) != 1) || want != "" && (!errors.As(err, &ignored) || ignored.Reason != want) {
			t.Errorf("%q: Open = %d events, %v", paymentState, len(events), err)
		}
	}
}

func TestPaymentStateMessagesAreOfOurOwnOrders(t *testing.T) {
	tests := map[string]struct {
		change func(n object)
		want   string
	}{
		"another project": {func(n object) { n["projectKey"] = "stranger" }, "commercetools-foreign-project: message: expected the project of this stage"},
		"no order":        {func(n object) { n["resource"] = object{"typeId": "payment", "id": "p"} }, `invalid-event: notification.resource.typeId: expected "order"`},
		"no state":        {func(n object) { delete(n, "paymentState") }, "invalid-event: notification.paymentState: expected the name of a payment state"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			n := decode(t, sample(t, "order-paid.json"))
			test.change(n)
			_, err := source(t).Open(t.Context(), encode(t, n))
			if err == nil || err.Error() != test.want {
				t.Errorf("Open: %v; want %s", err, test.want)
			}
		})
	}
	broken := fault.Retry("commercetools-503", 0, nil)
	s := source(t)
	s.Shop = fetch(func(string) ([]byte, error) { return nil, broken })
	if _, err := s.Open(t.Context(), sample(t, "order-paid.json")); err != broken {
		t.Errorf("Open: %v; want what reading the order met", err)
	}
	s.Shop = fetch(func(string) ([]byte, error) { return encode(t, theOrder(t)), nil })
	if _, err := s.Open(t.Context(), sample(t, "order-paid.json")); fault.KindOf(err) != fault.Invalid {
		t.Errorf("Open of another order: %v", err)
	}
}

// Whatever an order says of its payments, what becomes of it is decided.
func FuzzPayments(f *testing.F) {
	f.Add([]byte(`{"payments":[{"obj":{"transactions":[{"type":"Charge","state":"Success","amount":{"centAmount":5,"currencyCode":"USD","fractionDigits":2}}]}}]}`), "Paid")
	f.Add([]byte(`{"payments":[null,{"id":"p"}]}`), "CreditOwed")
	n := decode(f, sample(f, "order-refunded.json"))
	plain := theOrder(f)
	delete(plain, "paymentInfo")
	o := encode(f, plain)
	f.Fuzz(func(t *testing.T, payments []byte, paymentState string) {
		s := source(t)
		whole := []byte(strings.TrimSuffix(string(o), "}") + `,"paymentInfo":` + string(payments) + "}")
		s.Shop = fetch(func(string) ([]byte, error) { return whole, nil })
		checkOpened(t, s, encode(t, with(n, "paymentState", strings.ToValidUTF8(paymentState, ""))))
	})
}

func TestPaidOrderIsMappedAsAnyOther(t *testing.T) {
	s := source(t)
	s.Shop = fetch(func(string) ([]byte, error) { return orderOnAccount(t), nil })
	created, err := source(t).Open(t.Context(), sample(t, "order-created.no-payment-method.json"))
	if err != nil {
		t.Fatal(err)
	}
	events, err := s.Open(t.Context(), sample(t, "order-paid.json"))
	if err != nil {
		t.Fatal(err)
	}
	a, errA := event.As[retail.OrderCreated](created[0])
	b, errB := event.As[retail.OrderPaid](events[0])
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if diff := cmp.Diff(a.Data.Order, b.Data.Order); diff != "" {
		t.Error(diff)
	}
}
