// Package senderstest signs requests the way the senders of webhooks do, by their
// published documents. It shares no code with package signature, which verifies.
//
//	header := senderstest.SignFedEx(senderstest.FedEx, body)
//	request := sample.URL(sample.Request{Path: "/fedex", Header: header, Body: body})
package senderstest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"

	"signalbox/shared/connector/connectortest"
)

// The secrets of the senders.
const (
	FedEx    = "fedex-webhook-project-token-1"
	FedExOld = "fedex-webhook-project-token-0"
	Carrier  = "whsec_Y2Fycmllci1kb3VibGUta2V5LW9mLTMyLWJ5dGVzISE="
	Checkout = "checkout-extension-token-1"
)

// Double represents all senders. It has no address that could be called.
type Double struct{}

var _ connectortest.Double = Double{}

// New returns the senders.
func New() Double { return Double{} }

// System is "senders".
func (Double) System() string { return "senders" }

// Secret holds the signing secret of each sender.
func (Double) Secret() map[string]string {
	return map[string]string{"tokens": `{"fedex":"` + FedEx + " " + FedExOld + `","carrier":"` + Carrier + `","checkout":"` + Checkout + `"}`}
}

// Settings are none.
func (Double) Settings(string) map[string]string { return nil }

// Effects is empty: senders are never called.
func (Double) Effects() []connectortest.Effect { return nil }

func (Double) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "nothing here is to be called", http.StatusNotFound)
}

// SignFedEx returns the header of a tracking push:
// https://developer.fedex.com/api/en-us/catalog/shipment-visibility-webhook/docs.html
func SignFedEx(token string, body []byte) map[string]string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write(body)
	return map[string]string{"fdx-signature": base64.StdEncoding.EncodeToString(mac.Sum(nil))}
}

// SignStandard returns the header of a Standard Webhook:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
func SignStandard(secret, id string, at time.Time, body []byte) map[string]string {
	key, err := base64.StdEncoding.DecodeString(secret[len("whsec_"):])
	if err != nil {
		panic("senderstest: " + err.Error())
	}
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + seconds + "."))
	mac.Write(body)
	return map[string]string{
		"webhook-id": id, "webhook-timestamp": seconds,
		"webhook-signature": "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)),
	}
}
