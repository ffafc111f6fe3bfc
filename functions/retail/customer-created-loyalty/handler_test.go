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
	"signalbox/shared/connector/voucherify"
	"signalbox/shared/connector/voucherify/voucherifytest"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/sample"
)

// calls is a fake that records its calls.
type calls struct {
	made []string
	err  error
}

func (c *calls) UpsertCustomer(_ context.Context, a retail.Account) error {
	c.made = append(c.made, a.ID+" "+a.Email)
	return c.err
}

func TestHandle(t *testing.T) {
	for name, c := range map[string]struct {
		data retail.CustomerCreated
		fail error
		made []string
		err  string
	}{
		"the whole account is written": {retail.CustomerCreated{Customer: retail.Account{ID: "c-1", Email: "max@example.com"}}, nil, []string{"c-1 max@example.com"}, ""},
		"a failure is reported":        {retail.CustomerCreated{Customer: retail.Account{ID: "c-1"}}, errors.New("broken"), []string{"c-1 "}, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := calls{err: c.fail}
			err := handler{programme: &fake}.handle(t.Context(), event.Event[retail.CustomerCreated]{Data: c.data})
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if diff := cmp.Diff(c.made, fake.made); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every sample of customer.created, played twice, has its effect once and asks as
// Voucherify's document says. What exactly leaves stands in testdata.
func TestSamples(t *testing.T) {
	samples, err := sample.Load("../../../events-samples")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, s := range samples {
		if s.Source != sample.Own || !strings.HasPrefix(s.Name+".", "customer.created.") {
			continue
		}
		tried++
		t.Run(s.Name, func(t *testing.T) { play(t, s) })
	}
	if tried == 0 {
		t.Error("customer.created has no sample")
	}
}

func play(t *testing.T, s sample.Sample) {
	raw, err := event.Parse(s.Body)
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.As[retail.CustomerCreated](raw)
	if err != nil {
		t.Fatal(err)
	}
	double := voucherifytest.New()
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	settings := double.Settings(server.URL)
	settings["VOUCHERIFY_BASE_URL"] = server.URL
	client, err := voucherify.New(config.Static(settings, map[string]map[string]string{"voucherify": double.Secret()}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for range 2 {
		if err := (handler{programme: client}).handle(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	const want = 1
	if n := len(double.Effects()); n != want {
		t.Errorf("%d effects, want %d although the event came twice", n, want)
	}
	t.Run("by its own document", func(t *testing.T) {
		judge := contract.JudgeBoth(t, "voucherify.json")
		for _, x := range server.Exchanges() {
			judge(x)
		}
	})
}
