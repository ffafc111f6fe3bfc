package functions_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
	"signalbox/shared/lambdalocal"
	"signalbox/shared/lambdatest/rehearsal"
	"signalbox/shared/sample"
)

// canary stands for a personal value. It may be in a dead letter's body, which
// is the message as it came, and nowhere else.
const canary = "canary-7c1e"

// fate is what must become of a bad record.
type fate int

const (
	// dead: in the dead-letter queue with its reason, and acknowledged.
	dead fate = iota
	// kept: reported failed, so that its queue keeps and at last dead-letters it.
	kept
	// done: it is not bad at all.
	done
)

type badRecord struct {
	name string
	body func(good string) string
	fate fate
	// tells is what the log must say of it: where, and what was expected.
	tells string
}

func is(body string) func(string) string { return func(string) string { return body } }

func swap(old, new string) func(string) string {
	return func(good string) string {
		if !strings.Contains(good, old) {
			panic("the sample does not hold " + old)
		}
		return strings.Replace(good, old, new, 1)
	}
}

// pad makes a body of the given size with a field nobody knows.
func pad(size int) func(string) string {
	return func(good string) string {
		extra := `,"filler":"` + canary + `"}`
		return strings.TrimSuffix(good, "}") + strings.Replace(extra, canary, canary+strings.Repeat("x", size-len(good)-len(extra)+1), 1)
	}
}

// anywhere are bodies that no function can make anything of.
var anywhere = []badRecord{
	// No queue takes a message without a body, the dead-letter queue neither.
	{"an empty body", is(""), kept, "invalid-event"},
	{"null", is("null"), dead, "expected"},
	{"an empty object", is("{}"), dead, "expected"},
	{"an array", is(`["` + canary + `"]`), dead, "an object"},
	{"a number", is("42"), dead, "an object"},
	{"a string", is(`"` + canary + `"`), dead, "an object"},
	{"text", is(canary + " is no JSON"), dead, "valid JSON"},
	{"a body cut off in the middle", func(good string) string { return good[:len(good)/2] }, dead, "valid JSON"},
	{"two documents", func(good string) string { return good + good }, dead, "valid JSON"},
	{"a name that stands twice", func(good string) string {
		return strings.Replace(good, "{", `{"id":"`+canary+`","id":"`+canary+`",`, 1)
	}, dead, "each name once"},
	{"half of a surrogate pair", func(good string) string { return strings.Replace(good, "{", `{"`+canary+`":"\ud83d",`, 1) }, dead, "valid UTF-8"},
	{"a deep nest", func(good string) string {
		return strings.Replace(good, "{", `{"x":`+strings.Repeat("[", 20000)+strings.Repeat("]", 20000)+",", 1)
	}, dead, "nest"},
	{"256 KB, most of it in a field nobody knows", pad(256 << 10), done, ""},
	{"1 MiB without room for a reason", pad(1 << 20), done, ""},
	{"1 MiB of text", is(strings.Repeat("x", 1<<20)), kept, ""},
}

// ofEvent are bad events of an order, in the wrapper of the bus.
var ofEvent = []badRecord{
	{"an unknown type", func(good string) string { return strings.ReplaceAll(good, "order.created", "order.unknown") }, dead, "type: expected"},
	{"a later version of the data", func(good string) string { return strings.Replace(good, `:1"`, `:9"`, 1) }, dead, "dataschema: expected"},
	{"no data", swap(`"data":`, `"dat":`), dead, "data: expected an object"},
	{"an amount that is text", swap(`"amount":`, `"amount":"`+canary+`","was":`), dead, "amount: expected a whole number"},
	{"a quantity below one", swap(`"quantity":1,`, `"quantity":0,`), dead, "data.order.lines[0].quantity: expected a whole number above 0"},
	{"an order without id", swap(`"order":{"id":`, `"order":{"is":`), dead, "data.order.id: expected"},
	{"lines that are an object", swap(`"lines":[`, `"lines":{},"was":[`), dead, "lines: expected an array"},
	{"a time that is none", swap(`"placedAt":"`, `"placedAt":"`+canary), dead, "placedAt: expected a time"},
	{"no id", swap(`"detail":{"specversion":"1.0","id":`, `"detail":{"specversion":"1.0","is":`), dead, "id: expected"},
}

// ofNotification are bad notifications of commercetools.
var ofNotification = []badRecord{
	{"an unknown notification type", swap(`"notificationType":"Message"`, `"notificationType":"Teleported"`), done, ""},
	{"another project", swap(`"projectKey":"acme-dev"`, `"projectKey":"`+canary+`"`), dead, "expected the project of this stage"},
	{"no id", swap(`"id":`, `"is":`), dead, "notification.id: expected"},
	{"an order that is text", swap(`"order":{`, `"order":"`+canary+`","was":{`), dead, "order: expected an object"},
	{"a price that is text", swap(`"centAmount":`, `"centAmount":"`+canary+`","was":`), dead, "centAmount: expected a whole number"},
	{"no line items", func(good string) string { return strings.ReplaceAll(good, `ineItems":[`, `tems":[`) }, dead, "order.lineItems: expected"},
}

// compact is the sample's body in one line, as strings are looked for in it.
func compact(t *testing.T, body []byte) string {
	t.Helper()
	v := append(jsontext.Value(nil), body...)
	if err := v.Compact(); err != nil {
		t.Fatal(err)
	}
	return string(v)
}

func TestBadRecordsHarmNothing(t *testing.T) {
	for _, f := range catalog.Queued() {
		records := anywhere
		switch {
		case f.Takes("order.created"):
			records = append(records[:len(records):len(records)], ofEvent...)
		case f.Source() == "commercetools":
			records = append(records[:len(records):len(records)], ofNotification...)
		}
		t.Run(f.Name, func(t *testing.T) {
			good := compact(t, samples(t, f)[canonical(t, f)].Body)
			for _, r := range records {
				t.Run(r.name, func(t *testing.T) { r.meet(t, f, good) })
			}
		})
	}
}

// canonical is the index of the sample that bad ones are made of.
func canonical(t *testing.T, f catalog.Function) int {
	t.Helper()
	want := string(f.Event())
	switch {
	case f.Source() == "commercetools":
		want = "order-created"
	case f.Event() == catalog.AnyEvent:
		want = "order.created"
	}
	for i, s := range samples(t, f) {
		if s.Name == want {
			return i
		}
	}
	t.Fatalf("%s has no sample %s", f.Name, want)
	return 0
}

func (r badRecord) meet(t *testing.T, f catalog.Function, good string) {
	scene := set(t, f)
	body := r.body(good)
	failed := scene.deliver(sample.SQS([]byte(body)))
	starts := scene.process.Starts()
	scene.process.Close() // What it printed is whole only now.

	letters := scene.AWS.Messages(rehearsal.DeadLetter(f))
	switch {
	case r.fate == dead && (len(letters) != 1 || len(failed) != 0):
		t.Errorf("%d dead letters, %d failed: want it dead-lettered and acknowledged", len(letters), len(failed))
	case r.fate == kept && (len(letters) != 0 || len(failed) != 1):
		t.Errorf("%d dead letters, %d failed: want it kept in its queue", len(letters), len(failed))
	case r.fate == done && (len(letters) != 0 || len(failed) != 0):
		t.Errorf("%d dead letters, %d failed: want it done", len(letters), len(failed))
	}
	for _, m := range letters {
		if m.Attributes["fault"] == "" || m.Attributes["reason"] == "" || m.Attributes["function"] != f.Name {
			t.Errorf("a dead letter without its reason: %v", m.Attributes)
		}
		if text := fmt.Sprint(m.Attributes); strings.Contains(text, canary) {
			t.Errorf("the attributes hold the value: %s", text)
		}
		if m.Body != body {
			t.Errorf("the dead letter's body is not the message's: %d bytes instead of %d", len(m.Body), len(body))
		}
	}
	printed := scene.out.String()
	if strings.Contains(printed, canary) {
		t.Errorf("the log holds the value:\n%s", printed)
	}
	if !strings.Contains(printed, r.tells) {
		t.Errorf("the log does not say %q:\n%s", r.tells, printed)
	}
	if starts != 1 {
		t.Error("the process crashed")
	}
}

// What is no batch at all fails as a whole: Lambda keeps its messages.
func TestPayloadThatIsNoBatchFailsAndHarmsNothing(t *testing.T) {
	for _, f := range catalog.Queued() {
		t.Run(f.Name, func(t *testing.T) {
			scene := set(t, f)
			for name, payload := range map[string]string{
				"null":                       "null",
				"an empty object":            "{}",
				"an array":                   "[]",
				"text":                       `"` + canary + `"`,
				"no JSON":                    canary,
				"records that are null":      `{"Records":null}`,
				"records that are an object": `{"Records":{"` + canary + `":1}}`,
				"a record without id":        `{"Records":[{"body":"` + canary + `"}]}`,
				"a body that is an object":   `{"Records":[{"messageId":"1","body":{"x":"` + canary + `"}}]}`,
				"bytes that are no UTF-8":    "{\"Records\":[{\"messageId\":\"1\",\"body\":\"\xff" + canary + "\"}]}",
				"a deep nest":                strings.Repeat("[", 100000),
			} {
				var refused *lambdalocal.FunctionError
				if _, err := scene.invoke([]byte(payload)); !errors.As(err, &refused) {
					t.Errorf("%s: %v, want an error of the function", name, err)
				}
			}
			if failed := scene.deliver([]byte(`{"Records":[]}`)); len(failed) != 0 {
				t.Errorf("an empty batch: %v failed", failed)
			}
			s := samples(t, f)[canonical(t, f)]
			if failed := scene.deliver(sample.SQS(s.Body)); len(failed) != 0 {
				t.Errorf("a good batch after all that: %v failed", failed)
			}
			if scene.process.Starts() != 1 {
				t.Error("the process crashed")
			}
			scene.process.Close()
			if printed := scene.out.String(); strings.Contains(printed, canary) {
				t.Errorf("the log holds the value:\n%s", printed)
			}
		})
	}
}

func TestHugeBatchIsDoneWhole(t *testing.T) {
	// What is refunded was paid before and what comes back was sent, which the
	// systems must know.
	var shop []rehearsal.Template
	for _, known := range []struct {
		file   string
		unique []string
	}{
		{"order-created", []string{"id", "order/id"}},
		{"order-refunded", []string{"id", "resource/id"}},
		{"return-info-added", []string{"id", "resource/id"}},
	} {
		body, err := os.ReadFile("../events-samples/commercetools/" + known.file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		shop = append(shop, rehearsal.Template{Name: "huge", Body: body, Unique: known.unique})
	}
	for _, f := range catalog.Queued() {
		t.Run(f.Name, func(t *testing.T) {
			scene := set(t, f)
			own := rehearsal.Template{Name: "huge", Body: samples(t, f)[canonical(t, f)].Body, Unique: []string{"detail/id", "detail/subject"}}
			// As many records as one invoke can carry: 6 MB, or 700.
			n := min(700, 5<<20/len(own.Body))
			bodies := make([][]byte, n)
			for i := range bodies {
				for _, template := range slices.Backward(shop) {
					item, err := template.Item(i)
					if err != nil {
						t.Fatal(err)
					}
					if err := scene.Notify(item.Body); err != nil {
						t.Fatal(err)
					}
					bodies[i] = item.Body
				}
				if f.Event() != "" {
					item, err := own.Item(i)
					if err != nil {
						t.Fatal(err)
					}
					bodies[i] = item.Body
				}
			}
			if failed := scene.deliver(sample.SQS(bodies...)); len(failed) != 0 {
				t.Errorf("%d of %d records failed", len(failed), n)
			}
			if n := scene.deadLetters(); n != 0 {
				t.Errorf("%d records were dead-lettered; the first: %v", n, scene.AWS.Messages(rehearsal.DeadLetter(f))[0].Attributes)
			}
			if peak := peakMB(t, scene.process.PID()); peak > f.MemoryOrDefault() {
				t.Errorf("the process took %d MB of its %d", peak, f.MemoryOrDefault())
			}
		})
	}
}
