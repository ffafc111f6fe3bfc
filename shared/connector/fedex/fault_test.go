package fedex

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
)

func TestClassify(t *testing.T) {
	type verdict struct {
		Kind      fault.Kind
		Reason    string
		Text      string
		After     time.Duration
		Ambiguous bool
	}
	now := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	envelope := func(code, message string) string {
		return `{"transactionId":"6","errors":[{"code":"` + code + `","message":"` + message + `"}]}`
	}
	for _, c := range []struct {
		name   string
		status int
		header http.Header
		body   string
		want   verdict
	}{
		{"a day's quota waits for midnight GMT", 429, nil, envelope("TOO.MANY.REQUESTS", "Daily transaction quota exceeded. Retry after 12:00AM GMT"),
			verdict{Reason: "fedex-quota", Text: "TOO.MANY.REQUESTS", After: 4*time.Hour + time.Second}},
		{"a rate waits for its window", 429, nil, envelope("TOO.MANY.REQUESTS", "We have received too many requests in a short duration."),
			verdict{Reason: "fedex-429", Text: "TOO.MANY.REQUESTS", After: 10 * time.Second}},
		{"a rate waits longer if asked", 429, http.Header{"Retry-After": {"60"}}, envelope("TOO.MANY.REQUESTS", ""),
			verdict{Reason: "fedex-429", Text: "TOO.MANY.REQUESTS", After: time.Minute}},
		{"a missing right is permanent", 403, nil, envelope("FORBIDDEN.ERROR", "We could not authorize your credentials."),
			verdict{Kind: fault.Permanent, Reason: "fedex-403", Text: "FORBIDDEN.ERROR"}},
		{"a rejected token waits", 401, nil, envelope("NOT.AUTHORIZED.ERROR", "Access token expired."),
			verdict{Reason: "fedex-401", Text: "NOT.AUTHORIZED.ERROR"}},
		{"a wrong request is permanent", 400, nil, envelope("RECIPIENTS.ADDRESS.STREETLINES.INVALID", "4120 Juniper Hollow Road"),
			verdict{Kind: fault.Permanent, Reason: "fedex-400", Text: "RECIPIENTS.ADDRESS.STREETLINES.INVALID"}},
		{"FedEx's own failure with a 400 is ambiguous", 400, nil, envelope("SYSTEM.UNEXPECTED.ERROR", ""),
			verdict{Reason: "fedex-400", Text: "SYSTEM.UNEXPECTED.ERROR", Ambiguous: true}},
		{"an internal error is ambiguous", 500, nil, envelope("INTERNAL.SERVER.ERROR", ""),
			verdict{Reason: "fedex-500", Text: "INTERNAL.SERVER.ERROR", Ambiguous: true}},
		{"an unavailable service is ambiguous", 503, nil, envelope("SERVICE.UNAVAILABLE.ERROR", ""),
			verdict{Reason: "fedex-503", Text: "SERVICE.UNAVAILABLE.ERROR", Ambiguous: true}},
		{"a code that is none is not repeated", 400, nil, envelope("Rosalind Achterberg", ""),
			verdict{Kind: fault.Permanent, Reason: "fedex-400", Text: "unknown"}},
		{"several codes are named", 400, nil, `{"errors":[{"code":"A.B"},{"code":"C.D"}]}`,
			verdict{Kind: fault.Permanent, Reason: "fedex-400", Text: "A.B, C.D"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fault.Of(classify(connector.Response{Status: c.status, Header: c.header, Body: []byte(c.body)}, now))
			if d := cmp.Diff(c.want, verdict{f.Kind, f.Reason, f.Err.Error(), f.RetryAfter, f.Ambiguous}); d != "" {
				t.Error(d)
			}
		})
	}
	for name, body := range map[string]string{"an empty body": "", "a page": "<html>", "no codes": `{"errors":[]}`} {
		if err := classify(connector.Response{Status: 400, Body: []byte(body)}, now); err != nil {
			t.Errorf("%s: %v, want the status to decide", name, err)
		}
	}
}

func TestUntilMidnight(t *testing.T) {
	for _, c := range []struct {
		name string
		at   time.Time
		want time.Duration
	}{
		{"just before", time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC), 2 * time.Second},
		{"in another zone", time.Date(2026, 11, 22, 23, 0, 0, 0, time.FixedZone("EST", -5*3600)), 12 * time.Hour},
		{"a long day is cut to what a queue can hide", time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC), 12 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := untilMidnight(c.at); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
