package connector

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// maxRetryAfter is the longest an SQS message can stay hidden.
const maxRetryAfter = 12 * time.Hour

// StatusFault returns the fault of a status, for answers without a more exact
// error code. A 401 is Retryable, since a rotated secret cures it; other 4xx,
// including 403, and redirects are Permanent; a 429 waits for Retry-After; 408
// and 5xx are ambiguous.
func StatusFault(system string, r Response) error {
	reason := system + "-" + strconv.Itoa(r.Status)
	cause := errors.New(http.StatusText(r.Status))
	after := RetryAfter(r.Header, time.Now())
	switch {
	case r.Status == http.StatusUnauthorized, r.Status == http.StatusTooManyRequests, r.Status == http.StatusTooEarly:
		return fault.Retry(reason, after, cause)
	case r.Status == http.StatusRequestTimeout, r.Status >= 500:
		return fault.Unknown(reason, after, cause)
	}
	return fault.Refuse(reason, cause)
}

// RetryAfter returns the delay of a Retry-After header, seconds or a date, at the
// given time. It is 0 without the header and at most as long as SQS can hide a
// message.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	var wait time.Duration
	if seconds, err := strconv.ParseFloat(value, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		// NaN compares false with everything.
		if seconds > 0 {
			wait = time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second))
		}
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return max(0, min(wait, maxRetryAfter))
}

// Decode decodes the JSON body of a successful answer. Without a valid body it is
// unknown what the system did, so the error is ambiguous; its reason is
// "<system>-answer" and its text names the field.
func (c *Client) Decode(r Response, into any) error {
	if err := strictjson.Unmarshal("answer", r.Body, into); err != nil {
		return c.Unreadable(errors.Unwrap(err))
	}
	return nil
}

// Unreadable returns the error for a successful answer whose body lacks a required
// value. cause must not quote the body.
func (c *Client) Unreadable(cause error) error {
	return fault.Unknown(c.options.System+"-answer", 0, cause)
}

// Code returns a vendor's error code if it is safe in an error's text, else
// "unknown".
func Code(s string) string {
	ok := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-'
	}
	if s == "" || len(s) > 80 || strings.TrimFunc(s, ok) != "" || strings.ContainsFunc(s, func(r rune) bool { return !ok(r) }) {
		return "unknown"
	}
	return s
}
