package fedextest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/fedex/fedextest"
)

const good = `{"labelResponseOptions":"URL_ONLY","accountNumber":{"value":"510087020"},"requestedShipment":{
"pickupType":"USE_SCHEDULED_PICKUP","serviceType":"FEDEX_GROUND","packagingType":"YOUR_PACKAGING","totalWeight":2.4,
"shipper":{"contact":{"companyName":"Acme","phoneNumber":"9015551234"},"address":{"streetLines":["10 FedEx Pkwy"],"city":"Memphis","stateOrProvinceCode":"TN","postalCode":"38115","countryCode":"US"}},
"recipients":[{"contact":{"personName":"Jane Roe","phoneNumber":"9015555678"},"address":{"streetLines":["13450 Farmcrest Ct"],"city":"Herndon","stateOrProvinceCode":"VA","postalCode":"20171","countryCode":"US"}}],
"shippingChargesPayment":{"paymentType":"SENDER","payor":{"responsibleParty":{"accountNumber":{"value":"510087020"}}}},
"labelSpecification":{"imageType":"PDF","labelStockType":"PAPER_4X6"},
"requestedPackageLineItems":[{"weight":{"units":"LB","value":2.4},"customerReferences":[{"customerReferenceType":"CUSTOMER_REFERENCE","value":"A-1"},{"customerReferenceType":"P_O_NUMBER","value":"R1"}]}]}}`

// call sends a request and returns what passed.
func call(t *testing.T, d *fedextest.Double, method, path, token, body string) connectortest.Exchange {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if path == "/oauth/token" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return connectortest.Exchange{Method: method, Path: path, Header: r.Header, Body: []byte(body), Status: w.Code, ResponseHeader: w.Header(), Response: w.Body.Bytes()}
}

func login(t *testing.T, d *fedextest.Double) string {
	t.Helper()
	x := call(t, d, "POST", "/oauth/token", "", "grant_type=client_credentials&client_id=fedex-client&client_secret=fedex-client-secret")
	if x.Status != http.StatusOK {
		t.Fatalf("token: %d %s", x.Status, x.Response)
	}
	_, rest, _ := strings.Cut(string(x.Response), `"access_token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct{ name, from, to, code string }{
		{"another account", `"accountNumber":{"value":"510087020"},"req`, `"accountNumber":{"value":"1"},"req`, "SHIPMENT.USER.UNAUTHORIZED"},
		{"no account", `"accountNumber":{"value":"510087020"},"req`, `"req`, "ACCOUNT.NUMBER.REQUIRED"},
		{"another label option", "URL_ONLY", "FAX", "LABELRESPONSEOPTIONS.REQUIRED"},
		{"no service", "FEDEX_GROUND", "", "SHIPMENT.TYPES.REQUIRED"},
		{"no payor", `"payor":{"responsibleParty":{"accountNumber":{"value":"510087020"}}}`, `"payor":{}`, "SHIPPINGCHARGESPAYMENT.PAYOR.INVALID"},
		{"no label stock", "PAPER_4X6", "", "LABELSPECIFICATION.REQUIRED"},
		{"no recipient", `"recipients"`, `"recipient"`, "RECIPIENTS.REQUIRED"},
		{"no package", `"requestedPackageLineItems"`, `"packages"`, "REQUESTEDPACKAGELINEITEMS.REQUIRED"},
		{"no name", "Jane Roe", "", "RECIPIENTS.CONTACT.NAME.REQUIRED"},
		{"a short phone", "9015555678", "555678", "RECIPIENTS.CONTACT.PHONENUMBER.INVALID"},
		{"a phone with spaces", "9015555678", "901 555 567", "RECIPIENTS.CONTACT.PHONENUMBER.INVALID"},
		{"a long street", "13450 Farmcrest Ct", strings.Repeat("x", 36), "RECIPIENTS.ADDRESS.STREETLINES.INVALID"},
		{"four streets", `["13450 Farmcrest Ct"]`, `["a","b","c","d"]`, "RECIPIENTS.ADDRESS.STREETLINES.INVALID"},
		{"no city", "Herndon", "", "RECIPIENTS.ADDRESS.CITY.INVALID"},
		{"no state", `"VA"`, `""`, "RECIPIENTS.ADDRESS.STATEORPROVINCECODE.INVALID"},
		{"no postal code", "20171", "", "RECIPIENTS.ADDRESS.POSTALCODE.INVALID"},
		{"ground across the sea", `"stateOrProvinceCode":"VA","postalCode":"20171","countryCode":"US"`, `"postalCode":"10623","countryCode":"DE"`, "SERVICETYPE.NOT.AVAILABLE"},
		{"another country without customs", `"VA","postalCode":"20171","countryCode":"US"`, `"ON","postalCode":"K1A 0B1","countryCode":"CA"`, "CUSTOMSCLEARANCEDETAIL.REQUIRED"},
		{"a heavy parcel", `"LB","value":2.4`, `"LB","value":151`, "REQUESTEDPACKAGELINEITEMS.WEIGHT.INVALID"},
		{"a parcel without weight", `"LB","value":2.4`, `"LB","value":0`, "REQUESTEDPACKAGELINEITEMS.WEIGHT.INVALID"},
		{"a return without its detail", `"labelSpecification"`, `"shipmentSpecialServices":{"specialServiceTypes":["RETURN_SHIPMENT"]},"labelSpecification"`, "RETURNSHIPMENTDETAIL.REQUIRED"},
		{"a detail without a return", `"labelSpecification"`, `"shipmentSpecialServices":{"returnShipmentDetail":{"returnType":"PENDING"}},"labelSpecification"`, "RETURNSHIPMENTDETAIL.REQUIRED"},
		{"a return without a reason", `"labelSpecification"`, `"shipmentSpecialServices":{"specialServiceTypes":["RETURN_SHIPMENT"],"returnShipmentDetail":{"returnType":"PRINT_RETURN_LABEL"}},"labelSpecification"`, "RETURNSHIPMENTDETAIL.INVALID"},
		{"a long reference", `"R1"`, `"` + strings.Repeat("R", 31) + `"`, "CUSTOMERREFERENCES.VALUE.INVALID"},
		{"no JSON", good, "{", "INVALID.INPUT.EXCEPTION"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := fedextest.New()
			body := strings.Replace(good, c.from, c.to, 1)
			if body == good {
				t.Fatal("the case changes nothing")
			}
			x := call(t, d, "POST", "/ship/v1/shipments", login(t, d), body)
			if x.Status < 400 || !strings.Contains(string(x.Response), `"code":"`+c.code+`"`) || len(d.Effects()) != 0 {
				t.Errorf("%d %s, %d shipments", x.Status, x.Response, len(d.Effects()))
			}
			t.Run("by FedEx's own document", func(t *testing.T) { contract.JudgeAnswer(t, "fedex-ship.json")(x) })
		})
	}
}

func TestEveryAcceptedRequestIsAnotherShipment(t *testing.T) {
	d := fedextest.New()
	token := login(t, d)
	for range 2 {
		if x := call(t, d, "POST", "/ship/v1/shipments", token, good); x.Status != 200 {
			t.Fatalf("%d %s", x.Status, x.Response)
		}
	}
	s := d.Shipments()
	if len(s) != 2 || s[0].TrackingNumber == s[1].TrackingNumber || len(d.Effects()) != 2 || d.Effects()[0].Reference != "A-1" {
		t.Errorf("shipments %+v", s)
	}
}

func TestTokens(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	d := fedextest.NewWith(fedextest.Options{Now: func() time.Time { return at }, TokenLife: time.Minute})
	for name, form := range map[string]string{
		"another secret": "grant_type=client_credentials&client_id=fedex-client&client_secret=x",
		"another grant":  "grant_type=password&client_id=fedex-client&client_secret=fedex-client-secret",
		"nothing":        "",
	} {
		if x := call(t, d, "POST", "/oauth/token", "", form); x.Status != 401 || !strings.Contains(string(x.Response), "NOT.AUTHORIZED.ERROR") {
			t.Errorf("%s: %d %s", name, x.Status, x.Response)
		}
	}
	token := login(t, d)
	status := func() int { return call(t, d, "POST", "/ship/v1/shipments", token, good).Status }
	if got := status(); got != 200 {
		t.Errorf("with a token: %d", got)
	}
	if got := call(t, d, "POST", "/ship/v1/shipments", "made-up", good).Status; got != 401 {
		t.Errorf("with a made-up token: %d", got)
	}
	at = at.Add(time.Minute)
	if got := status(); got != 401 {
		t.Errorf("with an expired token: %d", got)
	}
	token = login(t, d)
	d.Revoke()
	if got := status(); got != 401 {
		t.Errorf("with a revoked token: %d", got)
	}
}

func TestReferencesAreFoundOnceVisible(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	d := fedextest.NewWith(fedextest.Options{Now: func() time.Time { return at }, VisibleAfter: time.Minute})
	token := login(t, d)
	call(t, d, "POST", "/ship/v1/shipments", token, good)
	find := func(kind, value, account, begin, end string) bool {
		x := call(t, d, "POST", "/track/v1/referencenumbers", token, fmt.Sprintf(
			`{"referencesInformation":{"type":%q,"value":%q,"accountNumber":%q,"shipDateBegin":%q,"shipDateEndDate":%q}}`, kind, value, account, begin, end))
		return strings.Contains(string(x.Response), d.Shipments()[0].TrackingNumber)
	}
	if find("PURCHASE_ORDER", "R1", fedextest.Account, "2026-11-21", "2026-11-23") {
		t.Error("it was found at once")
	}
	at = at.Add(time.Minute)
	for _, c := range []struct {
		name                             string
		kind, value, account, begin, end string
		want                             bool
	}{
		{"by its reference", "PURCHASE_ORDER", "R1", fedextest.Account, "2026-11-22", "2026-11-22", true},
		{"by the order", "CUSTOMER_REFERENCE", "A-1", fedextest.Account, "2026-11-22", "2026-11-22", true},
		{"not by another value", "PURCHASE_ORDER", "R2", fedextest.Account, "2026-11-22", "2026-11-22", false},
		{"not under another type", "CUSTOMER_REFERENCE", "R1", fedextest.Account, "2026-11-22", "2026-11-22", false},
		{"not for another account", "PURCHASE_ORDER", "R1", "1", "2026-11-22", "2026-11-22", false},
		{"not on days before", "PURCHASE_ORDER", "R1", fedextest.Account, "2026-11-01", "2026-11-21", false},
		{"not on days after", "PURCHASE_ORDER", "R1", fedextest.Account, "2026-11-23", "2026-11-24", false},
		{"not without days", "PURCHASE_ORDER", "R1", fedextest.Account, "", "", false},
		{"not without account", "PURCHASE_ORDER", "R1", "", "2026-11-22", "2026-11-22", false},
	} {
		if got := find(c.kind, c.value, c.account, c.begin, c.end); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
