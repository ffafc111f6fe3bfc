package fedex

import (
	"net/http"
	"strings"
	"time"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// rateWindow is how long FedEx refuses requests of a project that sent too many.
const rateWindow = 10 * time.Second

// refusal holds FedEx's codes.
type refusal []string

func (r refusal) Error() string { return strings.Join(r, ", ") }

// problem is one entry of FedEx's error envelope.
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func problems(body []byte) []problem {
	var envelope struct {
		Errors []problem `json:"errors"`
	}
	if strictjson.Unmarshal("answer", body, &envelope) != nil {
		return nil
	}
	return envelope.Errors
}

// classify refines the fault of a status by FedEx's codes. Messages are read but
// never quoted: they may repeat the request.
func classify(r connector.Response, now time.Time) error {
	found := problems(r.Body)
	if len(found) == 0 {
		return nil
	}
	var codes refusal
	for _, p := range found[:min(len(found), 5)] {
		codes = append(codes, connector.Code(p.Code))
	}
	f := *fault.Of(connector.StatusFault(system, r))
	f.Err = codes
	switch {
	case r.Status == http.StatusTooManyRequests && spent(found):
		f.Reason = system + "-quota"
		f.RetryAfter = untilMidnight(now)
	case r.Status == http.StatusTooManyRequests:
		f.RetryAfter = max(f.RetryAfter, rateWindow)
	case r.Status < 500 && f.Kind == fault.Permanent && unwell(found):
		// FedEx reports some of its own failures with a 4xx.
		f.Kind, f.Ambiguous = fault.Retryable, true
	}
	return &f
}

// spent distinguishes the daily quota from the rate: "Daily transaction quota exceeded.
// Retry after 12:00AM GMT", https://developer.fedex.com/api/en-us/guides/ratelimits.html
func spent(found []problem) bool {
	for _, p := range found {
		text := strings.ToLower(p.Code + " " + p.Message)
		if strings.Contains(text, "quota") || strings.Contains(text, "12:00") {
			return true
		}
	}
	return false
}

func unwell(found []problem) bool {
	for _, p := range found {
		if strings.HasPrefix(p.Code, "SYSTEM.") || strings.Contains(p.Code, "UNAVAILABLE") || p.Code == "INTERNAL.SERVER.ERROR" {
			return true
		}
	}
	return false
}

// untilMidnight is the rest of the quota's day, at most as long as a queue can hide
// a message: the next attempt then waits for the rest.
func untilMidnight(now time.Time) time.Duration {
	now = now.UTC()
	midnight := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, time.UTC)
	return min(midnight.Sub(now)+time.Second, 12*time.Hour)
}
