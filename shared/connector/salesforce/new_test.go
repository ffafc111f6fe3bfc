package salesforce_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/salesforce"
	"signalbox/shared/connector/salesforce/salesforcetest"
	"signalbox/shared/fault"
)

func pkcs8(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestNewRefuses(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	double := salesforcetest.NewWithKey(key())
	const wrongKey = "secret of salesforce: private_key: expected an RSA key of at least 2048 bits in PEM"
	for name, c := range map[string]struct {
		settings, secret map[string]string
		want             string
	}{
		"a plain http address":       {map[string]string{"SALESFORCE_BASE_URL": "http://login.salesforce.com"}, nil, "salesforce: base URL: expected https (http is for loopback alone)"},
		"no user":                    {map[string]string{"SALESFORCE_USERNAME": ""}, nil, "SALESFORCE_USERNAME and SALESFORCE_AUDIENCE: expected both"},
		"no audience":                {map[string]string{"SALESFORCE_AUDIENCE": ""}, nil, "SALESFORCE_USERNAME and SALESFORCE_AUDIENCE: expected both"},
		"an object with a slash":     {map[string]string{"SALESFORCE_ORDER_OBJECT": "../Order"}, nil, "SALESFORCE_ORDER_OBJECT: expected the API name of an object"},
		"no external id field":       {map[string]string{"SALESFORCE_CUSTOMER_ID_FIELD": ""}, nil, "SALESFORCE_CUSTOMER_ID_FIELD: expected the API name of a field"},
		"an attribute there is not":  {map[string]string{"SALESFORCE_ORDER_FIELDS": `{"numbr":"X__c"}`}, nil, "SALESFORCE_ORDER_FIELDS: expected only the attributes number total currency placedAt customer"},
		"a field that is no name":    {map[string]string{"SALESFORCE_CUSTOMER_FIELDS": `{"name":"a b"}`}, nil, "SALESFORCE_CUSTOMER_FIELDS: name: expected the API name of a field"},
		"the external id once more":  {map[string]string{"SALESFORCE_CUSTOMER_FIELDS": `{"name":"CT_Customer_Id__c"}`}, nil, "SALESFORCE_CUSTOMER_FIELDS: name: expected the API name of a field"},
		"fields that are not JSON":   {map[string]string{"SALESFORCE_ORDER_FIELDS": `number=X__c`}, nil, "invalid-event: SALESFORCE_ORDER_FIELDS: expected valid JSON"},
		"no consumer key":            {nil, map[string]string{"consumer_key": ""}, "secret of salesforce: key consumer_key is missing"},
		"a key that is not PEM":      {nil, map[string]string{"private_key": "hunter2"}, wrongKey},
		"a key that is broken":       {nil, map[string]string{"private_key": "-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----\n"}, wrongKey},
		"a key of another algorithm": {nil, map[string]string{"private_key": pkcs8(t, curve)}, wrongKey},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := salesforce.New(values(double, "https://login.salesforce.com", c.settings, c.secret))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}

func TestAssertionsSalesforceRefuses(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ settings, secret map[string]string }{
		"signed with another key": {nil, map[string]string{"private_key": pkcs8(t, other)}},
		"of another consumer":     {nil, map[string]string{"consumer_key": "3MVG9_other"}},
		"for another user":        {map[string]string{"SALESFORCE_USERNAME": "someone@acme.example"}, nil},
		"for the sandbox":         {map[string]string{"SALESFORCE_AUDIENCE": "https://test.salesforce.com"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			double := salesforcetest.NewWithKey(key())
			server := connectortest.Serve(double)
			t.Cleanup(server.Close)
			client, err := salesforce.New(values(double, server.URL, c.settings, c.secret))
			if err != nil {
				t.Fatal(err)
			}
			f := fault.Of(client.UpsertOrder(within(t), order()))
			if f == nil || f.Reason != "salesforce-token-400" || f.Kind != fault.Retryable || f.Ambiguous {
				t.Errorf("got %+v, want a definite, retryable salesforce-token-400", f)
			}
		})
	}
}
