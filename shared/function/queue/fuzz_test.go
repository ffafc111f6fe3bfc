package queue

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/sample"
)

// FuzzInvoke feeds whole payloads: whatever comes, either the batch comes back
// whole or every record has an end.
func FuzzInvoke(f *testing.F) {
	f.Add(sqsEvent(f, message{id: "a", body: onBus(f, order(f, "1"))}, message{id: "b", body: "null", fifo: true, group: "g"}))
	f.Add(sqsEvent(f, levelAt(f, "a", 3), message{id: "x", body: `{"detail":null}`, trace: "Root=1-x;Parent="}))
	for _, seed := range []string{`null`, `{}`, `{"Records":null}`, `{"Records":[]}`, `{"Records":[{"messageId":"a","body":"\ud800"}]}`, `{"Records":[{"messageId":"a","attributes":null}]}`} {
		f.Add([]byte(seed))
	}
	fixtures := []*fixture{
		newFixture(catalog.Function{}, nothing),
		newFixture(catalog.Function{}, func(context.Context, event.Event[level]) error { return nil }),
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		records, unreadable := readBatch(payload)
		for _, fixture := range fixtures {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			answer, err := fixture.Invoke(ctx, payload)
			cancel()
			if (err != nil) != (unreadable != nil) {
				t.Fatalf("read %v, invoked %v", unreadable, err)
			}
			if err == nil && len(failures(t, answer)) > len(records) {
				t.Fatalf("more failures than records: %s", answer)
			}
		}
	})
}

// FuzzKafka feeds whole payloads: either the batch comes back whole, or of each
// partition everything from some record on.
func FuzzKafka(f *testing.F) {
	f.Add(sample.Kafka([][]byte{[]byte("order"), []byte("later"), nil}, [][]byte{[]byte("\x00\xff")}))
	for _, seed := range []string{`null`, `{"records":null}`, `{"records":{}}`, `{"records":{"t-0":null}}`, `{"records":{"t-0":[{"offset":9223372036854775807},{"offset":-9223372036854775808}]}}`,
		`{"records":{"t-0":[{"offset":1,"value":"!"}]}}`, `{"records":{"t-0":[{"offset":1,"headers":[{"traceparent":[48,300,-1]}]}]}}`} {
		f.Add([]byte(seed))
	}
	s := newKafka(func(_ context.Context, body []byte) ([]event.Raw, error) {
		if len(body)%3 == 1 {
			return nil, fault.Retry("later", 0, nil)
		}
		return nil, fault.Field("body", "a notification")
	})
	f.Fuzz(func(t *testing.T, payload []byte) {
		_, positions, unreadable := readKafka(payload)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		answer, err := s.Invoke(ctx, payload)
		if (err != nil) != (unreadable != nil) {
			t.Fatalf("read %v, invoked %v", unreadable, err)
		}
		if err != nil {
			return
		}
		failed := map[position]bool{}
		for _, p := range kafkaFailures(t, answer) {
			failed[p] = true
		}
		for i := 1; i < len(positions); i++ {
			if before, at := positions[i-1], positions[i]; before.Partition == at.Partition && failed[before] && !failed[at] {
				t.Fatalf("%v is done before %v: %s", at, before, answer)
			}
		}
	})
}

// FuzzRead holds the one-pass reader to what Parse and As say.
func FuzzRead(f *testing.F) {
	f.Add([]byte(onBus(f, order(f, "1"))))
	f.Add([]byte(`{"detail":{"specversion":"1.0","data":{ "order" : null}},"replay-name":"x"}`))
	samples, err := filepath.Glob("../../../events-samples/signalbox/*.json")
	if err != nil || len(samples) == 0 {
		f.Fatalf("no samples: %v", err)
	}
	for _, name := range samples {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
		f.Add([]byte(`{"detail": ` + string(body) + `,"replay-name":"r"}`))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, data, err := decodeOnce[retail.OrderCreated](body)
		want, wantErr := readEvent(body)
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("%v, want %v", err, wantErr)
		}
		if err != nil || data == nil {
			return
		}
		typed, err := event.As[retail.OrderCreated](want)
		if err != nil {
			t.Fatalf("accepted what As refuses: %v", err)
		}
		a, _ := event.Encode(got)
		b, _ := event.Encode(want)
		if string(a) != string(b) || got.Replay != want.Replay {
			t.Fatalf("read\n%s, want\n%s", a, b)
		}
		if typed.Data.Order.ID != data.(*retail.OrderCreated).Order.ID || len(typed.Data.Order.Lines) != len(data.(*retail.OrderCreated).Order.Lines) {
			t.Fatal("the data differs")
		}
	})
}

// FuzzUnquote holds the quick way to decode a string to the general one.
func FuzzUnquote(f *testing.F) {
	for _, seed := range []string{`""`, `"a\"b\\c\/d\n\t\r"`, `"\u00e4\b\f"`, `"ä\ud83d\ude00"`, `"\ud800"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		want, ok := generalUnquote(value)
		if !ok {
			return
		}
		if got, err := unquote(value); err != nil || string(got) != want {
			t.Fatalf("%q, %v; want %q", got, err, want)
		}
	})
}

func generalUnquote(value []byte) (string, bool) {
	if v := jsontext.Value(value); v.Kind() != '"' || !v.IsValid() || len(value) == 0 || value[0] != '"' || value[len(value)-1] != '"' {
		return "", false
	}
	out, err := jsontext.AppendUnquote(nil, value)
	return string(out), err == nil
}
