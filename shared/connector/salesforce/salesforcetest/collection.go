package salesforcetest

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"signalbox/shared/connector/connectortest"
	"signalbox/shared/strictjson"
)

// object is what an organization defines: the external id field, fields by
// their kind, and the fields a new record must have.
type object struct {
	idField  string
	prefix   string
	fields   map[string]kind
	required []string
}

type kind func(value any) bool

func isText(v any) bool { _, ok := v.(string); return ok }

func isNumber(v any) bool { _, ok := v.(float64); return ok }

func isMoment(v any) bool {
	s, ok := v.(string)
	_, err := time.Parse(time.RFC3339, s)
	return ok && err == nil
}

func isEmail(v any) bool { s, ok := v.(string); return ok && strings.Count(s, "@") == 1 }

func isCurrency(v any) bool {
	s, ok := v.(string)
	return ok && len(s) == 3 && s == strings.ToUpper(s)
}

// objects are the organization's definitions. They are never changed.
var objects = map[string]*object{
	"Order__c": {
		idField: "CT_Order_Id__c", prefix: "a01",
		fields: map[string]kind{
			"OrderNumber__c": isText, "TotalAmount__c": isNumber, "CurrencyIsoCode": isCurrency, "PlacedAt__c": isMoment,
			"Account__r": nil,
		},
	},
	"Case": {
		idField: "CT_Return_Id__c", prefix: "500",
		fields: map[string]kind{"Subject": isText, "Description": isText, "Account": nil, "SuppliedEmail": isEmail},
	},
	"Account": {
		idField: "CT_Customer_Id__c", prefix: "001",
		fields:   map[string]kind{"Name": isText, "Email__c": isEmail},
		required: []string{"Name"},
	},
}

type saved struct {
	ID      string       `json:"id,omitempty"`
	Success bool         `json:"success"`
	Errors  []savedError `json:"errors"`
	Created *bool        `json:"created,omitempty"`
}

type savedError struct {
	StatusCode string   `json:"statusCode"`
	Message    string   `json:"message"`
	Fields     []string `json:"fields"`
}

func failed(code, message string, fields ...string) saved {
	return saved{Errors: []savedError{{StatusCode: code, Message: message, Fields: append([]string{}, fields...)}}}
}

func (d *Double) collection(w http.ResponseWriter, r *http.Request, name string) {
	body, err := io.ReadAll(r.Body)
	var request struct {
		AllOrNone *bool            `json:"allOrNone"`
		Records   []map[string]any `json:"records"`
	}
	if err == nil {
		err = strictjson.Unmarshal("body", body, &request)
	}
	switch {
	case err != nil || request.AllOrNone == nil || request.Records == nil:
		answer(w, http.StatusBadRequest, problems("JSON_PARSER_ERROR", "Unexpected JSON"))
		return
	case *request.AllOrNone:
		answer(w, http.StatusBadRequest, problems("FUNCTIONALITY_NOT_ENABLED", "this organization rolls nothing back"))
		return
	case len(request.Records) == 0 || len(request.Records) > 200:
		answer(w, http.StatusBadRequest, problems("INVALID_INPUT", "1 to 200 records"))
		return
	}
	results := make([]saved, len(request.Records))
	for i, record := range request.Records {
		results[i] = d.upsert(connectortest.Caller(r), name, record)
	}
	answer(w, http.StatusOK, results)
}

func (d *Double) upsert(caller, name string, record map[string]any) saved {
	if len(d.failing) > 0 {
		f := d.failing[0]
		d.failing = d.failing[1:]
		return failed(f.code, "as the test requested", f.fields...)
	}
	o := objects[name]
	if attributes, ok := record["attributes"].(map[string]any); !ok || attributes["type"] != name {
		return failed("INVALID_TYPE", "sObject type: expected the one in the address")
	}
	id, _ := record[o.idField].(string)
	if id == "" {
		return failed("MISSING_ARGUMENT", o.idField+" not specified")
	}
	for _, field := range slices.Sorted(maps.Keys(record)) {
		is, known := o.fields[field]
		switch {
		case field == "attributes", field == o.idField:
		case !known:
			return failed("INVALID_FIELD", fmt.Sprintf("No such column '%s' on sobject of type %s", field, name), field)
		case is == nil:
			parent, _ := record[field].(map[string]any)
			key, _ := parent["CT_Customer_Id__c"].(string)
			if d.records["Account/"+key] == nil {
				return failed("INVALID_FIELD", "Foreign key external ID: "+key+" not found for field CT_Customer_Id__c in entity Account")
			}
		case record[field] != nil && !is(record[field]):
			return failed("INVALID_TYPE_ON_FIELD_IN_RECORD", field+": value not of required type", field)
		}
	}
	key := name + "/" + id
	stored, exists := d.records[key]
	next := map[string]any{"Id": fmt.Sprintf("%s%012dAAA", o.prefix, len(d.records)+1)}
	maps.Copy(next, stored)
	for field, value := range record {
		switch {
		case value == nil:
			delete(next, field)
		case field != "attributes":
			next[field] = value
		}
	}
	for _, field := range o.required {
		if next[field] == nil {
			return failed("REQUIRED_FIELD_MISSING", "Required fields are missing: ["+field+"]", field)
		}
	}
	if !reflect.DeepEqual(stored, next) {
		d.records[key] = next
		d.done(caller, name, id, !exists)
	}
	created := !exists
	return saved{ID: next["Id"].(string), Success: true, Errors: []savedError{}, Created: &created}
}
