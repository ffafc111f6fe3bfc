package functions_test

import (
	"bytes"
	"context"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/catalog"
	"signalbox/shared/connector/connectortest"
	"signalbox/shared/lambdalocal"
	"signalbox/shared/lambdatest"
	"signalbox/shared/lambdatest/awstest"
	"signalbox/shared/lambdatest/rehearsal"
	"signalbox/shared/sample"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// samples are the canonical samples of f and the variations in its testdata.
func samples(t testing.TB, f catalog.Function) []sample.Sample {
	t.Helper()
	all, err := sample.Load("../events-samples")
	if err != nil {
		t.Fatal(err)
	}
	variations, err := filepath.Glob(filepath.Join(folder(f), "testdata", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	variations = slices.DeleteFunc(variations, func(path string) bool { return filepath.Base(path) == "state.json" })
	source := sample.Own
	if f.Source() != "" {
		source = f.Source()
	}
	for _, path := range variations {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, sample.Sample{Source: source, Name: strings.TrimSuffix(filepath.Base(path), ".json"), Body: body})
	}
	fitting, err := sample.For(all, f)
	if err != nil {
		t.Fatal(err)
	}
	return fitting
}

// settings are what the function's samples are played with besides the catalog's
// own defaults, NAME=value by line in testdata/settings.env.
func settings(t testing.TB, f catalog.Function) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder(f), "testdata", "settings.env"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Fields(string(text))
}

func folder(f catalog.Function) string { return filepath.Join(string(f.Domain), f.Name) }

// scene is one compiled function on a stage of its own.
type scene struct {
	*rehearsal.Stage
	t        *testing.T
	function catalog.Function
	process  *lambdalocal.Process
	out      *output
}

// remember stores what the function knows of the samples' past: JSON by key in
// testdata/state.json, for a function whose samples mean something only then.
func remember(t *testing.T, stage *rehearsal.Stage, f catalog.Function) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder(f), "testdata", "state.json"))
	if os.IsNotExist(err) {
		return
	}
	var states map[string]jsontext.Value
	if err == nil {
		err = json.Unmarshal(text, &states)
	}
	if err != nil {
		t.Fatal(err)
	}
	for key, state := range states {
		if err := state.Compact(); err != nil {
			t.Fatal(err)
		}
		note, revision := string(state), "1"
		stage.AWS.PutItem(rehearsal.Ledger, awstest.Item{catalog.LedgerKey: {S: &key}, "note": {S: &note}, "revision": {N: &revision}})
	}
}

// set sets up a scene whose doubles know what the shop's samples are about.
func set(t *testing.T, f catalog.Function, env ...string) *scene {
	t.Helper()
	bootstrap := lambdatest.Build(t, f)
	stage, err := rehearsal.NewStage(rehearsal.Options{Functions: []catalog.Function{f}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stage.Close)
	remember(t, stage, f)
	notifications, err := sample.Load("../events-samples")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range notifications {
		if n.Source == sample.Own {
			continue
		}
		if err := stage.Notify(n.Body); err != nil {
			t.Fatal(err)
		}
	}
	out := &output{}
	p, err := stage.Start(f, lambdalocal.Function{Bootstrap: bootstrap, Stdout: out, Env: append(settings(t, f), env...)})
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Cleanup(p.Close)
	return &scene{Stage: stage, t: t, function: f, process: p, out: out}
}

// deliver invokes the function and returns the ids of the records that failed.
func (s *scene) deliver(payload []byte) []string {
	s.t.Helper()
	answer, err := s.invoke(payload)
	if err != nil {
		s.t.Fatalf("%v\n%s", err, s.out)
	}
	var response struct {
		Failures []struct {
			ID string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(answer, &response); err != nil {
		s.t.Fatalf("the answer is no batch response: %s", answer)
	}
	ids := []string{}
	for _, f := range response.Failures {
		ids = append(ids, f.ID)
	}
	return ids
}

func (s *scene) invoke(payload []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return s.process.Invoke(ctx, payload)
}

// published returns the ids of the events on the bus, each once, sorted.
func (s *scene) published() []string {
	var ids []string
	for _, p := range s.AWS.Published(rehearsal.Bus) {
		var detail struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(p.Detail, &detail); err != nil {
			s.t.Fatal(err)
		}
		ids = append(ids, detail.ID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (s *scene) deadLetters() int { return s.AWS.Depth(rehearsal.DeadLetter(s.function)) }

// output is what a function printed.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// each runs a test for every sample of every function.
func each(t *testing.T, test func(*testing.T, catalog.Function, sample.Sample)) {
	for _, f := range catalog.Queued() {
		t.Run(f.Name, func(t *testing.T) {
			for _, s := range samples(t, f) {
				t.Run(s.Name, func(t *testing.T) { test(t, f, s) })
			}
		})
	}
}

func TestNoGoldenIsLeftOver(t *testing.T) {
	for _, f := range catalog.Queued() {
		goldens, err := filepath.Glob(filepath.Join(folder(f), "testdata", "*.golden"))
		if err != nil {
			t.Fatal(err)
		}
		all := samples(t, f)
		for _, path := range goldens {
			name := strings.TrimSuffix(filepath.Base(path), ".golden")
			if !slices.ContainsFunc(all, func(s sample.Sample) bool { return s.Name == name }) {
				t.Errorf("%s belongs to no sample", path)
			}
		}
	}
}

func TestEveryTransportOfTheShopGivesTheSameEvents(t *testing.T) {
	f, _ := catalog.FunctionByName("commercetools")
	topic, _ := catalog.FunctionByName("kafka")
	for _, s := range samples(t, f) {
		t.Run(s.Name, func(t *testing.T) {
			direct := set(t, f)
			direct.deliver(sample.SQS(s.Body))
			transports := map[string][]byte{"SNS": sample.SNS(s.Body)}
			kafka := set(t, topic)
			if failed := kafka.deliverKafka(sample.Kafka([][]byte{s.Body})); len(failed) > 0 {
				t.Errorf("records %v of the topic failed\n%s", failed, kafka.out)
			}
			if diff := cmp.Diff(direct.published(), kafka.published()); diff != "" {
				t.Errorf("events directly and through Kafka:\n%s", diff)
			}
			if direct.deadLetters() != kafka.deadLetters() {
				t.Errorf("%d dead letters directly, %d through Kafka", direct.deadLetters(), kafka.deadLetters())
			}
			if jsontext.Value(s.Body).IsValid() {
				transports["EventBridge"] = sample.Partner(s.Body)
			}
			for name, body := range transports {
				wrapped := set(t, f)
				wrapped.deliver(sample.SQS(body))
				if diff := cmp.Diff(direct.published(), wrapped.published()); diff != "" {
					t.Errorf("events directly and through %s:\n%s", name, diff)
				}
				if direct.deadLetters() != wrapped.deadLetters() {
					t.Errorf("%d dead letters directly, %d through %s", direct.deadLetters(), wrapped.deadLetters(), name)
				}
			}
		})
	}
}

// deliverKafka invokes the function with records of a topic and returns the
// identifiers of those that failed.
func (s *scene) deliverKafka(payload []byte) []string {
	s.t.Helper()
	answer, err := s.invoke(payload)
	if err != nil {
		s.t.Fatalf("%v\n%s", err, s.out)
	}
	var response struct {
		Failures []struct {
			ID jsontext.Value `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(answer, &response); err != nil {
		s.t.Fatalf("the answer is no batch response: %s", answer)
	}
	failed := []string{}
	for _, f := range response.Failures {
		failed = append(failed, string(f.ID))
	}
	return failed
}

// A topic's records stay in front of their partition where commercetools cannot be
// asked, and poison does not.
func TestATopicWaitsForTheShopAndNotForPoison(t *testing.T) {
	f, _ := catalog.FunctionByName("kafka")
	read := func(name string) []byte {
		body, err := os.ReadFile("../events-samples/commercetools/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	order, refetched := read("order-created"), read("order-created.payload-not-included")
	scene := set(t, f)
	if failed := scene.deliverKafka(sample.Kafka([][]byte{[]byte("poison"), order, nil}, [][]byte{order})); len(failed) > 0 || scene.deadLetters() != 1 || len(scene.published()) != 2 {
		t.Errorf("%v failed, %d dead letters, %d events\n%s", failed, scene.deadLetters(), len(scene.published()), scene.out)
	}
	scene = set(t, f)
	scene.Doubles["commercetools"].Script(func(*http.Request) *connectortest.Fault { return &connectortest.Fault{Status: 503} })
	failed := scene.deliverKafka(sample.Kafka([][]byte{order, refetched, []byte("poison")}))
	want := []string{`{"partition":"commercetools-0","offset":101}`, `{"partition":"commercetools-0","offset":102}`}
	if diff := cmp.Diff(want, failed); diff != "" || scene.deadLetters() != 0 {
		t.Errorf("failed:\n%s%d dead letters\n%s", diff, scene.deadLetters(), scene.out)
	}
}
