package functions_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"signalbox/shared/catalog"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/connector/connectortest/contract"
	"signalbox/shared/lambdalocal"
	"signalbox/shared/lambdatest"
	"signalbox/shared/lambdatest/rehearsal"
	"signalbox/shared/sample"
)

func TestCheckoutAnswersInTimeWhateverTheVendorDoes(t *testing.T) {
	order := requests[5].body(t)
	for name, c := range map[string]struct {
		fault  connectortest.Fault
		fail   string
		status int
		body   string
	}{
		"slow, open":          {connectortest.Fault{Delay: 5 * time.Second}, "open", 200, `{"actions":[]}`},
		"slow, closed":        {connectortest.Fault{Delay: 5 * time.Second}, "closed", 400, `{"errors":[{"code":"InvalidOperation"`},
		"down, open":          {connectortest.Fault{Status: 503}, "open", 200, `{"actions":[]}`},
		"cut off, closed":     {connectortest.Fault{Reset: true}, "closed", 400, `{"errors":[`},
		"half an answer":      {connectortest.Fault{Half: true}, "open", 200, `{"actions":[]}`},
		"an answer in pieces": {connectortest.Fault{Trickle: 500 * time.Millisecond}, "open", 200, `{"actions":[]}`},
		"nonsense, closed":    {connectortest.Fault{Status: 200, Body: `{"id":"` + canary + `"}`}, "closed", 400, `{"errors":[`},
	} {
		t.Run(name, func(t *testing.T) {
			started := time.Now() // Before the process starts: a cold start.
			scene := set(t, called(t, "checkout"), "CHECKOUT_FAIL="+c.fail)
			cold := time.Since(started)
			scene.Doubles["stripe"].Script(func(*http.Request) *connectortest.Fault { return &c.fault })
			asked := time.Now()
			got := scene.ask(sample.Request{Path: "/", Header: token(nil), Body: order, At: asked})
			if took := time.Since(asked); took > 1500*time.Millisecond {
				t.Errorf("answered after %v", took)
			}
			t.Logf("set up with its cold start in %v, answered in %v", cold.Round(time.Millisecond), time.Since(asked).Round(time.Millisecond))
			scene.process.Close()
			if got.Status != c.status || !strings.HasPrefix(got.Body, c.body) {
				t.Errorf("answered with %d %s", got.Status, got.Body)
			}
			for _, leak := range []string{canary, "stripe", "503", "deadline", "127.0.0.1"} {
				if strings.Contains(strings.ToLower(got.Body), leak) {
					t.Errorf("the answer tells of %s: %s", leak, got.Body)
				}
			}
			if printed := scene.out.String(); !strings.Contains(printed, `"outcome":"fallback"`) || !strings.Contains(printed, `"ItemFailures":1`) {
				t.Errorf("nobody learns of it:\n%s", printed)
			}
		})
	}
}

// A cold start counts from the arrival of the request that waits for it.
func TestCheckoutAnswersInTimeFromCold(t *testing.T) {
	order := requests[5].body(t)
	scene := set(t, called(t, "checkout"))
	scene.process.Close()
	arrived := time.Now()
	cold, err := scene.Start(scene.function, lambdalocal.Function{Bootstrap: lambdatest.Build(t, scene.function), Stdout: scene.out})
	if err != nil {
		t.Fatal(err)
	}
	defer cold.Close()
	text, err := cold.Invoke(t.Context(), sample.URL(sample.Request{Path: "/", Header: token(nil), Body: order, At: arrived}))
	took := time.Since(arrived)
	if err != nil || !strings.Contains(string(text), `{\"actions\":[]}`) || len(scene.Doubles["stripe"].Exchanges()) != 1 {
		t.Errorf("%s, %v after %v, asked %d times", text, err, took, len(scene.Doubles["stripe"].Exchanges()))
	}
	if took > 1200*time.Millisecond {
		t.Errorf("a cold start and an answer took %v", took)
	}
	t.Logf("a cold start and an answer took %v", took.Round(time.Millisecond))
}

// A start that used the time up is not followed by a call that nobody waits for.
func TestCheckoutDoesNotBeginWhatIsTooLate(t *testing.T) {
	scene := set(t, called(t, "checkout"), "CHECKOUT_FAIL=closed")
	got := scene.ask(sample.Request{Path: "/", Header: token(nil), Body: requests[5].body(t), At: time.Now().Add(-1190 * time.Millisecond)})
	if got.Status != 400 || len(scene.Doubles["stripe"].Exchanges()) > 0 {
		t.Errorf("answered with %d %s", got.Status, got.Body)
	}
}

// A destination of the type AWSLambda hands over the bare input and reads the bare answer.
func TestCheckoutAnswersADirectInvocationInItsForm(t *testing.T) {
	const rule = `CHECKOUT_PROMOTIONS={"rules":[{"name":"spring","currency":"USD","minimum":10000,"percent":10}]}`
	for file, want := range map[string]string{
		"checkout/order-create": `{}`,
		"checkout/cart-update":  `{"responseType":"UpdateRequest","actions":[{"action":"setDirectDiscounts",`,
	} {
		scene := set(t, called(t, "checkout"), rule)
		got, err := scene.invoke(asked{file: file}.body(t))
		if err != nil || !strings.HasPrefix(string(got), want) {
			t.Errorf("%s: %s, %v", file, got, err)
		}
	}
}

func TestVendorsDocumentsAllowEveryCallOfARequest(t *testing.T) {
	for _, a := range requests {
		t.Run(a.file, func(t *testing.T) {
			body := a.body(t)
			scene := set(t, called(t, a.function))
			scene.ask(sample.Request{Path: a.path, Header: a.sign(body), Body: body})
			for _, system := range scene.function.Systems() {
				exchanges := scene.Doubles[system].Exchanges()
				if system == "senders" {
					if len(exchanges) > 0 {
						t.Errorf("a sender was called: %s %s", exchanges[0].Method, exchanges[0].Path)
					}
					continue
				}
				judge := contract.Judge(t, documents[system]...)
				for _, x := range exchanges {
					judge(x)
				}
			}
		})
	}
}

// BenchmarkCheckout tells what of commercetools' 2 s a start and an answer take.
func BenchmarkCheckout(b *testing.B) {
	f := called(b, "checkout")
	bootstrap := lambdatest.Build(b, f)
	stage, err := rehearsal.NewStage(rehearsal.Options{Functions: []catalog.Function{f}})
	if err != nil {
		b.Fatal(err)
	}
	defer stage.Close()
	order := requests[5].body(b)
	var cold, warm time.Duration
	n := 0
	for b.Loop() {
		begun := time.Now()
		p, err := stage.Start(f, lambdalocal.Function{Bootstrap: bootstrap})
		if err != nil {
			b.Fatal(err)
		}
		for i := range 2 {
			asked := time.Now()
			if _, err := p.Invoke(b.Context(), sample.URL(sample.Request{Path: "/", Header: token(nil), Body: order})); err != nil {
				b.Fatal(err)
			}
			if i == 0 {
				cold += time.Since(begun)
			} else {
				warm += time.Since(asked)
			}
		}
		p.Close()
		n++
	}
	b.ReportMetric(float64(cold.Milliseconds())/float64(n), "cold-ms")
	b.ReportMetric(float64(warm.Microseconds())/1000/float64(n), "warm-ms")
}
