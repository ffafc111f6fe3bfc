package salesforce

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// recordError is one failure that Salesforce reports. Its code is called errorCode
// for a request, and statusCode for a record.
type recordError struct {
	Code       string   `json:"errorCode"`
	StatusCode string   `json:"statusCode"`
	Message    string   `json:"message"`
	Fields     []string `json:"fields"`
}

// limitPause is how long to wait if an organization has used up its requests of the
// day. The day is a sliding window, so requests become available all the time.
const limitPause = 15 * time.Minute

// coded is the cause of a fault with a code of Salesforce.
type coded struct {
	code   string
	object string
	fields []string
}

func (e *coded) Error() string {
	text := e.code
	if e.object != "" {
		text = e.object + ": " + text
	}
	if len(e.fields) > 0 {
		text += fmt.Sprintf(" %v", e.fields)
	}
	return text
}

// fault classifies the failure of a record of t.
func (e recordError) fault(t table) error {
	cause := e.cause(t.object)
	reason := reason(cause.code)
	switch cause.code {
	case "UNABLE_TO_LOCK_ROW", "QUERY_TIMEOUT", "CONCURRENT_REQUEST_LIMIT_EXCEEDED":
		return fault.Retry(reason, 0, cause)
	case "REQUEST_LIMIT_EXCEEDED":
		return fault.Retry(reason, limitPause, cause)
	case "SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION":
		return fault.Unknown(reason, 0, cause)
	case "DUPLICATE_VALUE":
		// Two concurrent upserts of a new id: one inserts, the other fails, and its next
		// attempt updates. Only the message names the field.
		if t.idField != "" && (slices.Contains(e.Fields, t.idField) || strings.Contains(e.Message, t.idField)) {
			return fault.Retry(reason, 0, cause)
		}
	}
	return fault.Refuse(reason, cause)
}

func (e recordError) cause(object string) *coded {
	c := &coded{code: e.Code, object: object}
	if c.code == "" {
		c.code = e.StatusCode
	}
	if !isCode(c.code) {
		c.code = "UNNAMED_ERROR"
	}
	for _, f := range e.Fields {
		if isName(f) && len(c.fields) < 10 {
			c.fields = append(c.fields, f)
		}
	}
	return c
}

func isCode(s string) bool { return isName(s) && s == strings.ToUpper(s) && len(s) <= 60 }

func reason(code string) string {
	return system + "-" + strings.ReplaceAll(strings.ToLower(code), "_", "-")
}

// nameless reports that a record could not be created without a name.
func nameless(err error, t table) bool {
	var cause *coded
	if !errors.As(err, &cause) || cause.code != "REQUIRED_FIELD_MISSING" {
		return false
	}
	return slices.ContainsFunc(cause.fields, func(f string) bool {
		return f == t.fields["name"] || f == t.fields["lastName"]
	})
}

// classify turns the answer to a whole request into a fault. Ended sessions and busy
// servers are classified by the status.
func classify(r connector.Response) error {
	if r.Status == http.StatusUnauthorized || r.Status == http.StatusTooManyRequests || r.Status >= 500 {
		return nil
	}
	var failures []recordError
	if err := strictjson.UnmarshalUpTo(connector.MaxBody, "answer", r.Body, &failures); err != nil || len(failures) == 0 {
		return nil
	}
	classified := failures[0].fault(table{})
	if f := fault.Of(classified); f.Kind == fault.Retryable && f.RetryAfter == 0 {
		if after := connector.RetryAfter(r.Header, time.Now()); after > 0 {
			return fault.Retry(f.Reason, after, f.Err)
		}
	}
	return classified
}
