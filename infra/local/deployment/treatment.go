package deployment

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// treatment says what becomes of the resources of one type on this machine. The
// zero value passes them to the engine as they are.
type treatment struct {
	// leaveOut is the reason why the engine is not given them.
	leaveOut string
	// change adapts a resource before the engine is given it; because says why.
	change  func(*Resource)
	because string
}

const (
	noMetrics  = "nothing is measured on this machine, so nothing could raise it"
	noCustom   = "the engine asks no function about it; our own host does, once the functions run"
	engineGap  = "the engine's CloudFormation refuses the type; it is created through the service's own API"
	noLake     = "nobody asks the lake on this machine"
	noAnalysis = "it reports the use of CDK"
)

// treatments lists every type of resource the local run knows. A type that is
// not here stops it: silently missing is worse than not running.
func treatments() map[string]treatment {
	return map[string]treatment{
		"AWS::DynamoDB::GlobalTable":          {},
		"AWS::DynamoDB::Table":                {},
		"AWS::Events::EventBus":               {},
		"AWS::Events::EventBusPolicy":         {},
		"AWS::Events::Rule":                   {change: stopClock, because: "our own host runs functions, and the engine's clock must not"},
		"AWS::IAM::ManagedPolicy":             {},
		"AWS::IAM::Policy":                    {},
		"AWS::IAM::Role":                      {},
		"AWS::KMS::Alias":                     {},
		"AWS::KMS::Key":                       {},
		"AWS::Lambda::Alias":                  {},
		"AWS::Lambda::EventInvokeConfig":      {leaveOut: "functions are invoked by our own host"},
		"AWS::Lambda::EventSourceMapping":     {change: disable, because: "our own host polls, and the engine must not"},
		"AWS::Lambda::Function":               {},
		"AWS::Lambda::Permission":             {},
		"AWS::Lambda::Url":                    {leaveOut: "our own listener takes the requests"},
		"AWS::Lambda::Version":                {},
		"AWS::Logs::LogGroup":                 {},
		"AWS::Logs::MetricFilter":             {leaveOut: noMetrics},
		"AWS::Logs::ResourcePolicy":           {leaveOut: "the engine writes no vended logs"},
		"AWS::S3::Bucket":                     {},
		"AWS::S3::BucketPolicy":               {},
		"AWS::Scheduler::ScheduleGroup":       {},
		"AWS::SNS::Subscription":              {},
		"AWS::SNS::Topic":                     {},
		"AWS::SNS::TopicPolicy":               {},
		"AWS::SQS::Queue":                     {},
		"AWS::SQS::QueuePolicy":               {},
		"AWS::SSM::Parameter":                 {},
		"AWS::SecretsManager::Secret":         {},
		"AWS::SecretsManager::ResourcePolicy": {leaveOut: "the engine checks no permissions"},

		"AWS::Athena::NamedQuery":              {leaveOut: noLake},
		"AWS::Athena::WorkGroup":               {leaveOut: noLake},
		"AWS::Glue::Database":                  {leaveOut: noLake},
		"AWS::Glue::Table":                     {leaveOut: noLake},
		"AWS::KinesisFirehose::DeliveryStream": {leaveOut: "a double of Firehose takes its place"},
		"AWS::Logs::LogStream":                 {leaveOut: "the engine writes no vended logs"},

		"AWS::CDK::Metadata":              {leaveOut: noAnalysis},
		"AWS::CloudWatch::Alarm":          {leaveOut: noMetrics},
		"AWS::CloudWatch::CompositeAlarm": {leaveOut: noMetrics},
		"AWS::CloudWatch::Dashboard":      {leaveOut: "nothing is measured on this machine, so there is nothing to show"},
		"AWS::Events::Archive":            {leaveOut: engineGap},
	}
}

func disable(r *Resource) { r.Properties["Enabled"] = false }

func stopClock(r *Resource) {
	if r.Properties["ScheduleExpression"] != nil {
		r.Properties["State"] = "DISABLED"
	}
}

// Left is one resource that is not in the engine, and why.
type Left struct {
	Stack, LogicalID, Type, Reason string

	resource *Resource
}

// treat prepares the stack for the engine and returns what was left out. It
// reports every type it does not know.
func treat(s *Stack) ([]Left, error) {
	known := treatments()
	var left []Left
	var unknown []string
	gone := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(s.Template.Resources)) {
		r := s.Template.Resources[id]
		t, ok := known[r.Type]
		if strings.HasPrefix(r.Type, "Custom::") || r.Type == "AWS::CloudFormation::CustomResource" {
			t, ok = treatment{leaveOut: noCustom}, true
		}
		if r.Type == "AWS::Lambda::EventSourceMapping" && r.Properties["Topics"] != nil {
			t = treatment{leaveOut: "there is no Kafka on this machine; what comes from a topic is handed to the function itself"}
		}
		switch {
		case !ok:
			unknown = append(unknown, r.Type+" ("+id+")")
		case t.leaveOut != "":
			left = append(left, Left{Stack: s.Name, LogicalID: id, Type: r.Type, Reason: t.leaveOut, resource: r})
			gone[id] = true
		case t.change != nil:
			t.change(r)
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("stack %s: the local run does not know %s; say in infra/local/deployment/treatment.go whether the engine carries it or why it is left out",
			s.Name, strings.Join(unknown, ", "))
	}
	for id := range gone {
		delete(s.Template.Resources, id)
	}
	for _, r := range s.Template.Resources {
		r.DependsOn = without(r.DependsOn, gone)
		for name, value := range r.Properties {
			r.Properties[name] = unreferenced(value, gone)
		}
	}
	for name, o := range s.Template.Outputs {
		if slices.ContainsFunc(references(o.Value), func(id string) bool { return gone[id] }) {
			delete(s.Template.Outputs, name)
		}
	}
	for id, r := range s.Template.Resources {
		if r.Condition != "" {
			return nil, fmt.Errorf("stack %s: %s has a condition, and the engine evaluates conditions wrongly", s.Name, id)
		}
	}
	s.Template.Conditions = nil
	return left, nil
}

func without(dependsOn any, gone map[string]bool) any {
	ids, ok := dependsOn.([]any)
	if id, single := dependsOn.(string); single {
		ids, ok = []any{id}, true
	}
	if !ok {
		return nil
	}
	ids = slices.DeleteFunc(ids, func(id any) bool { return gone[fmt.Sprint(id)] })
	if len(ids) == 0 {
		return nil
	}
	return ids
}

// unreferenced puts a word instead of each reference to what is gone.
func unreferenced(v any, gone map[string]bool) any {
	switch at := v.(type) {
	case []any:
		for i := range at {
			at[i] = unreferenced(at[i], gone)
		}
	case map[string]any:
		if ids := references(at); len(at) == 1 && len(ids) == 1 && gone[ids[0]] && (at["Ref"] != nil || at["Fn::GetAtt"] != nil) {
			return "left-out"
		}
		for name := range at {
			at[name] = unreferenced(at[name], gone)
		}
	}
	return v
}
