package connector

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/fault"
)

func TestStatusFault(t *testing.T) {
	type verdict struct {
		Kind      fault.Kind
		Reason    string
		Ambiguous bool
		After     time.Duration
	}
	for _, c := range []struct {
		name   string
		status int
		want   verdict
	}{
		{"a redirect is permanent", 302, verdict{Kind: fault.Permanent, Reason: "acme-302"}},
		{"a bad request is permanent", 400, verdict{Kind: fault.Permanent, Reason: "acme-400"}},
		{"a rejected credential waits for a new one", 401, verdict{Reason: "acme-401", After: 7 * time.Second}},
		{"a missing right is permanent", 403, verdict{Kind: fault.Permanent, Reason: "acme-403"}},
		{"a request the system gave up on is ambiguous", 408, verdict{Reason: "acme-408", Ambiguous: true, After: 7 * time.Second}},
		{"a conflict is permanent", 409, verdict{Kind: fault.Permanent, Reason: "acme-409"}},
		{"too early waits", 425, verdict{Reason: "acme-425", After: 7 * time.Second}},
		{"too many requests waits as asked", 429, verdict{Reason: "acme-429", After: 7 * time.Second}},
		{"a failure is ambiguous", 500, verdict{Reason: "acme-500", Ambiguous: true, After: 7 * time.Second}},
		{"a gateway's failure is ambiguous", 504, verdict{Reason: "acme-504", Ambiguous: true, After: 7 * time.Second}},
		{"a status nobody knows is ambiguous from 500 on", 599, verdict{Reason: "acme-599", Ambiguous: true, After: 7 * time.Second}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fault.Of(StatusFault("acme", Response{Status: c.status, Header: http.Header{"Retry-After": {"7"}}}))
			if d := cmp.Diff(c.want, verdict{f.Kind, f.Reason, f.Ambiguous, f.RetryAfter}); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, value string
		want        time.Duration
	}{
		{"seconds", "120", 2 * time.Minute},
		{"seconds with spaces", " 5 ", 5 * time.Second},
		{"a fraction of a second", "0.5", 500 * time.Millisecond},
		{"a date", "Sun, 22 Nov 2026 15:00:30 GMT", 30 * time.Second},
		{"none", "", 0},
		{"nothing", "0", 0},
		{"a negative number", "-5", 0},
		{"a past date", "Sun, 22 Nov 2026 14:00:00 GMT", 0},
		{"words", "soon", 0},
		{"not a number", "NaN", 0},
		{"a day is cut to what a queue can hide", "86400", 12 * time.Hour},
		{"a number too large for an integer", "99999999999999999999", 12 * time.Hour},
		{"a number too large for a float", strings.Repeat("9", 400), 12 * time.Hour},
		{"a negative number too large for a float", "-" + strings.Repeat("9", 400), 0},
		{"a far date", "Sun, 22 Nov 9026 15:00:30 GMT", 12 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := RetryAfter(http.Header{"Retry-After": {c.value}}, now); got != c.want {
				t.Errorf("RetryAfter(%q) = %v, want %v", c.value, got, c.want)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"1", "-1", "1e9", "Inf", "NaN", "0x1p4", "Sun, 22 Nov 2026 15:00:30 GMT"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d := RetryAfter(http.Header{"Retry-After": {s}}, time.Unix(0, 0)); d < 0 || d > maxRetryAfter {
			t.Errorf("RetryAfter(%q) = %v", s, d)
		}
	})
}

func TestCode(t *testing.T) {
	for _, c := range []struct{ name, code, want string }{
		{"a vendor's code stands", "SERVICE.UNAVAILABLE.ERROR", "SERVICE.UNAVAILABLE.ERROR"},
		{"an empty one is unknown", "", "unknown"},
		{"a sentence is unknown", "Jane Roe has moved", "unknown"},
		{"a mail address is unknown", "jane@example.com", "unknown"},
		{"a long one is unknown", strings.Repeat("A", 81), "unknown"},
		{"a line break is unknown", "A\nB", "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Code(c.code); got != c.want {
				t.Errorf("Code(%q) = %q", c.code, got)
			}
		})
	}
}

func TestDecode(t *testing.T) {
	c, err := New(Options{System: "acme", BaseURL: "https://acme.example"})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct{ name, body string }{
		{"an empty body", ""},
		{"half a body", `{"id":"se`},
		{"a page", "<html>secret</html>"},
		{"another type", `{"id":["secret"]}`},
		{"a name twice", `{"id":"a","id":"secret"}`},
	} {
		t.Run(k.name+" leaves the effect unknown", func(t *testing.T) {
			var into struct {
				ID string `json:"id"`
			}
			f := fault.Of(c.Decode(Response{Status: 200, Body: []byte(k.body)}, &into))
			if f == nil || f.Kind != fault.Retryable || !f.Ambiguous || f.Reason != "acme-answer" || strings.Contains(f.Error(), "secret") {
				t.Errorf("error %+v", f)
			}
		})
	}
	var into struct{ ID string }
	if err := c.Decode(Response{Body: []byte(`{"ID":"7","more":1}`)}, &into); err != nil || into.ID != "7" {
		t.Errorf("decoded %+v, error %v", into, err)
	}
}
