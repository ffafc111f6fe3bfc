package salesforce

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"signalbox/shared/config"
)

// The attributes that a stage may map to a field.
const (
	orderFields    = "number total currency placedAt customer"
	customerFields = "name firstName lastName email"
	returnFields   = "subject description order customer email requestedAt"
)

// table is an object of the organization: its name, the external id field that
// holds the shop's id, and the field of each attribute that is written.
type table struct {
	object, idField string
	fields          map[string]string
}

// readTable reads <prefix>_OBJECT, <prefix>_ID_FIELD and <prefix>_FIELDS.
func readTable(v config.Values, prefix, known string) (table, error) {
	t := table{object: v.String(prefix + "_OBJECT"), idField: v.String(prefix + "_ID_FIELD")}
	if !isName(t.object) {
		return t, fmt.Errorf("%s_OBJECT: expected the API name of an object", prefix)
	}
	if !isName(t.idField) {
		return t, fmt.Errorf("%s_ID_FIELD: expected the API name of a field", prefix)
	}
	if err := v.JSON(prefix+"_FIELDS", &t.fields); err != nil {
		return t, err
	}
	for _, attribute := range slices.Sorted(maps.Keys(t.fields)) {
		if !slices.Contains(strings.Fields(known), attribute) {
			return t, fmt.Errorf("%s_FIELDS: expected only the attributes %s", prefix, known)
		}
		if field := t.fields[attribute]; !isName(field) || field == t.idField {
			return t, fmt.Errorf("%s_FIELDS: %s: expected the API name of a field", prefix, attribute)
		}
	}
	return t, nil
}

// record holds the values of one record by field.
type record map[string]any

// set puts a value in the field of an attribute, if both exist.
func (t table) set(r record, attribute, value string) {
	if field := t.fields[attribute]; field != "" && value != "" {
		r[field] = value
	}
}

// clear empties the field of an attribute, if there is one.
func (t table) clear(r record, attribute string) {
	if field := t.fields[attribute]; field != "" {
		r[field] = nil
	}
}

// isName reports whether s is an API name. Names become parts of paths, and a field
// name in an answer is only used if it is one.
func isName(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r != '_' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != "" && len(s) <= 80
}
