package functions_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/catalog"
	"signalbox/shared/connector/senders/senderstest"
	"signalbox/shared/lambdatest/awstest"
	"signalbox/shared/lambdatest/rehearsal"
	"signalbox/shared/sample"
)

// asked is one request to a function with an address, as its sender makes it.
type asked struct {
	function, path, file string
	sign                 func(body []byte) map[string]string
	status               int
}

func signFedEx(body []byte) map[string]string { return senderstest.SignFedEx(senderstest.FedEx, body) }

func signCarrier(body []byte) map[string]string {
	return senderstest.SignStandard(senderstest.Carrier, "msg_1", time.Now(), body)
}

func token([]byte) map[string]string {
	return map[string]string{"authorization": "Bearer " + senderstest.Checkout}
}

// requests are the samples of all functions with an address.
var requests = []asked{
	{"webhook", "/fedex", "fedex/delivered", signFedEx, 202},
	{"webhook", "/fedex", "fedex/delayed", signFedEx, 202},
	{"webhook", "/fedex", "fedex/in-transit", signFedEx, 202},
	{"webhook", "/carrier", "carrier/delivered", signCarrier, 202},
	{"checkout", "/", "checkout/cart-update", token, 200},
	{"checkout", "/", "checkout/order-create", token, 200},
}

func (a asked) body(t testing.TB) []byte {
	t.Helper()
	body, err := os.ReadFile("../events-samples/" + a.file + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// answer is what a function URL is given for a request.
type answer struct {
	Status int               `json:"statusCode"`
	Header map[string]string `json:"headers"`
	Body   string            `json:"body"`
}

func (s *scene) ask(r sample.Request) answer {
	s.t.Helper()
	text, err := s.invoke(sample.URL(r))
	if err != nil {
		s.t.Fatalf("%v\n%s", err, s.out)
	}
	var a answer
	if err := json.Unmarshal(text, &a); err != nil {
		s.t.Fatalf("no answer to a request: %s", text)
	}
	return a
}

func called(t testing.TB, name string) catalog.Function {
	t.Helper()
	f, ok := catalog.FunctionByName(name)
	if !ok {
		t.Fatalf("the catalog has no %s", name)
	}
	return f
}

func TestEveryFunctionWithAnAddressHasASample(t *testing.T) {
	for _, f := range catalog.Requested() {
		if !slices.ContainsFunc(requests, func(a asked) bool { return a.function == f.Name }) {
			t.Errorf("%s has no sample: a line in requests and a file in events-samples", f.Name)
		}
	}
}

// Everything that leaves a function because of one request is in its golden, the
// answer first.
func TestRequestsMakeTheCallsInTheirGoldens(t *testing.T) {
	for _, a := range requests {
		t.Run(a.file, func(t *testing.T) {
			f, body := called(t, a.function), a.body(t)
			scene := set(t, f, `CHECKOUT_PROMOTIONS={"rules":[{"name":"spring","currency":"USD","minimum":10000,"percent":10}]}`)
			got := scene.ask(sample.Request{Path: a.path, Header: a.sign(body), Body: body})
			text := append([]byte(fmt.Sprintf("=== answered with %d\n%s\n\n", got.Status, indent([]byte(got.Body)))), scene.render(nil)...)
			path := filepath.Join(folder(f), "testdata", filepath.Base(a.file)+".golden")
			if strings.HasPrefix(a.file, "carrier/") {
				path = filepath.Join(folder(f), "testdata", "carrier-"+filepath.Base(a.file)+".golden")
			}
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(text)); diff != "" || got.Status != a.status {
				t.Errorf("%d, %s (-update rewrites it):\n%s", got.Status, path, diff)
			}
			again := scene.ask(sample.Request{Path: a.path, Header: a.sign(body), Body: body})
			if published := scene.published(); again.Status != a.status || len(published) > 1 {
				t.Errorf("sent again: answered with %d, %d events", again.Status, len(published))
			}
		})
	}
}

// Whatever is sent to an address is answered, harms nothing and is told nowhere.
func TestBadRequestsHarmNothing(t *testing.T) {
	good := requests[0].body(t)
	signed := func(body []byte) sample.Request {
		return sample.Request{Path: "/fedex", Header: signFedEx(body), Body: body}
	}
	for name, c := range map[string]struct {
		request sample.Request
		status  int
		dead    int
		// tells is the reason in the answer and in the log.
		tells string
	}{
		"no signature":                    {sample.Request{Path: "/fedex", Body: good}, 401, 0, "no-signature"},
		"another's signature":             {sample.Request{Path: "/fedex", Header: senderstest.SignFedEx("other", good), Body: good}, 401, 0, "signature"},
		"a signature of another body":     {sample.Request{Path: "/fedex", Header: signFedEx([]byte("x")), Body: good}, 401, 0, "signature"},
		"FedEx's signature at the other":  {sample.Request{Path: "/carrier", Header: signFedEx(good), Body: good}, 401, 0, "no-signature"},
		"an old webhook":                  {sample.Request{Path: "/carrier", Header: senderstest.SignStandard(senderstest.Carrier, "msg", time.Now().Add(-time.Hour), good), Body: good}, 401, 0, "timestamp"},
		"an unknown path":                 {sample.Request{Path: "/" + canary, Header: signFedEx(good), Body: good}, 404, 0, "path"},
		"no path":                         {sample.Request{Path: "/", Header: signFedEx(good), Body: good}, 404, 0, "path"},
		"a look":                          {sample.Request{Method: "GET", Path: "/fedex"}, 405, 0, "method"},
		"a body of 4 MB":                  {signed(bytes.Repeat([]byte("x"), 4<<20+1)), 413, 0, "too-large"},
		"signed text":                     {signed([]byte(canary)), 400, 1, "invalid-event"},
		"signed bytes that are no text":   {signed([]byte("\x00\xff" + canary)), 400, 1, "invalid-event"},
		"a signed push without envelope":  {signed([]byte(`{"` + canary + `":1}`)), 400, 1, "push.output"},
		"a signed push without a number":  {signed([]byte(`{"trackResults":[{"note":"` + canary + `"}]}`)), 400, 1, "trackingNumber"},
		"signed text of 2 MB":             {signed(bytes.Repeat([]byte("x"), 2<<20)), 413, 0, "invalid-event"},
		"a signed body of nothing":        {signed([]byte{}), 400, 0, "empty"},
		"the old token, while it is kept": {sample.Request{Path: "/fedex", Header: senderstest.SignFedEx(senderstest.FedExOld, good), Body: good}, 202, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			scene := set(t, called(t, "webhook"))
			got := scene.ask(c.request)
			scene.process.Close() // What it printed is whole only now.
			if got.Status != c.status || !strings.Contains(got.Body, c.tells) || strings.Contains(got.Body, canary) {
				t.Errorf("answered with %d %s, want %d and %q", got.Status, got.Body, c.status, c.tells)
			}
			letters := scene.AWS.Messages(rehearsal.DeadLetter(scene.function))
			if len(letters) != c.dead {
				t.Errorf("%d dead letters, want %d", len(letters), c.dead)
			}
			for _, m := range letters {
				if m.Attributes["fault"] != "invalid" || m.Attributes["reason"] == "" || m.Attributes["path"] != "/fedex" || strings.Contains(fmt.Sprint(m.Attributes), canary) {
					t.Errorf("attributes %v", m.Attributes)
				}
				if text := string(c.request.Body); m.Attributes["encoding"] == "" && m.Body != text {
					t.Errorf("the dead letter is not what was sent")
				}
			}
			if events := scene.published(); len(events) > 0 != (c.status == 202) {
				t.Errorf("%d events", len(events))
			}
			printed := scene.out.String()
			if strings.Contains(printed, canary) || !strings.Contains(printed, c.tells) {
				t.Errorf("the log holds the value or does not say %q:\n%s", c.tells, printed)
			}
			if n := strings.Count(printed, `"msg":"handled"`); n != 1 {
				t.Errorf("%d lines tell the outcome", n)
			}
		})
	}
}

// Sender and function together lose nothing: what is not on the bus is not
// accepted, and what is sent again is the same event.
func TestWebhooksAreNotLostAndNotRepeatedWhateverFails(t *testing.T) {
	scene := set(t, called(t, "webhook"), "SIGNALBOX_KILL_AT=before-ack:5")
	refused := awstest.Fault{Entry: func(int) string { return "InternalFailure" }}
	scene.AWS.Script(awstest.Chances(1,
		awstest.Chance{Operation: "PutEvents", Share: 0.4, Fault: awstest.Broken},
		awstest.Chance{Operation: "PutEvents", Share: 0.3, Fault: refused},
		awstest.Chance{Operation: "PutEvents", Share: 0.2, Fault: awstest.BrokenAfter},
		awstest.Chance{Operation: "SendMessage", Share: 0.3, Fault: awstest.Broken},
	))
	const n = 25
	want, accepted, refusals, deaths := map[string]bool{}, 0, 0, 0
	for i := range n {
		number := fmt.Sprintf("79495353%04d", i)
		want[number] = true
		body := []byte(`{"trackResults":[{"trackingNumber":"` + number + `","scanEvents":[{"date":"2026-03-07T14:12:00-06:00","eventType":"DL"}]}]}`)
		for range 50 {
			text, err := scene.invoke(sample.URL(sample.Request{Path: "/fedex", Header: signFedEx(body), Body: body}))
			var a answer
			if err != nil {
				deaths++ // The sender sees a 502 and sends again.
				continue
			}
			if err := json.Unmarshal(text, &a); err != nil {
				t.Fatal(err)
			}
			if a.Status == 202 {
				accepted++
				break
			}
			if a.Status != 503 || a.Header["retry-after"] == "" {
				t.Fatalf("answered with %d %s", a.Status, a.Body)
			}
			refusals++
		}
	}
	if accepted != n || refusals == 0 || deaths == 0 {
		t.Errorf("%d of %d accepted, %d asked to be sent again, %d died", accepted, n, refusals, deaths)
	}
	ids := map[string]string{}
	for _, p := range scene.AWS.Published(rehearsal.Bus) {
		var e struct{ ID, Subject string }
		if err := json.Unmarshal(p.Detail, &e, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Fatal(err)
		}
		if other, ok := ids[e.Subject]; ok && other != e.ID {
			t.Errorf("%s is two events", e.Subject)
		}
		ids[e.Subject] = e.ID
		delete(want, e.Subject)
	}
	if len(want) > 0 || len(ids) != n {
		t.Errorf("%d of %d were accepted and are not on the bus: %v", len(want), n, want)
	}
}

// What cannot be kept is not accepted either.
func TestAnUnreadableWebhookThatCannotBeDeadLetteredStaysWithItsSender(t *testing.T) {
	scene := set(t, called(t, "webhook"))
	scene.AWS.Script(awstest.Chances(1, awstest.Chance{Operation: "SendMessage", Share: 1, Fault: awstest.Broken}))
	body := []byte("no push")
	if got := scene.ask(sample.Request{Path: "/fedex", Header: signFedEx(body), Body: body}); got.Status != 503 {
		t.Errorf("answered with %d %s", got.Status, got.Body)
	}
}

// commercetools waits 2 s, a cold start included.
