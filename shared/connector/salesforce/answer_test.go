package salesforce

import (
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
)

func TestAnAssertionLivesAtMostThreeMinutes(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	b := &bearer{consumer: "consumer", user: "user@acme.example", audience: "https://login.salesforce.com", key: key, now: func() time.Time { return now }}
	signed, err := b.assertion()
	if err != nil {
		t.Fatal(err)
	}
	claims := jwt.MapClaims{}
	token, err := jwt.ParseWithClaims(signed, claims, func(*jwt.Token) (any, error) { return &key.PublicKey, nil })
	if err != nil || token.Method != jwt.SigningMethodRS256 {
		t.Fatalf("signed with %v: %v", token.Method, err)
	}
	want := jwt.MapClaims{
		"iss": "consumer", "sub": "user@acme.example", "aud": "https://login.salesforce.com",
		"exp": float64(now.Add(2 * time.Minute).Unix()),
	}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Error(diff)
	}
}

func TestGrant(t *testing.T) {
	for name, c := range map[string]struct {
		loopback bool
		body     string
		base     string
		reason   string
	}{
		"My Domain":                    {false, `{"access_token":"t","token_type":"Bearer","instance_url":"https://acme.my.salesforce.com","new":1}`, "https://acme.my.salesforce.com", ""},
		"a slash at the end":           {false, `{"access_token":"t","token_type":"bearer","instance_url":"https://acme.my.salesforce.com/"}`, "https://acme.my.salesforce.com", ""},
		"force.com":                    {false, `{"access_token":"t","token_type":"Bearer","instance_url":"https://acme.force.com"}`, "https://acme.force.com", ""},
		"loopback for loopback":        {true, `{"access_token":"t","token_type":"Bearer","instance_url":"http://127.0.0.1:1"}`, "http://127.0.0.1:1", ""},
		"loopback for Salesforce":      {false, `{"access_token":"t","token_type":"Bearer","instance_url":"http://127.0.0.1:1"}`, "", "salesforce-instance"},
		"another host":                 {false, `{"access_token":"t","token_type":"Bearer","instance_url":"https://evil.example"}`, "", "salesforce-instance"},
		"another host for loopback":    {true, `{"access_token":"t","token_type":"Bearer","instance_url":"https://evil.example"}`, "", "salesforce-instance"},
		"a host that ends alike":       {false, `{"access_token":"t","token_type":"Bearer","instance_url":"https://evilsalesforce.com"}`, "", "salesforce-instance"},
		"Salesforce as the user":       {false, `{"access_token":"t","token_type":"Bearer","instance_url":"https://a.salesforce.com@evil.example"}`, "", "salesforce-instance"},
		"Salesforce as the path":       {false, `{"access_token":"t","token_type":"Bearer","instance_url":"https://evil.example/.salesforce.com"}`, "", "salesforce-instance"},
		"plain http":                   {false, `{"access_token":"t","token_type":"Bearer","instance_url":"http://acme.my.salesforce.com"}`, "", "salesforce-instance"},
		"another port":                 {false, `{"access_token":"t","token_type":"Bearer","instance_url":"https://acme.my.salesforce.com:8443"}`, "", "salesforce-instance"},
		"no address":                   {false, `{"access_token":"t","token_type":"Bearer"}`, "", "salesforce-instance"},
		"no token":                     {false, `{"token_type":"Bearer","instance_url":"https://acme.my.salesforce.com"}`, "", "salesforce-token"},
		"another type of token":        {false, `{"access_token":"t","token_type":"mac","instance_url":"https://acme.my.salesforce.com"}`, "", "salesforce-token"},
		"a page instead of an answer":  {false, `<html>`, "", "salesforce-token"},
		"an address that stands twice": {false, `{"access_token":"t","token_type":"Bearer","instance_url":"https://acme.my.salesforce.com","instance_url":"https://evil.example"}`, "", "salesforce-token"},
	} {
		t.Run(name, func(t *testing.T) {
			grant, err := (&bearer{loopback: c.loopback}).grant([]byte(c.body))
			if c.reason != "" {
				if f := fault.Of(err); f == nil || f.Reason != c.reason || f.Ambiguous || strings.Contains(err.Error(), "evil") {
					t.Errorf("got %v, want %s", err, c.reason)
				}
				return
			}
			if err != nil || grant.Base != c.base || grant.AccessToken != "t" || !grant.Expiry.IsZero() {
				t.Errorf("got %+v, %v", grant, err)
			}
		})
	}
}

func TestParseUsage(t *testing.T) {
	for header, want := range map[string]struct {
		usage Usage
		ok    bool
	}{
		"api-usage=33/15000": {Usage{33, 15000}, true},
		"api-usage=33/15000; per-app-api-usage=17/250(appName=x)": {Usage{33, 15000}, true},
		"per-app-api-usage=17/250(appName=x)":                     {Usage{}, false},
		"api-usage=":                                              {Usage{}, false},
		"api-usage=33":                                            {Usage{33, 0}, false},
		"api-usage=-1/15000":                                      {Usage{-1, 15000}, false},
		"api-usage=1/0":                                           {Usage{1, 0}, false},
		"":                                                        {Usage{}, false},
	} {
		if got, ok := parseUsage(header); ok != want.ok || ok && got != want.usage {
			t.Errorf("%q: got %v %v, want %v %v", header, got, ok, want.usage, want.ok)
		}
	}
}

// A failure that names the external id only in its message is a lost race too:
// Salesforce leaves the fields of a DUPLICATE_VALUE empty.
func TestALostRaceMayBeToldInTheMessageAlone(t *testing.T) {
	body := `[{"success":false,"errors":[{"statusCode":"DUPLICATE_VALUE","message":"duplicate value found: CT_Order_Id__c duplicates value on record with id: a01","fields":[]}]}]`
	err := readResult(table{object: "Order__c", idField: "CT_Order_Id__c"}, []byte(body))
	if f := fault.Of(err); f == nil || f.Kind != fault.Retryable || strings.Contains(err.Error(), "a01") {
		t.Errorf("got %v, want a retry that does not quote the message", err)
	}
}

// Whatever an organization answers, the fault is classified and quotes nothing.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`[{"id":"a01","success":true,"created":true,"errors":[]}]`,
		`[{"success":false,"errors":[{"statusCode":"REQUIRED_FIELD_MISSING","message":"m","fields":["Name"]}]}]`,
		`[{"errorCode":"INVALID_SESSION_ID","message":"m"}]`, `[{"success":null}]`, `[null]`, `null`, `{}`, `[[]]`,
		`{"access_token":"t","token_type":"Bearer","instance_url":"https://acme.my.salesforce.com"}`,
	} {
		f.Add([]byte(seed), 400)
	}
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		marked := []byte(strings.ReplaceAll(string(body), "m", "sentinel@4711"))
		_, grantErr := (&bearer{}).grant(marked)
		for _, err := range []error{
			readResult(table{object: "Order__c", idField: "CT_Order_Id__c"}, marked),
			classify(connector.Response{Status: status, Body: marked}),
			grantErr,
		} {
			if err == nil {
				continue
			}
			if f := fault.Of(err); f.Reason == "unclassified" || f.Kind == fault.Invalid || len(f.Reason) > 80 {
				t.Fatalf("got %+v", f)
			}
			if strings.Contains(err.Error(), "sentinel@4711") {
				t.Fatalf("the error quotes the answer: %v", err)
			}
		}
	})
}
