package functions_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"signalbox/shared/catalog"
	"signalbox/shared/lambdatest/awstest"
	"signalbox/shared/lambdatest/rehearsal"
	"signalbox/shared/sample"
)

// TestEverySample is what every function must satisfy with every sample of its event,
// so that a function's own tests hold its own rules alone:
//
//   - Everything that leaves it is in the sample's golden, and how many effects, events
//     and states that makes in testdata/effects.golden.
//   - A second delivery has no second effect.
//   - A Natural effect that is made twice, the ledger emptied in between, counts once.
//   - The vendor's document allows every request of it and every answer to it.
//   - Poison in its batch changes nothing.
//   - A sample that is applied leaves something behind, one that is ignored nothing.
func TestEverySample(t *testing.T) {
	counts := map[string]string{}
	for _, f := range catalog.Queued() {
		t.Run(f.Name, func(t *testing.T) {
			left, unwritten := 0, false
			for _, s := range samples(t, f) {
				t.Run(s.Name, func(t *testing.T) {
					alone := playSample(t, f, s)
					unwritten = unwritten || alone.unwritten
					counts[f.Name+" "+s.Name] = fmt.Sprintf("%d effects, %d events, %d states", len(alone.effects), len(alone.events), len(alone.state))
					left += len(alone.effects) + len(alone.events) + len(alone.state)
					besidePoison(t, f, s, alone)
				})
			}
			if left == 0 && !unwritten && !t.Failed() {
				t.Error("no sample has an effect, an event or a state: they prove nothing")
			}
		})
	}
	if !t.Failed() {
		matchCounts(t, counts)
	}
}

// matchCounts compares the counts of the samples that were played with the golden.
func matchCounts(t *testing.T, counts map[string]string) {
	const path = "testdata/effects.golden"
	text, err := os.ReadFile(path)
	if err != nil && !*update {
		t.Fatal(err)
	}
	want := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, count, _ := strings.Cut(strings.TrimSpace(line), ": ")
		want[name] = count
	}
	if *update {
		maps.Copy(want, counts)
		var b strings.Builder
		for _, name := range sortedKeys(want) {
			if f, ok := catalog.FunctionByName(strings.Fields(name)[0]); ok && slices.ContainsFunc(samples(t, f), func(s sample.Sample) bool { return f.Name+" "+s.Name == name }) {
				fmt.Fprintf(&b, "%s: %s\n", name, want[name])
			}
		}
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, count := range counts {
		if want[name] != count {
			t.Errorf("%s leaves %s, want %q by %s (-update rewrites it)", name, count, want[name], path)
		}
	}
}

// playSample plays the sample in one process, three times for a Natural effect, and
// returns what it left behind.
func playSample(t *testing.T, f catalog.Function, s sample.Sample) left {
	scene, body := set(t, f), sample.SQS(s.Body)
	before := scene.left()
	failed := scene.deliver(body)
	once := scene.left()
	scene.matchGolden(s, failed)

	if failed := scene.deliver(body); len(failed) > 0 {
		t.Errorf("the second delivery failed\n%s", scene.out)
	}
	scene.unchanged("its second delivery", once)
	if dead := scene.deadLetters(); once.dead > 0 && dead != 2*once.dead {
		t.Errorf("%d dead letters of one delivery, %d of two", once.dead, dead)
	}
	if !f.IsUnsafe() {
		scene.forget()
		if failed := scene.deliver(body); len(failed) > 0 {
			t.Errorf("the delivery after the ledger was emptied failed\n%s", scene.out)
		}
		scene.unchanged("its repetition with an emptied ledger", once)
	}
	for _, system := range f.Systems() {
		t.Run(system, func(t *testing.T) { allowed(t, system, scene.Doubles[system].Exchanges()) })
	}
	scene.process.Close() // What it printed is whole only now.
	scene.checkOutcomes(before, once)
	once.unwritten = strings.Contains(scene.out.String(), `"reason":"reaction-not-written"`)
	return once
}

// left is what a sample left behind.
type left struct {
	// effects are what was done to the function's systems.
	effects []string
	// events are the ids on the bus.
	events []string
	// state is what the function remembers.
	state []string
	dead  int
	// unwritten is set for a scaffolded function whose reaction is not written yet.
	unwritten bool
}

func (s *scene) left() left {
	l := left{events: s.published()}
	for _, system := range s.function.Systems() {
		for _, e := range s.Doubles[system].Double.Effects() {
			l.effects = append(l.effects, system+": "+e.Reference+" "+e.What)
		}
	}
	if s.function.DeadLetters() {
		l.dead = s.deadLetters()
	}
	for _, item := range s.AWS.Items(rehearsal.Ledger) {
		if isState(item) {
			l.state = append(l.state, item[catalog.LedgerKey].Text()+": "+item["note"].Text())
		}
	}
	return l
}

// isState reports whether an item of the ledger's table is a function's state.
func isState(item awstest.Item) bool { _, ok := item["note"]; return ok }

// forget lets the function forget which events it applied, and keeps its state.
func (s *scene) forget() {
	s.AWS.RemoveItems(rehearsal.Ledger, func(item awstest.Item) bool { return !isState(item) })
}

// unchanged fails the test if more is left behind than before.
func (s *scene) unchanged(after string, once left) {
	s.t.Helper()
	now := s.left()
	if diff := cmp.Diff(once.effects, now.effects); diff != "" {
		s.t.Errorf("effects without and with %s:\n%s", after, diff)
	}
	if diff := cmp.Diff(once.events, now.events); diff != "" {
		s.t.Errorf("events without and with %s:\n%s", after, diff)
	}
	if diff := cmp.Diff(once.state, now.state); diff != "" {
		s.t.Errorf("state without and with %s:\n%s", after, diff)
	}
}

// matchGolden compares everything that left the function with the sample's golden.
func (s *scene) matchGolden(one sample.Sample, failed []string) {
	s.t.Helper()
	got := s.render(failed)
	path := filepath.Join(folder(s.function), "testdata", one.Name+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		s.t.Errorf("%s (-update rewrites it):\n%s", path, diff)
	}
}

// checkOutcomes compares what the process reported of its deliveries with what they
// left behind.
func (s *scene) checkOutcomes(before, once left) {
	s.t.Helper()
	got := s.outcomes()
	want := []string{"applied", "duplicate", "applied"}
	if len(once.effects)+len(once.events) == len(before.effects)+len(before.events) {
		want[0] = "ignored"
		// What is only remembered, for later events, may count as applied or not.
		if !slices.Equal(once.state, before.state) && len(got) > 0 && got[0] == "applied" {
			want[0] = "applied"
		}
	}
	if once.dead > 0 {
		want = []string{"dead-letter", "dead-letter", "dead-letter"}
	}
	if s.function.Event() == "" {
		want[1] = want[0] // An ingress has no ledger: its events' ids are enough.
	}
	if s.function.IsUnsafe() {
		want = want[:2]
	}
	// What is done already may be ignored when it is repeated.
	if len(got) == len(want) && len(got) == 3 && got[2] == "ignored" {
		want[2] = "ignored"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("outcomes of the deliveries:\n%s", diff)
	}
}

// outcomes are those that the process printed, in order.
func (s *scene) outcomes() []string {
	var all []string
	for line := range strings.Lines(s.out.String()) {
		var handled struct {
			Message string `json:"msg"`
			Outcome string `json:"outcome"`
		}
		if err := json.Unmarshal([]byte(line), &handled); err == nil && handled.Message == "handled" {
			all = append(all, handled.Outcome)
		}
	}
	return all
}

// besidePoison plays the sample in a batch between records that nobody can read.
func besidePoison(t *testing.T, f catalog.Function, s sample.Sample, alone left) {
	scene := set(t, f)
	if failed := scene.deliver(sample.SQS([]byte("poison"), s.Body, []byte(`{"detail":{}}`))); len(failed) > 0 {
		t.Errorf("records %v failed\n%s", failed, scene.out)
	}
	got := scene.left()
	if len(alone.effects) != len(got.effects) || !slices.Equal(alone.events, got.events) || got.dead != alone.dead+2 {
		t.Errorf("without poison beside it %+v, with poison %+v", alone, got)
	}
}
