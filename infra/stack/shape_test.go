package stack

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"signalbox/infra/construct"
	"signalbox/shared/catalog"
)

// shapeInvariants are about the templates as a whole.
func shapeInvariants() []invariant {
	return []invariant{
		{name: "a function's dashboard row shows it, and the overview shows every event's latency", check: dashboardsShowAll, breaks: []change{
			{name: "a function without a row", apply: of("AWS::CloudWatch::Dashboard", "Dashboard", func(r *resource) { r.Properties["DashboardBody"] = "{}" })},
			{name: "an event without latency", apply: func(_ *testing.T, a assembly) {
				for _, d := range a.all("AWS::CloudWatch::Dashboard") {
					if d.stack == ID(a.settings.Name, Observability) {
						d.Properties["DashboardBody"] = "{}"
					}
				}
			}},
		}},
		{name: "stacks stay far from CloudFormation's limits", check: stacksAreSmall, breaks: []change{
			{name: "a function of too many resources", apply: func(_ *testing.T, a assembly) {
				for i := range 10 {
					a.stacks[ID(a.settings.Name, "retail-order")].Resources[fmt.Sprintf("OrderCreatedCrmMore%d", i)] = &resource{Type: "AWS::CloudWatch::Alarm", Properties: map[string]any{}}
				}
			}},
			{name: "a large stack", apply: func(_ *testing.T, a assembly) {
				for i := range 400 {
					a.stacks[ID(a.settings.Name, "retail-order")].Resources[fmt.Sprintf("More%d", i)] = &resource{Type: "AWS::CloudWatch::Alarm", Properties: map[string]any{}}
				}
			}},
		}},
		{name: "what may need replacing has no physical name", check: nothingIsNamed, breaks: []change{
			{name: "a queue", apply: with("AWS::SQS::Queue", "OrderCreatedCrmQueue", "crm", "QueueName")},
			{name: "a function", apply: with("AWS::Lambda::Function", "OrderCreatedCrm", "crm", "FunctionName")},
			{name: "the ledger", apply: with("AWS::DynamoDB::Table", "Ledger", "ledger", "TableName")},
			{name: "a secret", apply: with("AWS::SecretsManager::Secret", "Secrets", "signalbox/fedex", "Name")},
		}},
		{name: "a stack takes what it needs of another by export", check: exportsResolve, breaks: []change{
			{name: "an export that is not there", apply: func(_ *testing.T, a assembly) {
				clear(a.stacks[ID(a.settings.Name, Foundation)].Outputs)
			}},
			{name: "a reference that SAM CLI does not know", apply: with("AWS::Lambda::Function", "OrderCreatedCrm", map[string]any{"Fn::GetStackOutput": "x"}, "Description")},
		}},
		{name: "the outputs tell what the operator needs", check: outputsTell, breaks: []change{
			{name: "no queue for the subscription", apply: func(_ *testing.T, a assembly) {
				delete(a.stacks[ID(a.settings.Name, "ingress")].Outputs, "CommercetoolsQueueUrl")
			}},
			{name: "no address for senders", apply: func(_ *testing.T, a assembly) {
				delete(a.stacks[ID(a.settings.Name, "ingress")].Outputs, "WebhookUrl")
			}},
			{name: "no secret to fill", apply: func(_ *testing.T, a assembly) {
				delete(a.stacks[ID(a.settings.Name, Foundation)].Outputs, "SecretFedexArn")
			}},
		}},
	}
}

func dashboardsShowAll(a assembly) []string {
	bodies := map[string]string{}
	for _, d := range a.all("AWS::CloudWatch::Dashboard") {
		bodies[d.stack] = a.text(d, "DashboardBody")
	}
	var out []string
	for name, f := range a.deployed() {
		graphs := []string{"events", "failures"}
		if f.IsQueue() {
			graphs = append(graphs, "age of the oldest event, s", "dead letters")
		}
		if f.IsHTTP() {
			graphs = append(graphs, "duration, ms", "refused and dead letters")
		}
		if f.IsSchedule() {
			graphs = append(graphs, "runs", "failed and undelivered runs")
		}
		for _, graph := range graphs {
			if !strings.Contains(bodies[ID(a.settings.Name, f.Stack())], `"title":"`+name+": "+graph+`"`) {
				out = append(out, fmt.Sprintf("%s: its dashboard shows no %s", name, graph))
			}
		}
		if f.Event() == "" || f.Event() == catalog.AnyEvent {
			continue
		}
		for _, statistic := range []string{"p50", "p95", "p99"} {
			metric := `"Signalbox","` + catalog.MetricLatencyMs + `","EventType","` + string(f.Event()) + `","Stage","` + a.settings.Name + `",{"stat":"` + statistic + `"}`
			if !strings.Contains(bodies[ID(a.settings.Name, Observability)], metric) {
				out = append(out, fmt.Sprintf("%s: the overview shows no %s from occurrence to effect", f.Event(), statistic))
			}
		}
	}
	return out
}

func stacksAreSmall(a assembly) []string {
	var out []string
	for name, t := range a.stacks {
		// 500 is the limit: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
		if len(t.Resources) > 400 {
			out = append(out, fmt.Sprintf("%s: has %d resources, divide the subject", name, len(t.Resources)))
		}
	}
	for name, f := range a.deployed() {
		function, ok := a.function(name)
		if !ok {
			continue
		}
		limit := 25
		if f.Source() != "" || f.IsSchedule() {
			limit = 30 // It may have a topic and a partner's bus besides.
		}
		prefix, n := function.id[:strings.LastIndex(function.id, "Function")], 0
		for id := range a.stacks[function.stack].Resources {
			if strings.HasPrefix(id, prefix) {
				n++
			}
		}
		if n >= limit {
			out = append(out, fmt.Sprintf("%s: takes %d resources of the 500 of a stack", name, n))
		}
	}
	return out
}

func nothingIsNamed(a assembly) []string {
	var out []string
	names := map[string]string{
		"AWS::SQS::Queue": "QueueName", "AWS::SNS::Topic": "TopicName", "AWS::DynamoDB::Table": "TableName", "AWS::Lambda::Function": "FunctionName",
		"AWS::SecretsManager::Secret": "Name", "AWS::IAM::Role": "RoleName", "AWS::Events::Rule": "Name", "AWS::Events::Archive": "ArchiveName",
		"AWS::Logs::LogGroup": "LogGroupName", "AWS::CloudWatch::Alarm": "AlarmName",
	}
	for _, f := range a.all() {
		if property, ok := names[f.Type]; ok && f.value(property) != nil {
			out = append(out, fmt.Sprintf("%s: is named, so it cannot be replaced", f))
		}
	}
	return out
}

func exportsResolve(a assembly) []string {
	var out []string
	var walk func(f found, v any)
	walk = func(f found, v any) {
		switch at := v.(type) {
		case map[string]any:
			for key, inner := range at {
				switch key {
				case "Fn::ImportValue":
					if strings.HasPrefix(a.render(f.stack, at), "${missing export") {
						out = append(out, fmt.Sprintf("%s: imports %v, which no stack exports", f, inner))
					}
				case "Fn::GetStackOutput":
					out = append(out, fmt.Sprintf("%s: SAM CLI makes an empty string of %s", f, key))
				}
				walk(f, inner)
			}
		case []any:
			for _, inner := range at {
				walk(f, inner)
			}
		}
	}
	for _, f := range a.all() {
		walk(f, f.Properties)
	}
	return out
}

func outputsTell(a assembly) []string {
	var want []string
	for name, f := range a.deployed() {
		if f.IsHTTP() {
			want = append(want, f.Stack()+"/"+addressOutput(name))
		}
		if name == "commercetools" {
			want = append(want, "ingress/CommercetoolsQueueUrl", "ingress/CommercetoolsQueueArn")
			if a.settings.Ingress.SNS {
				want = append(want, "ingress/CommercetoolsTopicArn")
			}
		}
	}
	if _, ok := a.settings.Systems["firehose"]; ok {
		want = append(want, "platform/LakeBucketName", "platform/LakeWorkgroup")
	}
	for id, given := range a.settings.Systems {
		if system, _ := catalog.SystemByID(id); given.Secret == "" && len(system.Secret) > 0 {
			want = append(want, "foundation/Secret"+strings.ToUpper(id[:1])+id[1:]+"Arn")
		}
	}
	want = append(want, "foundation/AlarmTopicArn", "foundation/BusName", "foundation/LedgerName", "observability/DashboardUrl")
	for _, name := range stacks() {
		if len(deployed(a.settings, name)) == 0 {
			continue
		}
		want = append(want, name+"/DashboardUrl")
		for _, t := range catalog.Topics {
			if t.Stack() == name {
				want = append(want, name+"/"+construct.ID(t.Name)+"TopicArn")
			}
		}
	}
	slices.Sort(want)
	var out []string
	for _, w := range want {
		stack, name, _ := strings.Cut(w, "/")
		if _, ok := a.stacks[ID(a.settings.Name, stack)].Outputs[name]; !ok {
			out = append(out, fmt.Sprintf("no output %s", w))
		}
	}
	return out
}
