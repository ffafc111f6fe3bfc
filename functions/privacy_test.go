package functions_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/lambdatest/rehearsal"
	"signalbox/shared/sample"
)

// The ledger holds ids, hashes, states and levels of stock, and for a day where the label of a
// return is, so there is nothing in
// it that an erasure would have to reach: whatever the samples say of a person,
// none of it is in what the functions wrote down.
func TestTheLedgerHoldsNothingPersonal(t *testing.T) {
	looked := map[string]bool{}
	each(t, func(t *testing.T, f catalog.Function, s sample.Sample) {
		scene := set(t, f)
		scene.deliver(sample.SQS(s.Body))
		var delivered struct {
			Detail jsontext.Value `json:"detail"`
		}
		// What is no JSON holds nothing that could be looked for.
		_ = json.Unmarshal(s.Body, &delivered)
		told := []string{string(delivered.Detail)}
		for _, p := range scene.AWS.Published(rehearsal.Bus) {
			told = append(told, string(p.Detail))
		}
		values := map[string]bool{}
		for _, body := range told {
			maps.Copy(values, personal(t, body))
		}
		maps.Copy(looked, values)
		for _, item := range scene.AWS.Items(rehearsal.Ledger) {
			written, err := json.Marshal(item, json.Deterministic(true))
			if err != nil {
				t.Fatal(err)
			}
			for _, value := range slices.Sorted(maps.Keys(values)) {
				if strings.Contains(string(written), value) {
					t.Errorf("the ledger's item %s holds something personal", item[catalog.LedgerKey].Text())
				}
			}
		}
	})
	if len(looked) < 40 {
		t.Errorf("only %d personal values were looked for", len(looked))
	}
}

// personal returns the texts of an event's data that its class tags tell apart;
// none of what is not one of our events.
func personal(t *testing.T, body string) map[string]bool {
	t.Helper()
	raw, err := event.Parse([]byte(body))
	if err != nil {
		return nil
	}
	at := slices.IndexFunc(catalog.Events, func(e catalog.Event) bool { return e.Type() == raw.Type })
	if at < 0 {
		return nil
	}
	data := reflect.New(reflect.TypeOf(catalog.Events[at].Payload))
	if err := json.Unmarshal(raw.Data, data.Interface()); err != nil {
		return nil
	}
	whole := data.Elem().Interface().(event.Payload)
	texts := textsOf(t, whole)
	for open := range textsOf(t, event.Mask(whole)) {
		delete(texts, open)
	}
	if l, ok := whole.(retail.ReturnLabelled); ok {
		// A label's address is noted for the day it is good for.
		delete(texts, l.LabelURL)
	}
	// A word of a few letters is in every id.
	maps.DeleteFunc(texts, func(s string, _ bool) bool { return len(s) < 4 })
	return texts
}

func textsOf(t *testing.T, payload event.Payload) map[string]bool {
	t.Helper()
	encoded, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(encoded, &value); err != nil {
		t.Fatal(err)
	}
	texts := map[string]bool{}
	var collect func(any)
	collect = func(v any) {
		switch v := v.(type) {
		case string:
			texts[v] = true
		case []any:
			for _, inner := range v {
				collect(inner)
			}
		case map[string]any:
			for _, inner := range v {
				collect(inner)
			}
		}
	}
	collect(value)
	return texts
}
