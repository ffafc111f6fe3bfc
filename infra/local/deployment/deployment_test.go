package deployment

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"signalbox/shared/lambdalocal"
)

func readSample(t *testing.T) []Stack {
	t.Helper()
	stacks, err := ReadAssembly(filepath.Join("testdata", "assembly"))
	if err != nil {
		t.Fatal(err)
	}
	return stacks
}

func TestStacksComeAfterThoseTheyNeed(t *testing.T) {
	stacks := readSample(t)
	if got := stacks[0].Name + " " + stacks[1].Name; got != "ground app-functions" {
		t.Errorf("order: %s", got)
	}
}

func TestStacksInACircleAreRefused(t *testing.T) {
	_, err := inOrder([]Stack{{artifact: "a", dependsOn: []string{"b"}}, {artifact: "b", dependsOn: []string{"a"}}})
	if err == nil {
		t.Error("a circle was put in order")
	}
}

func TestAnAssemblyWithoutStacksIsRefused(t *testing.T) {
	if _, err := ReadAssembly(t.TempDir()); err == nil {
		t.Error("an empty folder passed for an assembly")
	}
}

func TestTreatment(t *testing.T) {
	stack := func(resources map[string]*Resource) *Stack {
		return &Stack{Name: "s", Template: Template{Resources: resources}}
	}
	t.Run("a type that is not listed stops everything and is named", func(t *testing.T) {
		_, err := treat(stack(map[string]*Resource{"Fleet": {Type: "AWS::EC2::Fleet"}}))
		if err == nil || !strings.Contains(err.Error(), "AWS::EC2::Fleet (Fleet)") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a condition is refused", func(t *testing.T) {
		_, err := treat(stack(map[string]*Resource{"Queue": {Type: "AWS::SQS::Queue", Condition: "InEurope"}}))
		if err == nil {
			t.Error("a condition passed")
		}
	})
	t.Run("a custom resource is left out with a reason", func(t *testing.T) {
		left, err := treat(stack(map[string]*Resource{"Empty": {Type: "Custom::S3AutoDeleteObjects"}}))
		if err != nil || len(left) != 1 || left[0].Reason == "" {
			t.Errorf("left %v, error %v", left, err)
		}
	})
	t.Run("what is left out is not referred to any more", func(t *testing.T) {
		s := readSample(t)[1]
		left, err := treat(&s)
		if err != nil {
			t.Fatal(err)
		}
		if len(left) != 1 || left[0].LogicalID != "Alarm" {
			t.Errorf("left out: %v", left)
		}
		if _, ok := s.Template.Resources["Alarm"]; ok {
			t.Error("the alarm is still there")
		}
		if diff := cmp.Diff([]any{"Queue"}, s.Template.Resources["Function"].DependsOn); diff != "" {
			t.Error(diff)
		}
		if _, ok := s.Template.Outputs["AlarmArn"]; ok {
			t.Error("an output still refers to the alarm")
		}
		if _, ok := s.Template.Outputs["QueueUrl"]; !ok {
			t.Error("an output that refers to something carried is gone")
		}
	})
	t.Run("a property that refers to what is left out gets a word instead", func(t *testing.T) {
		s := stack(map[string]*Resource{
			"Stream": {Type: "AWS::KinesisFirehose::DeliveryStream"}, "Queue": {Type: "AWS::SQS::Queue"},
			"Function": {Type: "AWS::Lambda::Function", Properties: map[string]any{"Environment": map[string]any{"Variables": map[string]any{
				"STREAM": map[string]any{"Ref": "Stream"}, "QUEUE": map[string]any{"Ref": "Queue"},
				"ARNS": []any{map[string]any{"Fn::GetAtt": []any{"Stream", "Arn"}}},
			}}}},
		})
		if _, err := treat(s); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{"STREAM": "left-out", "QUEUE": map[string]any{"Ref": "Queue"}, "ARNS": []any{"left-out"}}
		if diff := cmp.Diff(want, s.Template.Resources["Function"].Properties["Environment"].(map[string]any)["Variables"]); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a mapping of a topic is left out, as no queue feeds it", func(t *testing.T) {
		s := stack(map[string]*Resource{"Mapping": {Type: "AWS::Lambda::EventSourceMapping", Properties: map[string]any{"Topics": []any{"orders"}}}})
		if left, err := treat(s); err != nil || len(left) != 1 || left[0].Reason == "" {
			t.Errorf("left %v, error %v", left, err)
		}
	})
	t.Run("a clock is stopped, so that only our host runs functions", func(t *testing.T) {
		rules := map[string]*Resource{
			"Clock": {Type: "AWS::Events::Rule", Properties: map[string]any{"ScheduleExpression": "rate(5 minutes)", "State": "ENABLED"}},
			"Rule":  {Type: "AWS::Events::Rule", Properties: map[string]any{"State": "ENABLED"}},
		}
		if _, err := treat(stack(rules)); err != nil || rules["Clock"].Properties["State"] != "DISABLED" || rules["Rule"].Properties["State"] != "ENABLED" {
			t.Errorf("%v, clock %v, rule %v", err, rules["Clock"].Properties, rules["Rule"].Properties)
		}
	})
	t.Run("a mapping is disabled, so that only our host polls", func(t *testing.T) {
		s := readSample(t)[1]
		if _, err := treat(&s); err != nil {
			t.Fatal(err)
		}
		if s.Template.Resources["Mapping"].Properties["Enabled"] != false {
			t.Error("the engine would poll too")
		}
	})
}

func TestEveryTypeThatIsLeftOutSaysWhy(t *testing.T) {
	for name, treatment := range treatments() {
		if treatment.change != nil && treatment.because == "" {
			t.Errorf("%s is changed without a reason", name)
		}
	}
}

func TestReferences(t *testing.T) {
	for name, c := range map[string]struct {
		expression any
		want       []string
	}{
		"plain text refers to nothing":     {"text", nil},
		"a Ref":                            {map[string]any{"Ref": "Queue"}, []string{"Queue"}},
		"a GetAtt as a list":               {map[string]any{"Fn::GetAtt": []any{"Queue", "Arn"}}, []string{"Queue"}},
		"a GetAtt as text":                 {map[string]any{"Fn::GetAtt": "Queue.Arn"}, []string{"Queue"}},
		"a Sub":                            {map[string]any{"Fn::Sub": "x-${Queue.Arn}-${Topic}"}, []string{"Queue", "Topic"}},
		"a Sub with values of its own":     {map[string]any{"Fn::Sub": []any{"${A}", map[string]any{"A": map[string]any{"Ref": "Bus"}}}}, []string{"A", "Bus"}},
		"inside a Join":                    {map[string]any{"Fn::Join": []any{"", []any{"a", map[string]any{"Ref": "Bus"}}}}, []string{"Bus"}},
		"an import is of another stack":    {map[string]any{"Fn::ImportValue": "ground:Bus"}, nil},
		"inside a list inside an object":   {map[string]any{"x": []any{map[string]any{"y": map[string]any{"Ref": "Q"}}}}, []string{"Q"}},
		"a Sub that does not end its name": {map[string]any{"Fn::Sub": "${Queue"}, []string{"Queue"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, references(c.expression), cmpopts.SortSlices(strings.Compare)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// answered plays the engine: it resolves the outputs that were added.
func answered(t *testing.T, stacks []Stack) Topology {
	t.Helper()
	var topology Topology
	for i := range stacks {
		left, err := treat(&stacks[i])
		if err != nil {
			t.Fatal(err)
		}
		q := questions{stack: &stacks[i], answers: map[string]string{}}
		read, err := q.ask(left)
		if err != nil {
			t.Fatal(err)
		}
		for key, o := range stacks[i].Template.Outputs {
			q.answers[key] = resolved(o.Value)
		}
		if err := read(&topology); err != nil {
			t.Fatal(err)
		}
	}
	return topology
}

// resolved is what the engine makes of an expression, in words.
func resolved(expression any) string {
	e, ok := expression.(map[string]any)
	switch {
	case !ok:
		return fmt.Sprint(expression)
	case e["Ref"] != nil:
		return fmt.Sprint("ref:", e["Ref"])
	case e["Fn::GetAtt"] != nil:
		return fmt.Sprint("arn:", e["Fn::GetAtt"].([]any)[0])
	case e["Fn::ImportValue"] != nil:
		return "import:" + e["Fn::ImportValue"].(string)
	case e["Fn::Join"] != nil:
		join := e["Fn::Join"].([]any)
		var parts []string
		for _, part := range join[1].([]any) {
			parts = append(parts, resolved(part))
		}
		return strings.Join(parts, join[0].(string))
	}
	return ""
}

// CloudFormation refuses a template with more than 200 outputs.
func TestALargeStackIsAskedAboutInFewOutputs(t *testing.T) {
	stack := Stack{Name: "large", Template: Template{Resources: map[string]*Resource{}}}
	for i := range 400 {
		stack.Template.Resources[fmt.Sprintf("Queue%03d", i)] = &Resource{Type: "AWS::SQS::Queue"}
	}
	got := answered(t, []Stack{stack})
	if n := len(stack.Template.Outputs); n > 100 {
		t.Errorf("%d outputs", n)
	}
	for i, q := range got.Queues {
		if want := fmt.Sprintf("ref:Queue%03d", i); q.URL != want {
			t.Fatalf("queue %d is %s, want %s", i, q.URL, want)
		}
	}
	if len(got.Queues) != 400 {
		t.Errorf("%d queues", len(got.Queues))
	}
}

func TestTheTopologyIsWhatTheTemplatesSay(t *testing.T) {
	got := answered(t, readSample(t))
	if err := got.connect(); err != nil {
		t.Fatal(err)
	}
	want := Topology{
		Functions: []Function{{Name: "order-created-crm", ARN: "arn:Function", Timeout: 30 * time.Second, MemoryMB: 256,
			Env: map[string]string{"STAGE": "dev", "QUEUE": "ref:Queue", "BUS": "import:ground:Bus"}}},
		Mappings: []Mapping{{Function: "order-created-crm", EventSource: lambdalocal.EventSource{
			QueueARN: "arn:Queue", QueueURL: "ref:Queue", BatchSize: 7, Window: 2 * time.Second, ReportsItems: true, MaxConcurrency: 5}}},
		Queues: []Queue{{LogicalID: "Dead", URL: "ref:Dead", ARN: "arn:Dead"},
			{LogicalID: "Queue", URL: "ref:Queue", ARN: "arn:Queue", DeadLetterARN: "arn:Dead", MaxReceive: 12}},
		Topics:        []Topic{{LogicalID: "Topic", ARN: "ref:Topic"}},
		Buses:         []Bus{{Name: "ref:Bus", ARN: "arn:Bus"}},
		Rules:         []Rule{{LogicalID: "Rule", Bus: "import:ground:Bus", DetailTypes: []string{"order.created"}, Targets: []string{"ref:Topic"}}},
		Tables:        []Table{{LogicalID: "Ledger", Name: "ref:Ledger", ExpiresBy: "expires"}},
		subscriptions: []subscription{{topic: "ref:Topic", endpoint: "arn:Queue"}},
		archives:      []archive{{name: "Archive", source: "arn:Bus", pattern: `{"source":["signalbox"]}`}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Topology{}, subscription{}, archive{})); diff != "" {
		t.Error(diff)
	}
	if q, ok := got.DeadLettersOf("order-created-crm"); !ok || q.ARN != "arn:Dead" {
		t.Errorf("dead letters go to %v", q)
	}
	if topics := got.TopicsBefore("arn:Queue"); len(topics) != 1 {
		t.Errorf("topics: %v", topics)
	}
	if diff := cmp.Diff(map[string][]string{"ref:Topic": {"order.created"}}, got.FedTopics()); diff != "" {
		t.Error(diff)
	}
}

func TestAResourceIsKnownWithTheFunctionThatSettlesIt(t *testing.T) {
	stacks := readSample(t)
	stacks[1].Template.Resources["Custom"] = &Resource{Type: "Custom::Thing", Properties: map[string]any{
		"ServiceToken": map[string]any{"Fn::GetAtt": []any{"Function", "Arn"}},
		"Draft":        map[string]any{"key": "k", "queueUrl": map[string]any{"Ref": "Queue"}, "types": []any{"a", map[string]any{"Ref": "Topic"}}},
	}}
	got := answered(t, stacks)
	want := []CustomResource{{LogicalID: "Custom", Type: "Custom::Thing", Function: "order-created-crm", Properties: map[string]any{
		"ServiceToken": "arn:Function",
		"Draft":        map[string]any{"key": "k", "queueUrl": "ref:Queue", "types": []any{"a", "ref:Topic"}},
	}}}
	if diff := cmp.Diff(want, got.Resources); diff != "" {
		t.Error(diff)
	}
}

func TestAFunctionFedByAnythingButAQueueIsRefused(t *testing.T) {
	stacks := readSample(t)
	stacks[1].Template.Resources["Mapping"].Properties["EventSourceArn"] = map[string]any{"Fn::GetAtt": []any{"Ledger", "StreamArn"}}
	got := answered(t, stacks)
	if err := got.connect(); err == nil {
		t.Error("a stream passed for a queue")
	}
}

func TestAFunctionWithoutAReadableIDIsRefused(t *testing.T) {
	stacks := readSample(t)
	delete(stacks[1].Template.Resources["Function"].Metadata, "SamResourceId")
	q := questions{stack: &stacks[1]}
	if _, err := q.ask(nil); err == nil {
		t.Error("a function without a name passed")
	}
}
