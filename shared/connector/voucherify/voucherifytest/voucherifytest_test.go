package voucherifytest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The shop's notification of a refund may come before the event of the payment was
// handled: the payment is an effect all the same, and once.
func TestAPaymentIsAnEffectThoughARefundWasAnnounced(t *testing.T) {
	d := New()
	const announced = `{"notificationType":"Message","type":"OrderPaymentStateChanged","paymentState":"CreditOwed","resource":{"typeId":"order","id":"o-1"}}`
	if err := d.PutNotification([]byte(announced)); err != nil {
		t.Fatal(err)
	}
	ask := func(method, path, body string) {
		t.Helper()
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("X-App-Id", appID)
		r.Header.Set("X-App-Token", appToken)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if d.ServeHTTP(w, r); w.Code != http.StatusOK {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
	}
	const paid = `{"source_id":"o-1","status":"PAID","amount":100}`
	ask(http.MethodPost, "/v1/orders", paid)
	ask(http.MethodPost, "/v1/orders", paid)
	ask(http.MethodPut, "/v1/orders/o-1", `{"status":"CANCELED"}`)
	var got []string
	for _, e := range d.Effects() {
		got = append(got, e.Reference+" "+e.What)
	}
	if diff := cmp.Diff([]string{"o-1 order PAID", "o-1 order CANCELED"}, got); diff != "" {
		t.Error(diff)
	}
}
