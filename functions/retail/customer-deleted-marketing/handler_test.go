package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/config"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/klaviyo"
	"signalbox/shared/connector/klaviyo/klaviyotest"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/sample"
)

// calls is a fake that records its calls.
type calls struct {
	made []string
	none bool
	err  error
}

func (c *calls) ForgetProfile(_ context.Context, id, email string) (bool, error) {
	c.made = append(c.made, id+" "+email)
	return !c.none, c.err
}

func TestHandle(t *testing.T) {
	for name, c := range map[string]struct {
		data retail.CustomerDeleted
		fail error
		made []string
		err  string
		none bool
	}{
		"an erasure erases":                  {retail.CustomerDeleted{CustomerID: "c-1", Email: "max@example.com", Erasure: true}, nil, []string{"c-1 max@example.com"}, "", false},
		"who is not there is erased already": {retail.CustomerDeleted{CustomerID: "c-1", Email: "max@example.com", Erasure: true}, nil, []string{"c-1 max@example.com"}, "ignored: nothing-to-erase", true},
		"a closed account stays as it is":    {retail.CustomerDeleted{CustomerID: "c-1", Email: "max@example.com"}, nil, nil, "ignored: account-closed", false},
		"a failure is reported":              {retail.CustomerDeleted{CustomerID: "c-1", Email: "max@example.com", Erasure: true}, errors.New("broken"), []string{"c-1 max@example.com"}, "broken", false},
	} {
		t.Run(name, func(t *testing.T) {
			fake := calls{none: c.none, err: c.fail}
			err := handler{profiles: &fake}.handle(t.Context(), event.Event[retail.CustomerDeleted]{Data: c.data})
			if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if diff := cmp.Diff(c.made, fake.made); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every sample of customer.deleted, played twice, has its effect once. Klaviyo's document
// that others are judged by is trimmed and has no erasure; what leaves is checked
// with the client.
func TestSamples(t *testing.T) {
	samples, err := sample.Load("../../../events-samples")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, s := range samples {
		if s.Source != sample.Own || !strings.HasPrefix(s.Name+".", "customer.deleted.") {
			continue
		}
		tried++
		t.Run(s.Name, func(t *testing.T) { play(t, s) })
	}
	if tried == 0 {
		t.Error("customer.deleted has no sample")
	}
}

func play(t *testing.T, s sample.Sample) {
	raw, err := event.Parse(s.Body)
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.As[retail.CustomerDeleted](raw)
	if err != nil {
		t.Fatal(err)
	}
	double := klaviyotest.New()
	if err := double.PutNotification([]byte(`{"notificationType":"ResourceDeleted","dataErasure":true,"resource":{"typeId":"customer","id":"` + e.Subject + `"}}`)); err != nil {
		t.Fatal(err)
	}
	server := connectortest.Serve(double)
	t.Cleanup(server.Close)
	settings := map[string]string{"KLAVIYO_BASE_URL": server.URL}
	client, err := klaviyo.New(config.Static(settings, map[string]map[string]string{"klaviyo": double.Secret()}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for i, want := range []string{"<nil>", "ignored: nothing-to-erase"} {
		if !e.Data.Erasure {
			want = "ignored: account-closed"
		}
		if err := (handler{profiles: client}).handle(ctx, e); fmt.Sprint(err) != want {
			t.Fatalf("play %d: %v, want %q", i+1, err, want)
		}
	}
	want := 1
	if !e.Data.Erasure {
		want = 0
	}
	if n := len(double.Effects()); n != want {
		t.Errorf("%d effects, want %d although the event came twice", n, want)
	}
}
