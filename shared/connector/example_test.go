package connector_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
)

// A refusal is a classified error: the event is retried after 30 seconds.
func ExampleClient_Do() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer server.Close()
	client, err := connector.New(connector.Options{System: "acme", BaseURL: server.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.Do(context.Background(), connector.Request{Method: "POST", Path: "/v1/parcels"})
	f := fault.Of(err)
	fmt.Println(f.Kind, f.Reason, f.RetryAfter, f.Ambiguous)
	// Output: retryable acme-429 30s false
}
