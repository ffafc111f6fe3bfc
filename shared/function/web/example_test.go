package web_test

import (
	"context"
	"fmt"

	"signalbox/shared/event"
	"signalbox/shared/function"
	"signalbox/shared/function/web"
)

// A Receive verifies the sender before it reads, and says what becomes of a request
// by the error that it returns.
func ExampleReceive() {
	var receive web.Receive = func(_ context.Context, r web.Request) ([]event.Raw, error) {
		switch {
		case r.Header("x-signature") != "signed by the carrier":
			return nil, web.Reject(401, "signature")
		case string(r.Body) == `{"type":"ping"}`:
			return nil, function.Ignore("ping")
		}
		return []event.Raw{{Header: event.Header{ID: "scan-1"}}}, nil
	}
	for _, r := range []web.Request{
		web.NewRequest("/carrier", nil, []byte(`{"type":"scan"}`)),
		web.NewRequest("/carrier", map[string]string{"x-signature": "signed by the carrier"}, []byte(`{"type":"ping"}`)),
		web.NewRequest("/carrier", map[string]string{"x-signature": "signed by the carrier"}, []byte(`{"type":"scan"}`)),
	} {
		events, err := receive(context.Background(), r)
		fmt.Println(len(events), err)
	}
	// Output:
	// 0 refused: signature
	// 0 ignored: ping
	// 1 <nil>
}
