package queue

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/function/internal/functiontest"
)

func assembled[T event.Payload](handle Handler[T]) function.Assemble {
	return Assemble(func(context.Context, function.Env) (Handler[T], error) { return handle, nil })
}

func TestFunctionStartsAndHandlesAgainstAWS(t *testing.T) {
	server := functiontest.Stage(t)
	h, err := function.Initialize("order-created-marketing", functiontest.Process(256), assembled(byOrder(map[string]error{
		"dead": fault.Refuse("klaviyo-400", nil), "later": fault.Retry("klaviyo-429", time.Hour, nil),
	})))
	if err != nil {
		t.Fatal(err)
	}
	if limit := debug.SetMemoryLimit(-1); limit != 192<<20 {
		t.Errorf("memory limit %d, want three quarters of 256 MB", limit)
	}
	if n := server.Calls("GetItem"); n != 1 {
		t.Errorf("%d reads at init, want the one that opens the connection", n)
	}
	var messages []message
	for _, id := range []string{"good", "dead", "later"} {
		if err := server.Send("queue", onBus(t, order(t, id))); err != nil {
			t.Fatal(err)
		}
	}
	receipts := map[string]string{}
	for i, m := range server.Receive("queue", 10) {
		messages = append(messages, message{id: []string{"good", "dead", "later"}[i], body: m.Body})
		receipts["receipt-"+messages[i].id] = m.Receipt
	}
	payload := string(sqsEvent(t, messages...))
	for from, to := range receipts {
		payload = strings.ReplaceAll(payload, from, to)
	}
	h.(*consumer).Out, h.(*consumer).Log = io.Discard, newFixture(catalog.Function{}, nothing).Log
	if failed := deliver(t, h, []byte(payload)); len(failed) != 1 || failed[0] != "later" {
		t.Errorf("failed %v, want the one to be retried", failed)
	}
	if items := server.Items("ledger"); len(items) != 1 || *items[0]["state"].S != "COMPLETED" {
		t.Errorf("the ledger has %v", items)
	}
	if dead := server.Messages("dlq"); len(dead) != 1 {
		t.Errorf("%d dead letters", len(dead))
	}
	if n := server.Calls("ChangeMessageVisibilityBatch"); n != 1 {
		t.Errorf("%d visibility requests", n)
	}
}

func TestFunctionThatCannotStartSaysWhatIsMissing(t *testing.T) {
	good := assembled(nothing)
	for sentence, c := range map[string]struct {
		name     string
		assemble function.Assemble
		unset    []string
		want     []string
	}{
		"a function the catalog does not know": {name: "nobody", assemble: good, want: []string{"the catalog has no function nobody"}},
		"a handler of another event": {
			name: "order-created-marketing", assemble: assembled(func(context.Context, event.Event[retail.OrderHeld]) error { return nil }),
			want: []string{`triggers order-created-marketing by "order.created"`, "order.held"},
		},
		"settings that are missing": {
			name: "order-created-marketing", assemble: good, unset: []string{config.Bus, config.DLQURL, config.SecretName("klaviyo")},
			want: []string{"SIGNALBOX_BUS is not set", "SIGNALBOX_DLQ_URL is not set", "SIGNALBOX_SECRET_KLAVIYO is not set"},
		},
		"a handler that cannot be built": {
			name: "order-created-marketing", want: []string{"no such account"},
			assemble: Assemble(func(context.Context, function.Env) (Handler[retail.OrderCreated], error) {
				return nil, errors.New("no such account")
			}),
		},
		"a build that panics": {
			name: "order-created-marketing", want: []string{"panic: string in"},
			assemble: Assemble(func(context.Context, function.Env) (Handler[retail.OrderCreated], error) { panic("x") }),
		},
		"an event function started as a source": {
			name: "order-created-marketing", want: []string{"does not know order-created-marketing as a source"},
			assemble: assembleIngress(nil),
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			functiontest.Stage(t)
			for _, name := range c.unset {
				t.Setenv(name, "")
			}
			_, err := function.Initialize(c.name, functiontest.Process(0), c.assemble)
			if err == nil {
				t.Fatal("it started")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

func TestEveryKillLabelIsPassedInOrder(t *testing.T) {
	for _, nature := range []catalog.Effect{catalog.Natural{}, catalog.Unsafe{}} {
		t.Run(nature.String(), func(t *testing.T) {
			v := &vendor{effects: map[string]int{}}
			for _, label := range []string{delivery.AfterDecode, delivery.AfterClaim, delivery.AfterEffect, delivery.BeforeComplete, delivery.AfterComplete, delivery.BeforeAck} {
				f := newFixture(catalog.Function{Effect: nature}, v.effect().Handle)
				killed := 0
				f.Kill = delivery.NewKillPoint(label)
				f.Kill.Kill = func() { killed++ }
				deliver(t, f, sqsEvent(t, message{id: "m", body: onBus(t, order(t, label))}))
				if killed != 1 {
					t.Errorf("%s: killed %d times", label, killed)
				}
			}
		})
	}
}
