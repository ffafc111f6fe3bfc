package klaviyo

import (
	"strings"
	"testing"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
)

// Whatever an account answers, the fault is classified and quotes nothing.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"errors":[{"id":"1","code":"invalid","title":"t","detail":"m","source":{"pointer":"/data/attributes/m/0"}}]}`,
		`{"errors":[{"code":"m"}]}`, `{"errors":[null]}`, `{"errors":[{"code":"invalid","source":{"parameter":"m"}}]}`, `null`, `[]`, `<html>`,
	} {
		f.Add([]byte(seed), 400)
	}
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		marked := strings.ReplaceAll(string(body), "m", "sentinel@4711")
		err := classify(connector.Response{Status: status, Body: []byte(marked)})
		if err == nil {
			return
		}
		if f := fault.Of(err); f.Reason == "unclassified" || f.Kind != fault.Permanent || len(err.Error()) > 1000 {
			t.Fatalf("got %+v", f)
		}
		if strings.Contains(err.Error(), "sentinel@4711") {
			t.Fatalf("the error quotes the answer: %v", err)
		}
	})
}
