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

// StatusFault is what a status means where the vendor says nothing more exact.
// 401 and 403 at the door of a system are for its operator to mend, so a 401,
// which a rotated secret cures, waits; other 4xx and redirects are Permanent;
// 429 waits as asked; 408 and 5xx are ambiguous.
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

// RetryAfter reads a Retry-After header, seconds or a date, at the given time.
// It is 0 if there is none and never longer than SQS can hide a message.
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

// Decode reads the JSON body of an answer that says the request succeeded. What
// cannot be read leaves unknown what the system did, so the error is ambiguous;
// its reason is "<system>-answer" and its text names the field.
func (c *Client) Decode(r Response, into any) error {
	if err := strictjson.Unmarshal("answer", r.Body, into); err != nil {
		return c.Unreadable(errors.Unwrap(err))
	}
	return nil
}

// Unreadable is the error of a success whose body lacks what it must hold.
// cause must not quote the body.
func (c *Client) Unreadable(cause error) error {
	return fault.Unknown(c.options.System+"-answer", 0, cause)
}

// Code returns a vendor's error code as it may stand in an error's text, or
// "unknown" for anything that does not look like one.
func Code(s string) string {
	ok := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-'
	}
	if s == "" || len(s) > 80 || strings.TrimFunc(s, ok) != "" || strings.ContainsFunc(s, func(r rune) bool { return !ok(r) }) {
		return "unknown"
	}
	return s
}
