package schema_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"signalbox/shared/event/schema"
)

func TestBreaks(t *testing.T) {
	const base = `{
		"type": "object", "required": ["id", "at", "money"],
		"properties": {
			"id": {"type": "string"}, "at": {"type": "string", "format": "date-time"}, "note": {"type": "string", "x-class": "personal"},
			"lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}}, "money": {"$ref": "#/$defs/Money"},
			"labels": {"type": "object", "additionalProperties": {"type": "string"}}
		},
		"$defs": {
			"Line": {"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}, "parts": {"type": "array", "items": {"$ref": "#/$defs/Line"}}}},
			"Money": {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "integer", "format": "int64"}}}
		}
	}`
	for name, c := range map[string]struct {
		old, new string
		want     []string
	}{
		"nothing":                            {``, ``, nil},
		"a new property that may be absent":  {`"id": {`, `"new": {"type": "string"}, "id": {`, nil},
		"a class is added":                   {`"id": {`, `"id": {"x-class": "personal", `, nil},
		"a class is removed":                 {`, "x-class": "personal"`, ``, nil},
		"a new property that must be there":  {`"required": ["id", "at", "money"], "properties": {`, `"required": ["id", "at", "money", "new"], "properties": {"new": {"type": "string"},`, []string{"data.new is new and must be present: events already written lack it"}},
		"a property is removed":              {`"note": {"type": "string", "x-class": "personal"},`, ``, []string{"data.note was removed: consumers of the older version rely on it"}},
		"a property is renamed":              {`"note"`, `"remark"`, []string{"data.note was removed: consumers of the older version rely on it"}},
		"a required property is renamed":     {`["sku"], "properties": {"sku"`, `["code"], "properties": {"code"`, []string{"data.lines[].sku was removed: consumers of the older version rely on it", "data.lines[].code is new and must be present: events already written lack it"}},
		"a property may be absent now":       {`["id", "at", "money"]`, `["id", "money"]`, []string{"data.at may be absent now: consumers of the older version rely on it"}},
		"a property must be there now":       {`["id", "at", "money"]`, `["id", "at", "money", "note"]`, []string{"data.note must be present now: events already written may lack it"}},
		"a text becomes a number":            {`"id": {"type": "string"}`, `"id": {"type": "number"}`, []string{"data.id was string and is number: neither side can read the other"}},
		"a whole number may have a fraction": {`{"type": "integer", "format": "int64"}`, `{"type": "number"}`, []string{"data.money.amount was integer int64 and is number: neither side can read the other"}},
		"a number becomes smaller":           {`"int64"`, `"int32"`, []string{"data.money.amount was integer int64 and is integer int32: neither side can read the other"}},
		"a time becomes any text":            {`, "format": "date-time"`, ``, []string{"data.at was string date-time and is string: neither side can read the other"}},
		"a number becomes a text of digits":  {`{"type": "integer", "format": "int64"}`, `{"type": "string", "pattern": "^-?[0-9]+$"}`, []string{"data.money.amount was integer int64 and is string ^-?[0-9]+$: neither side can read the other"}},
		"one becomes many":                   {`"money": {"$ref": "#/$defs/Money"}`, `"money": {"type": "array", "items": {"$ref": "#/$defs/Money"}}`, []string{"data.money was object and is array of items: neither side can read the other"}},
		"the values of a map change":         {`"additionalProperties": {"type": "string"}`, `"additionalProperties": {"type": "boolean"}`, []string{"data.labels.* was string and is boolean: neither side can read the other"}},
		"a definition is written in place":   {`"money": {"$ref": "#/$defs/Money"}`, `"money": {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "integer", "format": "int64"}}}`, nil},
		"another definition is referred to":  {`#/$defs/Money"}, `, `#/$defs/Line"}, `, []string{"data.money.amount was removed: consumers of the older version rely on it", "data.money.sku is new and must be present: events already written lack it"}},
		"a definition is lost":               {`"Money": {"type"`, `"Cash": {"type"`, []string{"data.money refers to a definition that is missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := schema.Breaks([]byte(base), []byte(replace(t, base, c.old, c.new)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
