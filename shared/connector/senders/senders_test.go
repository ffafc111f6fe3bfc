package senders_test

import (
	"fmt"
	"strings"
	"testing"

	"signalbox/shared/config"
	"signalbox/shared/connector/senders"
	"signalbox/shared/connector/senders/senderstest"
)

func read(tokens string) (senders.Tokens, error) {
	return senders.New(config.Static(nil, map[string]map[string]string{"senders": {"tokens": tokens}}))
}

func Example() {
	t, _ := read(`{"fedex": "new old"}`)
	fmt.Println(len(t.Of("fedex")), len(t.Of("dhl")))
	// Output: 2 0
}

func TestTheDoublesSecretIsRead(t *testing.T) {
	tokens, err := read(senderstest.New().Secret()["tokens"])
	if err != nil || strings.Join(tokens.Of("fedex"), " ") != senderstest.FedEx+" "+senderstest.FedExOld || len(tokens.Of("checkout")) != 1 {
		t.Errorf("%v", err)
	}
}

func TestWhatIsWrongIsNamedAndNotShown(t *testing.T) {
	for _, tokens := range []string{"", "canary", `["canary"]`, `{"fedex":{"canary":1}}`} {
		if _, err := read(tokens); err == nil || !strings.Contains(err.Error(), "senders") || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", tokens, err)
		}
	}
}
