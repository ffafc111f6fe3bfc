package commercetools

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"signalbox/shared/connector/connectortest"
)

func messageAt(at time.Time, id string, sequence int) []byte {
	return fmt.Appendf(nil, `{"id":%q,"version":1,"createdAt":%q,"type":"OrderStateChanged","sequenceNumber":%d,"resource":{"typeId":"order","id":"o-1"},"orderState":"Confirmed"}`,
		id, at.UTC().Format(timestamp), sequence)
}

// A page ends in the middle of a millisecond, and the next one goes on there.
func TestMessagesAreReadByPositionInTheirOrder(t *testing.T) {
	client, double, server := subscriber(t)
	start := time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)
	var want []string
	for i := range 7 {
		id := fmt.Sprintf("m-%d", i)
		if err := double.PutMessage(messageAt(start.Add(time.Duration(i/4)*time.Second), id, i+1)); err != nil {
			t.Fatal(err)
		}
		want = append(want, id)
	}
	if err := double.PutMessage(messageAt(start.Add(time.Minute), "later", 8)); err != nil {
		t.Fatal(err)
	}
	var got []string
	at := Position{CreatedAt: start}
	for {
		page, err := client.Messages(t.Context(), at, start.Add(time.Minute), 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page {
			got, at = append(got, m.ID), m.Position
			if m.ResourceType != "order" || m.ResourceID != "o-1" || m.Type != "OrderStateChanged" || m.Sequence != int64(len(got)) {
				t.Errorf("message %+v", m)
			}
		}
		if len(page) < 3 {
			break
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("read %v, want %v", got, want)
	}
	for _, x := range server.Exchanges() {
		if strings.Contains(x.Query, "offset") || x.Path != "/oauth/token" && !strings.Contains(x.Query, "withTotal=false") {
			t.Errorf("asked for %s", x.Query)
		}
	}
}

func TestPageThatIsTooLargeIsToldAsSuch(t *testing.T) {
	client, _, server := subscriber(t)
	server.Script(func(r *http.Request) *connectortest.Fault {
		if r.URL.Path == "/oauth/token" {
			return nil
		}
		return &connectortest.Fault{Status: 200, Body: `{"results":["` + strings.Repeat("x", 5<<20) + `"]}`}
	})
	if _, err := client.Messages(t.Context(), Position{}, time.Now(), 500); !IsOversized(err) {
		t.Error(err)
	}
}

func FuzzMessage(f *testing.F) {
	f.Add(messageAt(time.Now(), "m-1", 1))
	f.Add([]byte(`{"id":"m","createdAt":"2026-11-27T08:00:00Z","type":"X","sequenceNumber":0}`))
	f.Add([]byte(`{"id":7}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if m, err := readMessage(raw); err == nil && (m.ID == "" || m.Sequence < 1 || m.ResourceID == "") {
			t.Errorf("%+v", m)
		}
	})
}
