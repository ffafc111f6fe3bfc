package commercetoolstest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// PutMessage adds a message to those that /messages returns. The JSON is a message
// as commercetools writes it, or a notification with a message in the Platform or
// CloudEvents format; another notification is ignored.
func (d *Double) PutMessage(body []byte) error {
	var m object
	if err := json.Unmarshal(body, &m); err != nil {
		return fmt.Errorf("decode message: %w", err)
	}
	if data, ok := m["data"].(object); ok && m["specversion"] != nil {
		m = data
	}
	if kind, ok := m["notificationType"]; ok && kind != "Message" {
		return nil
	}
	m = clone(m)
	delete(m, "notificationType")
	delete(m, "projectKey")
	if m["payloadNotIncluded"] != nil {
		return errors.New("message: expected all its fields")
	}
	for _, field := range []string{"id", "createdAt", "type"} {
		if text, _ := m[field].(string); text == "" {
			return fmt.Errorf("message: expected the field %s", field)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.messages = slices.DeleteFunc(d.messages, func(o object) bool { return o["id"] == m["id"] })
	d.messages = append(d.messages, m)
	slices.SortFunc(d.messages, func(a, b object) int {
		return strings.Compare(a["createdAt"].(string)+a["id"].(string), b["createdAt"].(string)+b["id"].(string))
	})
	return nil
}

// DeleteMessages deletes the messages that were created before the given time, as
// commercetools does after deleteDaysAfterCreation.
func (d *Double) DeleteMessages(before string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.messages = slices.DeleteFunc(d.messages, func(o object) bool { return o["createdAt"].(string) < before })
}

// queryMessages answers GET /messages for the one predicate that the double
// supports, without an offset: createdAt < "…" and (createdAt > "…" or
// (createdAt = "…" and id > "…")).
func (d *Double) queryMessages(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit, ok := count(query, "limit", 20, 500)
	w1, parsed := parseWindow(query.Get("where"))
	switch {
	case !ok || limit == 0 || !parsed || len(query["where"]) != 1:
		refuse(w, http.StatusBadRequest, "InvalidInput", "Malformed parameter: where or limit.", nil)
		return
	case query.Has("offset"):
		refuse(w, http.StatusBadRequest, "InvalidInput", "The double takes no offset.", nil)
		return
	case !slices.Equal(query["sort"], []string{"createdAt asc", "id asc"}):
		refuse(w, http.StatusBadRequest, "InvalidInput", "The double sorts by createdAt asc, id asc.", nil)
		return
	}
	results := []any{}
	matched := 0
	for _, m := range d.messages {
		at, id := m["createdAt"].(string), m["id"].(string)
		if at >= w1.before || at < w1.after || at == w1.after && id <= w1.id {
			continue
		}
		if matched++; len(results) < limit {
			results = append(results, m)
		}
	}
	page := object{"limit": limit, "offset": 0, "count": len(results), "results": results}
	if query.Get("withTotal") != "false" {
		page["total"] = matched
	}
	answer(w, http.StatusOK, page)
}

type window struct{ before, after, id string }

func parseWindow(where string) (w window, ok bool) {
	var again string
	rest := where
	for _, part := range []struct {
		text string
		into *string
	}{
		{"createdAt < ", &w.before}, {" and (createdAt > ", &w.after}, {" or (createdAt = ", &again}, {" and id > ", &w.id},
	} {
		if rest, ok = strings.CutPrefix(rest, part.text); !ok {
			return w, false
		}
		if *part.into, rest, ok = quoted(rest); !ok {
			return w, false
		}
	}
	return w, rest == "))" && again == w.after
}
