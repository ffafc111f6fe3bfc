package customresource

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"signalbox/shared/catalog"
	"signalbox/shared/fault"
	"signalbox/shared/function/internal/delivery"
	"signalbox/shared/function/internal/functiontest"
	"signalbox/shared/function/schedule"
	"signalbox/shared/telemetry"
)

// bucket is where CloudFormation waits for answers.
type bucket struct {
	*httptest.Server
	answers []map[string]any
	types   []string
	// failures is how often it refuses before it takes an answer.
	failures atomic.Int64
}

func newBucket(t *testing.T) *bucket {
	b := &bucket{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.failures.Add(-1) >= 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		body, _ := io.ReadAll(r.Body)
		var answer map[string]any
		if r.Method != http.MethodPut || json.Unmarshal(body, &answer) != nil {
			t.Errorf("%s %s", r.Method, body)
		}
		b.answers = append(b.answers, answer)
		b.types = append(b.types, r.Header.Get("Content-Type"))
	}))
	t.Cleanup(b.Close)
	return b
}

func asked(kind, address, id string) []byte {
	text, _ := json.Marshal(map[string]any{
		"RequestType": kind, "ResponseURL": address, "StackId": "arn:aws:cloudformation:x", "RequestId": "r-1", "LogicalResourceId": "Subscription",
		"PhysicalResourceId": id, "ResourceType": "Custom::X", "ResourceProperties": map[string]any{"ServiceToken": "arn", "Draft": map[string]any{}},
	})
	return text
}

// tick is an invocation on schedule.
const tick = `{"version":"0","id":"53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa","detail-type":"Scheduled Event","source":"aws.events","account":"123456789012","time":"2026-11-28T04:30:00Z","region":"eu-central-1","resources":["arn:aws:events:eu-central-1:123456789012:rule/r"],"detail":{}}`

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newProvider(local bool, apply func(context.Context, Request) (Resource, error)) (*provider, *functiontest.Output) {
	out := &functiontest.Output{}
	f := schedule.New(delivery.Recorder{
		Function: catalog.Function{Name: "sweep", Trigger: catalog.Schedule{}}, Stage: "test", Out: out, Now: time.Now,
		Log: telemetry.New(out, "INFO", "sweep", "test"),
	}, func(context.Context, schedule.Invocation) (schedule.Report, error) { return schedule.Report{}, nil })
	return &provider{name: "keeper", answers: answers{local: local}, build: func() (built, error) { return built{f, apply}, nil }}, out
}

func TestCloudFormationIsAnsweredInAnyCase(t *testing.T) {
	done := func(context.Context, Request) (Resource, error) {
		return Resource{ID: "signalbox", Attributes: map[string]string{"Key": "signalbox"}}, nil
	}
	for name, c := range map[string]struct {
		kind, id string
		apply    func(context.Context, Request) (Resource, error)
		want     map[string]any
	}{
		"a creation": {"Create", "", done, map[string]any{"Status": "SUCCESS", "PhysicalResourceId": "signalbox", "Data": map[string]any{"Key": "signalbox"}}},
		"a creation that fails": {"Create", "", func(context.Context, Request) (Resource, error) {
			return Resource{}, fault.Refuse("shop-400", errors.New("no such queue; mend its policy"))
		}, map[string]any{"Status": "FAILED", "PhysicalResourceId": NeverMade, "Reason": "shop-400: no such queue; mend its policy"}},
		"an update that fails keeps the id": {"Update", "signalbox", func(context.Context, Request) (Resource, error) {
			return Resource{}, errors.New("canary")
		}, map[string]any{"Status": "FAILED", "PhysicalResourceId": "signalbox", "Reason": "*errors.errorString"}},
		"a panic": {"Update", "signalbox", func(context.Context, Request) (Resource, error) { panic("canary") },
			map[string]any{"Status": "FAILED", "PhysicalResourceId": "signalbox"}},
		"what takes too long": {"Create", "", func(ctx context.Context, _ Request) (Resource, error) {
			<-ctx.Done()
			return Resource{}, fault.Retry("deadline", 0, errors.New("no time"))
		}, map[string]any{"Status": "FAILED", "PhysicalResourceId": NeverMade, "Reason": "deadline: no time"}},
		"the deletion of what was never made asks nobody": {"Delete", NeverMade, nil, map[string]any{"Status": "SUCCESS", "PhysicalResourceId": NeverMade}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBucket(t)
			p, out := newProvider(true, c.apply)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if _, err := p.Invoke(ctx, asked(c.kind, b.URL, c.id)); err != nil {
				t.Fatal(err)
			}
			if len(b.answers) != 1 {
				t.Fatalf("%d answers", len(b.answers))
			}
			got := b.answers[0]
			for _, name := range []string{"StackId", "RequestId", "LogicalResourceId"} {
				if got[name] == "" || got[name] == nil {
					t.Errorf("the answer lacks %s", name)
				}
				delete(got, name)
			}
			if name == "a panic" {
				delete(got, "Reason")
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if b.types[0] != "" {
				t.Errorf("sent as %q: the signature does not hold", b.types[0])
			}
			if strings.Contains(out.String(), "canary") {
				t.Error("an error's text is told")
			}
		})
	}
}

func TestAnswerIsSentAgainUntilItIsTaken(t *testing.T) {
	applyd := 0
	p, _ := newProvider(true, func(context.Context, Request) (Resource, error) { applyd++; return Resource{ID: "x"}, nil })
	b := newBucket(t)
	b.failures.Store(2)
	if _, err := p.Invoke(t.Context(), asked("Create", b.URL, "")); err != nil || len(b.answers) != 1 || applyd != 1 {
		t.Errorf("%v, %d answers, applyd %d times", err, len(b.answers), applyd)
	}
	b.failures.Store(100)
	if _, err := p.Invoke(t.Context(), asked("Create", b.URL, "")); err == nil {
		t.Error("Lambda is not told that nobody was answered, and will not repeat the request")
	}
}

// Its secret may be filled between two invokes.
func TestProviderThatCannotStartSaysWhyAndStartsLater(t *testing.T) {
	b := newBucket(t)
	p, _ := newProvider(true, func(context.Context, Request) (Resource, error) { return Resource{ID: "x"}, nil })
	whole := p.build
	p.build = func() (built, error) { return built{}, errors.New("secret of commercetools: key client_id is missing") }
	if _, err := p.Invoke(t.Context(), asked("Create", b.URL, "")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Invoke(t.Context(), []byte(tick)); err == nil {
		t.Error("a run of what cannot start succeeded")
	}
	p.build = whole
	if _, err := p.Invoke(t.Context(), asked("Create", b.URL, "")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Invoke(t.Context(), []byte(tick)); err != nil {
		t.Error(err)
	}
	if b.answers[0]["Status"] != "FAILED" || !strings.Contains(b.answers[0]["Reason"].(string), "client_id is missing") || b.answers[1]["Status"] != "SUCCESS" {
		t.Errorf("answers %v", b.answers)
	}
}

func TestAnswersGoToCloudFormationAlone(t *testing.T) {
	for address, may := range map[string]bool{
		"https://cloudformation-custom-resource-response-eucentral1.s3.eu-central-1.amazonaws.com/arn?X=1": true,
		"https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/arn":                     true,
		"http://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/arn":                      false,
		"https://evil.s3.amazonaws.com/arn":                                                                false,
		"https://cloudformation-custom-resource-response-x.evil.example/":                                  false,
		"https://user:x@cloudformation-custom-resource-response-x.s3.amazonaws.com/":                       false,
		"http://127.0.0.1:80/":                    false,
		"http://169.254.169.254/latest/meta-data": false,
		"": false,
	} {
		if err := (answers{}).check(address); (err == nil) != may {
			t.Errorf("%s: %v", address, err)
		}
	}
	if (answers{local: true}).check("http://127.0.0.1:80/") != nil || (answers{local: true}).check("http://169.254.169.254/") == nil {
		t.Error("a rehearsal's answers go to this machine, and nowhere else")
	}
	p, _ := newProvider(false, nil)
	if _, err := p.Invoke(t.Context(), asked("Create", "http://127.0.0.1:1/", "")); err == nil {
		t.Error("it answered elsewhere")
	}
}

func FuzzResource(f *testing.F) {
	f.Add(asked("Create", "https://x", ""))
	f.Add([]byte(`{"RequestType":"Create"}`))
	f.Add([]byte(`{"RequestType":"Drop","StackId":"s"}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		m, about, err := readResource(payload)
		if err == nil && about && (m.StackID == "" || m.Type == "") {
			t.Errorf("%+v", m)
		}
	})
}
