package salesforce

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"

	"signalbox/shared/connector"
	"signalbox/shared/fault"
	"signalbox/shared/strictjson"
)

// upsert writes one record by its external id.
//
// It uses the request for collections although there is one record: unlike the one
// for single records, it always answers 200 with the record's errors.
func (c *Client) upsert(ctx context.Context, t table, id string, r record) error {
	full := maps.Clone(r)
	full["attributes"] = map[string]string{"type": t.object}
	full[t.idField] = id
	body, err := strictjson.Marshal(struct {
		AllOrNone bool     `json:"allOrNone"`
		Records   []record `json:"records"`
	}{Records: []record{full}})
	if err != nil {
		return fault.Refuse(system+"-encode", errors.New("record: expected values that JSON can encode"))
	}
	response, err := c.http.Do(ctx, connector.Request{
		Method:      http.MethodPatch,
		Path:        "/services/data/" + version + "/composite/sobjects/" + t.object + "/" + t.idField,
		ContentType: "application/json",
		Body:        body,
		Repeatable:  true,
	})
	if u, ok := parseUsage(response.Header.Get("Sforce-Limit-Info")); ok {
		c.usage.Store(&u)
	}
	if err != nil {
		return err
	}
	return readResult(t, response.Body)
}

// result is one element of SaveResult.
type result struct {
	Success *bool         `json:"success"`
	Errors  []recordError `json:"errors"`
}

// readResult turns the record's result in a 200 into an error.
func readResult(t table, body []byte) error {
	var results []result
	if err := strictjson.UnmarshalUpTo(connector.MaxBody, "answer", body, &results); err != nil {
		return unreadable(err)
	}
	if len(results) != 1 || results[0].Success == nil {
		return unreadable(fmt.Errorf("answer: expected one result"))
	}
	if *results[0].Success {
		return nil
	}
	if len(results[0].Errors) == 0 {
		return unreadable(errors.New("answer[0].errors: expected at least one error"))
	}
	return results[0].Errors[0].fault(t)
}

// unreadable is the fault of an answer that does not show the result. The answer is
// wrong, not the event.
func unreadable(err error) error {
	var field *fault.FieldError
	if errors.As(err, &field) {
		err = field
	}
	return fault.Unknown(system+"-answer", 0, err)
}
