package consumer

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/event"
	"signalbox/shared/event/retail"
	"signalbox/shared/fault"
	"signalbox/shared/lambdatest/awstest"
)

// stage sets the environment of a function and returns its AWS.
func stage(t *testing.T) *awstest.Server {
	t.Helper()
	server, err := awstest.Serve(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	server.CreateTable("ledger", catalog.LedgerKey)
	server.CreateQueue(awstest.Queue{Name: "queue"})
	server.CreateQueue(awstest.Queue{Name: "dlq"})
	server.CreateBus("bus")
	for _, pair := range server.Environment() {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	for name, value := range map[string]string{
		config.Stage: "test", config.Bus: "bus", config.Ledger: "ledger",
		config.QueueURL: server.QueueURL("queue"), config.DLQURL: server.QueueURL("dlq"),
		config.SecretName("klaviyo"): server.CreateSecret("klaviyo", `{"api_key":"k"}`),
	} {
		t.Setenv(name, value)
	}
	limit, percent := debug.SetMemoryLimit(-1), debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetMemoryLimit(limit); debug.SetGCPercent(percent) })
	return server
}

// process is what a function in that stage finds.
func process(memoryMB int) config.Process {
	p := config.LoadProcess()
	p.MemoryMB = memoryMB
	return p
}

func assemble[T event.Payload](handle Handler[T]) assembler {
	return eventFunction(func(context.Context, Env) (Handler[T], error) { return handle, nil })
}

func TestFunctionStartsAndHandlesAgainstAWS(t *testing.T) {
	server := stage(t)
	h, err := initialize("order-created-marketing", process(256), assemble(byOrder(map[string]error{
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
	h.(*consumer).out, h.(*consumer).log = io.Discard, newFixture(catalog.Function{}, nothing).log
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
	good := assemble(nothing)
	for sentence, c := range map[string]struct {
		name     string
		assemble assembler
		unset    []string
		want     []string
	}{
		"a function the catalog does not know": {name: "nobody", assemble: good, want: []string{"the catalog has no function nobody"}},
		"a handler of another event": {
			name: "order-created-marketing", assemble: assemble(func(context.Context, event.Event[retail.OrderHeld]) error { return nil }),
			want: []string{`triggers order-created-marketing by "order.created"`, "order.held"},
		},
		"settings that are missing": {
			name: "order-created-marketing", assemble: good, unset: []string{config.Bus, config.DLQURL, config.SecretName("klaviyo")},
			want: []string{"SIGNALBOX_BUS is not set", "SIGNALBOX_DLQ_URL is not set", "SIGNALBOX_SECRET_KLAVIYO is not set"},
		},
		"a handler that cannot be built": {
			name: "order-created-marketing", want: []string{"no such account"},
			assemble: eventFunction(func(context.Context, Env) (Handler[retail.OrderCreated], error) {
				return nil, errors.New("no such account")
			}),
		},
		"a build that panics": {
			name: "order-created-marketing", want: []string{"panic: string in"},
			assemble: eventFunction(func(context.Context, Env) (Handler[retail.OrderCreated], error) { panic("x") }),
		},
		"an event function started as a source": {
			name: "order-created-marketing", want: []string{"does not know order-created-marketing as a source"},
			assemble: sourceFunction(nil),
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			stage(t)
			for _, name := range c.unset {
				t.Setenv(name, "")
			}
			_, err := initialize(c.name, process(0), c.assemble)
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

func TestInitErrorReachesLambda(t *testing.T) {
	var path, kind, body string
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		path, kind, body = r.URL.Path, r.Header.Get("Lambda-Runtime-Function-Error-Type"), string(text)
	}))
	defer api.Close()
	if err := reportInit(strings.TrimPrefix(api.URL, "http://"), "X is not set"); err != nil {
		t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
	if path != "/2018-06-01/runtime/init/error" || kind != "Signalbox.Init" || !strings.Contains(body, `"errorMessage":"X is not set"`) {
		t.Errorf("%s %s %s", path, kind, body)
	}
}

func TestBackoffGrowsWithFullJitterAndHonoursWhatWasAsked(t *testing.T) {
	asked := func(d time.Duration) error { return fault.Retry("x", d, nil) }
	for sentence, c := range map[string]struct {
		attempt   int
		err       error
		low, high time.Duration
	}{
		"the first":                      {1, asked(0), time.Second, 4 * time.Second},
		"the third":                      {3, asked(0), time.Second, 16 * time.Second},
		"the hundredth":                  {100, asked(0), time.Second, 15 * time.Minute},
		"a time that was asked for":      {1, asked(time.Hour), time.Hour, 66 * time.Minute},
		"a shorter one is a lower bound": {1, asked(2 * time.Second), 2 * time.Second, 4 * time.Second},
		"more than SQS can hide":         {1, asked(12 * time.Hour), maxHidden, maxHidden},
		"an unclassified error":          {2, errors.New("?"), time.Second, 8 * time.Second},
	} {
		t.Run(sentence, func(t *testing.T) {
			least, most := time.Duration(math.MaxInt64), time.Duration(0)
			for range 3000 {
				d := backoff(c.attempt, c.err)
				least, most = min(least, d), max(most, d)
			}
			if least < c.low || most > c.high {
				t.Errorf("between %s and %s, want within %s and %s", least, most, c.low, c.high)
			}
			if c.high > c.low && most-least < (c.high-c.low)/2 {
				t.Errorf("between %s and %s: hardly any jitter", least, most)
			}
		})
	}
}

func TestKillPointKillsAtTheNthPass(t *testing.T) {
	var passed []string
	at := func(setting string) *killPoint {
		k := newKillPoint(setting)
		if k != nil {
			k.kill = func() { passed = append(passed, "killed") }
		}
		return k
	}
	for sentence, c := range map[string]struct {
		setting string
		passes  int
		want    int
	}{
		"the first":          {"after-claim", 1, 1},
		"never twice":        {"after-claim", 3, 1},
		"the third, not yet": {"after-claim:3", 2, 0},
		"the third":          {"after-claim:3", 3, 1},
		"another label":      {"before-ack", 3, 0},
		"not set":            {"", 3, 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			passed = nil
			k := at(c.setting)
			for range c.passes {
				k.reach(afterClaim)
			}
			if len(passed) != c.want {
				t.Errorf("killed %d times, want %d", len(passed), c.want)
			}
		})
	}
}

func TestEveryKillLabelIsPassedInOrder(t *testing.T) {
	for _, nature := range []catalog.Effect{catalog.Natural, catalog.Unsafe} {
		t.Run(string(nature), func(t *testing.T) {
			v := &vendor{effects: map[string]int{}}
			for _, label := range []string{afterDecode, afterClaim, afterEffect, beforeComplete, afterComplete, beforeAck} {
				f := newFixture(catalog.Function{Effect: nature}, v.effect().Handle)
				killed := 0
				f.kill = newKillPoint(label)
				f.kill.kill = func() { killed++ }
				deliver(t, f, sqsEvent(t, message{id: "m", body: onBus(t, order(t, label))}))
				if killed != 1 {
					t.Errorf("%s: killed %d times", label, killed)
				}
			}
		})
	}
}

func TestClientsUseWhatLambdaGives(t *testing.T) {
	if _, err := newClients(config.AWS{}); err == nil || !strings.Contains(err.Error(), "AWS_REGION") {
		t.Errorf("without a region: %v", err)
	}
	c, err := newClients(config.AWS{Region: "us-east-1", FIPS: true, KeyID: "k", Key: "s", Session: "t", CredentialsURL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	o := c.dynamoDB.Options()
	if o.EndpointOptions.UseFIPSEndpoint != aws.FIPSEndpointStateEnabled || o.BaseEndpoint != nil || o.RetryMaxAttempts != 0 && o.RetryMaxAttempts != 4 {
		t.Errorf("options %+v", o.EndpointOptions)
	}
	keys, err := o.Credentials.Retrieve(t.Context())
	if err != nil || keys.AccessKeyID != "k" || keys.SecretAccessKey != "s" || keys.SessionToken != "t" {
		t.Errorf("credentials of %q, %v", keys.AccessKeyID, err)
	}
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "token" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, `{"AccessKeyId":"served","SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z"}`)
	}))
	defer served.Close()
	keys, err = credentialsOf(config.AWS{CredentialsURL: served.URL, CredentialsToken: "token"}).Retrieve(t.Context())
	if err != nil || keys.AccessKeyID != "served" {
		t.Errorf("credentials of %q, %v", keys.AccessKeyID, err)
	}
}
