package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/connector/salesforce"
	"signalbox/shared/connector/salesforce/salesforcetest"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/sample"
)

// calls is a fake that records its calls.
type calls struct {
	made []string
	err  error
}

func (c *calls) UpsertAccount(_ context.Context, a retail.Account) error {
	c.made = append(c.made, a.ID+" "+a.Email)
	return c.err
}

func TestHandle(t *testing.T) {
	for name, c := range map[string]struct {
		data retail.CustomerChanged
		fail error
		made []string
		err  string
	}{
		"the whole account is written": {retail.CustomerChanged{Customer: retail.Account{ID: "c-1", Email: "max@example.com"}}, nil, []string{"c-1 max@example.com"}, ""},
		"a failure is reported":        {retail.CustomerChanged{Customer: retail.Account{ID: "c-1"}}, errors.New("broken"), []string{"c-1 "}, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := calls{err: c.fail}
			err := handler{crm: &fake}.handle(t.Context(), event.Event[retail.CustomerChanged]{Data: c.data})
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if diff := cmp.Diff(c.made, fake.made); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every sample of customer.changed, played twice, has its effect once and asks as
// Salesforce's document says. What exactly leaves stands in testdata.
func TestSamples(t *testing.T) {
	samples, err := sample.Load("../../../events-samples")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, s := range samples {
		if s.Source != sample.Own || !strings.HasPrefix(s.Name+".", "customer.changed.") {
			continue
		}
		tried++
		t.Run(s.Name, func(t *testing.T) { play(t, s) })
	}
	if tried == 0 {
		t.Error("customer.changed has no sample")
	}
}

func play(t *testing.T, s sample.Sample) {
	raw, err := event.Parse(s.Body)
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.As[retail.CustomerChanged](raw)
	if err != nil {
		t.Fatal(err)
	}
	double := salesforcetest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	settings := double.Settings(server.URL)
	settings["SALESFORCE_BASE_URL"] = server.URL
	client, err := salesforce.New(config.Static(settings, map[string]map[string]string{"salesforce": double.Secret()}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for range 2 {
		if err := (handler{crm: client}).handle(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	const want = 1
	if n := len(double.Effects()); n != want {
		t.Errorf("%d effects, want %d although the event came twice", n, want)
	}
	t.Run("by its own document", func(t *testing.T) {
		// The document knows no record that fails inside a 200, so requests alone are judged.
		judge := contract.Judge(t, "salesforce.json")
		for _, x := range server.Exchanges() {
			// It does not describe how tokens are had.
			if x.Path != "/services/oauth2/token" {
				judge(x)
			}
		}
	})
}
