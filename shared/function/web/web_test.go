package web

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"signalbox/shared/catalog"
	"signalbox/shared/event"
	"signalbox/shared/fault"
	"signalbox/shared/function"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/function/internal/functiontest"
	"signalbox/shared/publisher"
	"signalbox/shared/telemetry"
)

// posted is a payload of a function URL.
func posted(path, body string, at time.Time) []byte {
	payload, err := json.Marshal(map[string]any{
		"version": "2.0", "rawPath": path, "headers": map[string]string{"x-name": "value"}, "body": body, "isBase64Encoded": false,
		"requestContext": map[string]any{"requestId": "r-1", "timeEpoch": at.UnixMilli(), "http": map[string]string{"method": "POST", "path": path}},
	})
	if err != nil {
		panic(err)
	}
	return payload
}

type answered struct {
	Status int               `json:"statusCode"`
	Header map[string]string `json:"headers"`
	Body   string            `json:"body"`
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hooked is a function that takes events in, without a bus: what it receives is refused.
func hooked(receive Receive) (*server, *functiontest.Output, *functiontest.Queue) {
	out, queue := &functiontest.Output{}, &functiontest.Queue{}
	r := &delivery.Recorder{
		Function: catalog.Function{Name: "hook", Trigger: catalog.HTTP{Source: "hook"}}, Stage: "test", Out: out, Now: time.Now,
		Log: telemetry.New(out, "", "hook", "test"), Queue: queue, DLQURL: "https://sqs/dlq",
	}
	i := &ingress{Recorder: r, receive: receive, publisher: publisher.New(nil, "bus")}
	return &server{Recorder: r, answer: i.answer}, out, queue
}

func answering(r Responder) (*server, *functiontest.Output) {
	s, out, _ := hooked(nil)
	h := &responder{Recorder: s.Recorder, Responder: r, born: time.Now()}
	return &server{Recorder: s.Recorder, answer: h.answer, direct: true}, out
}

func invoke(t *testing.T, s *server, payload []byte) answered {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	text, err := s.Invoke(ctx, payload)
	if err != nil {
		t.Fatal(err)
	}
	var a answered
	if err := json.Unmarshal(text, &a); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return a
}

func TestWebhookOutcomes(t *testing.T) {
	for name, c := range map[string]struct {
		receive Receive
		status  int
		body    string
		outcome string
		dead    int
	}{
		"nothing follows":  {func(context.Context, Request) ([]event.Raw, error) { return nil, function.Ignore("scan-AR") }, 202, `{}`, "ignored", 0},
		"no event, unsaid": {func(context.Context, Request) ([]event.Raw, error) { return nil, nil }, 202, `{}`, "ignored", 0},
		"turned away":      {func(context.Context, Request) ([]event.Raw, error) { return nil, Reject(401, "signature") }, 401, `{"reason":"signature"}`, "refused", 0},
		"to be sent again": {func(context.Context, Request) ([]event.Raw, error) {
			return nil, fault.Retry("bus", 0, errors.New("secret"))
		}, 503, `{"reason":"try-again"}`, "retry", 0},
		"a panic": {func(context.Context, Request) ([]event.Raw, error) { panic("secret") }, 503, `{"reason":"try-again"}`, "retry", 0},
		"a field that is wrong": {func(context.Context, Request) ([]event.Raw, error) {
			return nil, fault.Field("push.output", "an object")
		}, 400, `{"reason":"invalid-event","expected":"push.output: expected an object"}`, "dead-letter", 1},
		"an event not to emit": {func(context.Context, Request) ([]event.Raw, error) {
			return []event.Raw{{Header: event.Header{Type: "order.lost"}}}, nil
		}, 400, `{"reason":"not-emitted"}`, "dead-letter", 1},
		"what nobody classified": {func(context.Context, Request) ([]event.Raw, error) { return nil, errors.New("secret") }, 503, `{"reason":"try-again"}`, "retry", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, out, queue := hooked(c.receive)
			a := invoke(t, s, posted("/fedex", "body", time.Now()))
			if a.Status != c.status || a.Body != c.body || a.Header["cache-control"] != "no-store" {
				t.Errorf("answered with %+v, want %d %s", a, c.status, c.body)
			}
			lines := out.Lines(t, "handled")
			if len(lines) != 1 || lines[0]["outcome"] != c.outcome || lines[0]["status"] != float64(c.status) || lines[0]["messageid"] != "r-1" {
				t.Errorf("told %v, want once %s", lines, c.outcome)
			}
			if len(queue.Sent) != c.dead || c.dead > 0 && (*queue.Sent[0].MessageBody != "body" || queue.Attribute(0, "path") != "/fedex") {
				t.Errorf("%d dead letters: %v", len(queue.Sent), queue.Sent)
			}
			if strings.Contains(out.String(), `"body"`) || strings.Contains(a.Body, "secret") {
				t.Errorf("the body or the error is told: %s %s", out, a.Body)
			}
		})
	}
}

func TestADeadLetterThatCannotBeSentIsNotAccepted(t *testing.T) {
	s, _, queue := hooked(func(context.Context, Request) ([]event.Raw, error) { return nil, fault.Field("x", "y") })
	queue.Send = func(*sqs.SendMessageInput) error { return errors.New("down") }
	if a := invoke(t, s, posted("/fedex", "body", time.Now())); a.Status != 503 || a.Header["retry-after"] == "" {
		t.Errorf("answered with %+v", a)
	}
}

func TestPayloadsThatAreNoRequest(t *testing.T) {
	s, _, _ := hooked(func(context.Context, Request) ([]event.Raw, error) { return nil, nil })
	for _, payload := range []string{`{}`, `null`, `text`, `{"Records":[]}`, `{"requestContext":{}}`, `{"requestContext":{"http":{"method":"POST"}},"body":"%","isBase64Encoded":true}`} {
		if _, err := s.Invoke(t.Context(), []byte(payload)); err == nil || strings.Contains(err.Error(), "Records") {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

// fallback is what Otherwise answers in these tests.
const fallback = `{"fallback":true}`

func respond(answer func(context.Context, Request) (Response, error), within time.Duration) Responder {
	return Responder{
		Answer: answer, Within: within,
		Otherwise: func(Request, error) Response { return Response{Status: 200, Body: []byte(fallback)} },
	}
}

func TestAnswersComeInTime(t *testing.T) {
	fine := func(context.Context, Request) (Response, error) {
		return Response{Status: 200, Body: []byte(`{}`)}, nil
	}
	release := make(chan struct{})
	defer close(release)
	for name, c := range map[string]struct {
		answer  func(context.Context, Request) (Response, error)
		arrived time.Duration
		body    string
		outcome string
		reason  string
	}{
		"in time":                     {fine, 0, `{}`, "applied", ""},
		"that does not heed its time": {func(context.Context, Request) (Response, error) { <-release; return fine(nil, Request{}) }, 0, fallback, "fallback", "deadline"},
		"that fails": {func(context.Context, Request) (Response, error) {
			return Response{}, fault.Unknown("vendor-503", 0, errors.New("x"))
		}, 0, fallback, "fallback", "vendor-503"},
		"that panics": {func(context.Context, Request) (Response, error) { panic("secret") }, 0, fallback, "fallback", "panic"},
		"to one that is late already": {func(context.Context, Request) (Response, error) {
			t.Error("it was begun")
			return fine(nil, Request{})
		}, -400 * time.Millisecond, fallback, "fallback", "late"},
		"to one by another clock":     {fine, -time.Hour, `{}`, "applied", ""},
		"to one from the future":      {fine, time.Hour, `{}`, "applied", ""},
		"that turns the request away": {func(context.Context, Request) (Response, error) { return Response{}, Reject(401, "authorization") }, 0, `{"reason":"authorization"}`, "refused", "authorization"},
		"that says nothing is to be done": {func(context.Context, Request) (Response, error) {
			return Response{Status: 200, Body: []byte(`{}`), Outcome: function.Ignore("none")}, nil
		}, 0, `{}`, "ignored", "none"},
	} {
		t.Run(name, func(t *testing.T) {
			s, out := answering(respond(c.answer, 300*time.Millisecond))
			started := time.Now()
			a := invoke(t, s, posted("/", "{}", started.Add(c.arrived)))
			if took := time.Since(started); took > 600*time.Millisecond {
				t.Errorf("it took %v", took)
			}
			line := out.Lines(t, "handled")
			if a.Body != c.body || len(line) != 1 || line[0]["outcome"] != c.outcome || c.reason != "" && line[0]["reason"] != c.reason {
				t.Errorf("%s, told %v", a.Body, line)
			}
		})
	}
}

// What Lambda began for a direct invocation counts as its waiting, once.
func TestADirectInvocationIsAnsweredByItsBareBodyAndCountsItsColdStart(t *testing.T) {
	s, out := answering(respond(func(ctx context.Context, r Request) (Response, error) {
		if !r.Direct || string(r.Body) != `{"action":"Create"}` {
			t.Errorf("%+v", r)
		}
		end, _ := ctx.Deadline()
		return Response{Body: []byte(time.Until(end).Round(100 * time.Millisecond).String())}, nil
	}, 500*time.Millisecond))
	time.Sleep(200 * time.Millisecond)
	for _, want := range []string{"300ms", "500ms"} {
		got, err := s.Invoke(t.Context(), []byte(`{"action":"Create"}`))
		if err != nil || string(got) != want {
			t.Errorf("%s left, %v, want %s\n%s", got, err, want, out)
		}
	}
}

func FuzzReadRequest(f *testing.F) {
	f.Add(posted("/fedex", "body", time.Unix(1770000000, 0)))
	f.Add([]byte(`{"requestContext":{"http":{}},"isBase64Encoded":true,"body":"AA=="}`))
	f.Add([]byte(`{"action":"Create"}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		now := time.Unix(1770000000, 0)
		r, err := readRequest(payload, now)
		if err == nil && (r.Arrived.After(now) || now.Sub(r.Arrived) > time.Minute) {
			t.Errorf("it arrived at %v", r.Arrived)
		}
		if err == nil && r.Direct && string(r.Body) != string(payload) {
			t.Error("a direct invocation is not what was sent")
		}
	})
}
