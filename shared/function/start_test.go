package function

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"signalbox/shared/config"
)

func TestInitErrorReachesLambda(t *testing.T) {
	var path, kind, body string
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		path, kind, body = r.URL.Path, r.Header.Get("Lambda-Runtime-Function-Error-Type"), string(text)
	}))
	defer api.Close()
	if err := reportInit(strings.TrimPrefix(api.URL, "http://"), "X is not set"); err != nil {
		t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
	if path != "/2018-06-01/runtime/init/error" || kind != "Signalbox.Init" || !strings.Contains(body, `"errorMessage":"X is not set"`) {
		t.Errorf("%s %s %s", path, kind, body)
	}
}

func TestClientsUseWhatLambdaGives(t *testing.T) {
	if _, err := newClients(config.AWS{}); err == nil || !strings.Contains(err.Error(), "AWS_REGION") {
		t.Errorf("without a region: %v", err)
	}
	c, err := newClients(config.AWS{Region: "us-east-1", FIPS: true, KeyID: "k", Key: "s", Session: "t", CredentialsURL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	o := c.dynamoDB.Options()
	if o.EndpointOptions.UseFIPSEndpoint != aws.FIPSEndpointStateEnabled || o.BaseEndpoint != nil || o.RetryMaxAttempts != 0 && o.RetryMaxAttempts != 4 {
		t.Errorf("options %+v", o.EndpointOptions)
	}
	keys, err := o.Credentials.Retrieve(t.Context())
	if err != nil || keys.AccessKeyID != "k" || keys.SecretAccessKey != "s" || keys.SessionToken != "t" {
		t.Errorf("credentials of %q, %v", keys.AccessKeyID, err)
	}
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "token" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, `{"AccessKeyId":"served","SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z"}`)
	}))
	defer served.Close()
	keys, err = credentialsOf(config.AWS{CredentialsURL: served.URL, CredentialsToken: "token"}).Retrieve(t.Context())
	if err != nil || keys.AccessKeyID != "served" {
		t.Errorf("credentials of %q, %v", keys.AccessKeyID, err)
	}
}
