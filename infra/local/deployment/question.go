package deployment

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"signalbox/shared/lambdalocal"
)

// questions asks the engine what expressions of a template become, by adding
// outputs to it. A template may have 200 outputs and a stack of many functions
// has more questions, so an expression is asked once and an output answers many.
type questions struct {
	stack   *Stack
	asked   map[string]int
	answers map[string]string
}

const (
	// perOutput keeps an answer far below the 4 KB that CloudFormation gives an output.
	perOutput = 20
	// separator stands in no name, address or ARN.
	separator = "\n"
)

// value is what an expression becomes once the stack stands.
type value func() string

func (q *questions) value(expression any) value {
	switch e := expression.(type) {
	case nil:
		return func() string { return "" }
	case string:
		return func() string { return e }
	case bool:
		return func() string { return strconv.FormatBool(e) }
	case float64:
		return func() string { return strconv.FormatFloat(e, 'f', -1, 64) }
	}
	n := q.number(expression)
	return func() string {
		parts := strings.Split(q.answers[output(n)], separator)
		if i := n % perOutput; i < len(parts) {
			return parts[i]
		}
		return ""
	}
}

// number returns the place of the expression among all that are asked about,
// and adds it to its output if it is new.
func (q *questions) number(expression any) int {
	// It was decoded from JSON, so it can be encoded.
	text, _ := json.Marshal(expression, json.Deterministic(true))
	if n, ok := q.asked[string(text)]; ok {
		return n
	}
	if q.asked == nil {
		q.asked = map[string]int{}
	}
	n := len(q.asked)
	q.asked[string(text)] = n
	if q.stack.Template.Outputs == nil {
		q.stack.Template.Outputs = map[string]*Output{}
	}
	var parts []any
	if o := q.stack.Template.Outputs[output(n)]; o != nil {
		parts = o.Value.(map[string]any)["Fn::Join"].([]any)[1].([]any)
	}
	q.stack.Template.Outputs[output(n)] = &Output{Value: map[string]any{"Fn::Join": []any{separator, append(parts, expression)}}}
	return n
}

func output(n int) string { return fmt.Sprintf("SignalboxLocal%04d", n/perOutput) }

func (q *questions) ref(id string) value { return q.value(map[string]any{"Ref": id}) }
func (q *questions) att(id, name string) value {
	return q.value(map[string]any{"Fn::GetAtt": []any{id, name}})
}

// ask adds a question for everything a Topology holds of the stack and returns
// what reads the answers into one.
func (q *questions) ask(left []Left) (func(*Topology) error, error) {
	var readers []func(*Topology) error
	for _, l := range left {
		if l.Type == "AWS::Events::Archive" {
			read, err := q.archive(l.LogicalID, l.resource)
			if err != nil {
				return nil, err
			}
			readers = append(readers, read)
		}
		if token := l.resource.Properties["ServiceToken"]; token != nil {
			read, err := q.custom(l, token)
			if err != nil {
				return nil, err
			}
			readers = append(readers, read)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(q.stack.Template.Resources)) {
		r := q.stack.Template.Resources[id]
		var read func(*Topology) error
		var err error
		switch r.Type {
		case "AWS::Lambda::Function":
			read, err = q.function(id, r)
		case "AWS::Lambda::EventSourceMapping":
			read, err = q.mapping(id, r)
		case "AWS::SQS::Queue":
			read = q.queue(id, r)
		case "AWS::SNS::Topic":
			arn := q.ref(id)
			read = func(t *Topology) error {
				t.Topics = append(t.Topics, Topic{LogicalID: id, ARN: arn()})
				return nil
			}
		case "AWS::SNS::Subscription":
			topic, endpoint := q.value(r.Properties["TopicArn"]), q.value(r.Properties["Endpoint"])
			read = func(t *Topology) error {
				t.subscriptions = append(t.subscriptions, subscription{topic: topic(), endpoint: endpoint()})
				return nil
			}
		case "AWS::Events::EventBus":
			name, arn := q.ref(id), q.att(id, "Arn")
			read = func(t *Topology) error {
				t.Buses = append(t.Buses, Bus{Name: name(), ARN: arn()})
				return nil
			}
		case "AWS::Events::Rule":
			read = q.rule(id, r)
		case "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable":
			read = q.table(id, r)
		}
		if err != nil {
			return nil, err
		}
		if read != nil {
			readers = append(readers, read)
		}
	}
	return func(t *Topology) error {
		for _, read := range readers {
			if err := read(t); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

func (q *questions) function(id string, r *Resource) (func(*Topology) error, error) {
	name, _ := r.Metadata["SamResourceId"].(string)
	if name == "" {
		return nil, fmt.Errorf("function %s has no readable id (Metadata SamResourceId)", id)
	}
	f := Function{Name: name, Env: map[string]string{}}
	f.Timeout = 3 * time.Second
	if seconds, ok := r.Properties["Timeout"].(float64); ok {
		f.Timeout = time.Duration(seconds * float64(time.Second))
	}
	f.MemoryMB = 128
	if mb, ok := r.Properties["MemorySize"].(float64); ok {
		f.MemoryMB = int(mb)
	}
	env := map[string]value{}
	if e, ok := r.Properties["Environment"].(map[string]any); ok {
		variables, ok := e["Variables"].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("function %s: the environment is not a plain table", name)
		}
		for _, key := range slices.Sorted(maps.Keys(variables)) {
			env[key] = q.value(variables[key])
		}
	}
	arn := q.att(id, "Arn")
	return func(t *Topology) error {
		f.ARN = arn()
		for key, v := range env {
			f.Env[key] = v()
		}
		t.Functions = append(t.Functions, f)
		return nil
	}, nil
}

func (q *questions) mapping(id string, r *Resource) (func(*Topology) error, error) {
	function, err := q.functionNamed(r.Properties["FunctionName"])
	if err != nil {
		return nil, fmt.Errorf("mapping %s: %w", id, err)
	}
	m := Mapping{Function: function, EventSource: lambdalocal.EventSource{BatchSize: 10}}
	if n, ok := r.Properties["BatchSize"].(float64); ok {
		m.BatchSize = int(n)
	}
	if seconds, ok := r.Properties["MaximumBatchingWindowInSeconds"].(float64); ok {
		m.Window = time.Duration(seconds * float64(time.Second))
	}
	if types, ok := r.Properties["FunctionResponseTypes"].([]any); ok {
		m.ReportsItems = slices.Contains(types, any("ReportBatchItemFailures"))
	}
	if scaling, ok := r.Properties["ScalingConfig"].(map[string]any); ok {
		if n, ok := scaling["MaximumConcurrency"].(float64); ok {
			m.MaxConcurrency = int(n)
		}
	}
	arn := q.value(r.Properties["EventSourceArn"])
	return func(t *Topology) error {
		m.QueueARN = arn()
		t.Mappings = append(t.Mappings, m)
		return nil
	}, nil
}

// functionNamed follows an expression, through an alias or version, to the
// function it means.
func (q *questions) functionNamed(expression any) (string, error) {
	for _, id := range references(expression) {
		r, ok := q.stack.Template.Resources[id]
		if !ok {
			continue
		}
		switch r.Type {
		case "AWS::Lambda::Function":
			name, _ := r.Metadata["SamResourceId"].(string)
			return name, nil
		case "AWS::Lambda::Alias", "AWS::Lambda::Version":
			return q.functionNamed(r.Properties["FunctionName"])
		}
	}
	return "", errors.New("it names no function of its stack")
}

func (q *questions) queue(id string, r *Resource) func(*Topology) error {
	url, arn := q.ref(id), q.att(id, "Arn")
	var deadLetters value = func() string { return "" }
	maxReceive := 0
	if redrive, ok := r.Properties["RedrivePolicy"].(map[string]any); ok {
		deadLetters = q.value(redrive["deadLetterTargetArn"])
		n, _ := redrive["maxReceiveCount"].(float64)
		maxReceive = int(n)
	}
	return func(t *Topology) error {
		t.Queues = append(t.Queues, Queue{LogicalID: id, URL: url(), ARN: arn(), DeadLetterARN: deadLetters(), MaxReceive: maxReceive})
		return nil
	}
}

func (q *questions) rule(id string, r *Resource) func(*Topology) error {
	rule := Rule{LogicalID: id, Bus: "default"}
	if pattern, ok := r.Properties["EventPattern"].(map[string]any); ok {
		if types, ok := pattern["detail-type"].([]any); ok {
			for _, t := range types {
				if s, ok := t.(string); ok {
					rule.DetailTypes = append(rule.DetailTypes, s)
				}
			}
		}
	}
	bus := q.value(r.Properties["EventBusName"])
	var targets []value
	if list, ok := r.Properties["Targets"].([]any); ok {
		for _, entry := range list {
			if target, ok := entry.(map[string]any); ok {
				targets = append(targets, q.value(target["Arn"]))
			}
		}
	}
	return func(t *Topology) error {
		if name := bus(); name != "" {
			rule.Bus = name
		}
		for _, target := range targets {
			rule.Targets = append(rule.Targets, target())
		}
		t.Rules = append(t.Rules, rule)
		return nil
	}
}

func (q *questions) archive(id string, r *Resource) (func(*Topology) error, error) {
	var pattern string
	if p, ok := r.Properties["EventPattern"]; ok {
		if len(references(p)) > 0 {
			return nil, fmt.Errorf("archive %s: the local run takes only a pattern that refers to nothing", id)
		}
		text, err := json.Marshal(p, json.Deterministic(true))
		if err != nil {
			return nil, err
		}
		pattern = string(text)
	}
	name, source := q.value(r.Properties["ArchiveName"]), q.value(r.Properties["SourceArn"])
	return func(t *Topology) error {
		a := archive{name: name(), source: source(), pattern: pattern}
		if a.name == "" {
			a.name = id
		}
		t.archives = append(t.archives, a)
		return nil
	}, nil
}

// custom reads what a function of the stack is to settle.
func (q *questions) custom(l Left, token any) (func(*Topology) error, error) {
	function, err := q.functionNamed(token)
	if err != nil {
		return nil, fmt.Errorf("resource %s: %w", l.LogicalID, err)
	}
	properties := q.resolved(l.resource.Properties)
	return func(t *Topology) error {
		resolved, _ := properties().(map[string]any)
		t.Resources = append(t.Resources, CustomResource{LogicalID: l.LogicalID, Type: l.Type, Function: function, Properties: resolved})
		return nil
	}, nil
}

// resolved is what a whole structure becomes, the expressions in it replaced.
func (q *questions) resolved(structure any) func() any {
	switch s := structure.(type) {
	case []any:
		parts := make([]func() any, len(s))
		for i, part := range s {
			parts[i] = q.resolved(part)
		}
		return func() any {
			out := make([]any, len(parts))
			for i, part := range parts {
				out[i] = part()
			}
			return out
		}
	case map[string]any:
		for name := range s {
			if len(s) == 1 && (name == "Ref" || strings.HasPrefix(name, "Fn::")) {
				v := q.value(s)
				return func() any { return v() }
			}
		}
		parts := map[string]func() any{}
		for _, name := range slices.Sorted(maps.Keys(s)) {
			parts[name] = q.resolved(s[name])
		}
		return func() any {
			out := map[string]any{}
			for name, part := range parts {
				out[name] = part()
			}
			return out
		}
	}
	return func() any { return structure }
}

func (q *questions) table(id string, r *Resource) func(*Topology) error {
	table := Table{LogicalID: id}
	if ttl, ok := r.Properties["TimeToLiveSpecification"].(map[string]any); ok && ttl["Enabled"] == true {
		table.ExpiresBy, _ = ttl["AttributeName"].(string)
	}
	name := q.ref(id)
	return func(t *Topology) error {
		table.Name = name()
		t.Tables = append(t.Tables, table)
		return nil
	}
}
