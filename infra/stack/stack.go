// Package stack walks the catalog and makes a stage's stacks of it: foundation
// (what is kept: keys, bus, archive, ledger, secrets, alarm topic), one stack per
// domain and subject of functions, and observability. All tests of the infrastructure are
// here too, since the first synthesis in a process is by far the slowest.
package stack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/construct"
	"signalbox/infra/stage"
	"signalbox/shared/catalog"
)

// ID returns the name of a stage's stack, "signalbox-dev-retail-order".
func ID(stage, name string) string { return "signalbox-" + stage + "-" + name }

// The stacks beside those of the functions.
const (
	Foundation    = "foundation"
	Observability = "observability"
)

// Bootstrap returns where in the folder of builds a function's binary is; its
// folder is what is deployed.
func Bootstrap(builds string, arch stage.Arch, function string) string {
	return filepath.Join(builds, string(arch), function, "bootstrap")
}

// Build makes every stack of the stage in app. The binaries are taken from the
// folder builds. The error names every binary that is missing.
func Build(app awscdk.App, s stage.Settings, builds string) error {
	if err := errors.Join(catalog.Check(), s.Check(), built(s, builds)); err != nil {
		return err
	}
	foundation := newFoundation(newStack(app, s, Foundation, "What a stage keeps: keys, bus, archive, ledger, secrets, alarm topic"), s)
	var open doors
	made := map[string]awscdk.Stack{}
	for _, name := range stacks() {
		if functions := deployed(s, name); len(functions) > 0 {
			made[name] = newStack(app, s, name, "Functions: "+name)
			newFunctions(made[name], s, functions, foundation, builds, &open)
		}
	}
	last(made)
	newObservability(newStack(app, s, Observability, "Overview dashboard and alarms of the account"), s, foundation)
	return nil
}

// stacks returns the names of the functions' stacks in the order of their first function.
func stacks() []string {
	var names []string
	for _, f := range catalog.Functions {
		if !slices.Contains(names, f.Stack()) {
			names = append(names, f.Stack())
		}
	}
	return names
}

// deployed returns the functions of a stack that the stage deploys.
func deployed(s stage.Settings, stack string) []catalog.Function {
	return slices.DeleteFunc(s.Deployed(), func(f catalog.Function) bool { return f.Stack() != stack })
}

func built(s stage.Settings, builds string) error {
	var problems []error
	for _, f := range s.Deployed() {
		path := Bootstrap(builds, s.Arch, f.Name)
		if info, err := os.Stat(path); err != nil {
			problems = append(problems, fmt.Errorf("%s is not built: run make build ARCH=%s", path, s.Arch))
		} else if info.Mode().Perm()&0o111 == 0 {
			// The asset's hash does not cover the mode, so a file uploaded without it
			// stays broken.
			problems = append(problems, fmt.Errorf("%s is not executable: run make build ARCH=%s", path, s.Arch))
		}
	}
	return errors.Join(problems...)
}

func newStack(app awscdk.App, s stage.Settings, name, description string) awscdk.Stack {
	env := awscdk.Environment{}
	if s.Account != "" {
		env.Account = &s.Account
	}
	if s.Region != "" {
		env.Region = &s.Region
	}
	tags := map[string]*string{"signalbox:stage": &s.Name}
	for key, value := range s.Tags {
		tags[key] = &value
	}
	return awscdk.NewStack(app, jsii.String(ID(s.Name, name)), &awscdk.StackProps{
		Description:           jsii.String("Signalbox " + s.Name + ". " + description),
		Env:                   &env,
		Tags:                  &tags,
		TerminationProtection: jsii.Bool(name == Foundation && s.Removal == stage.Retain),
	})
}

// newFunctions makes the functions of one stack, each behind what triggers it,
// the topics fed by the same events, and their dashboard.
func newFunctions(scope awscdk.Stack, s stage.Settings, functions []catalog.Function, g construct.Foundation, builds string, open *doors) {
	var rows []construct.Row
	for _, f := range functions {
		props := construct.FunctionProps{
			Foundation: g, Function: f, Environment: s.Environment(f),
			Surge: surge(s.Surge[f.Name]),
			Code:  filepath.Dir(Bootstrap(builds, s.Arch, f.Name)),
		}
		rows = append(rows, newFunction(scope, s, props, open))
	}
	for _, t := range catalog.Topics {
		if t.Stack() == functions[0].Stack() {
			topic := construct.NewEventTopic(scope, g, t)
			output(scope, construct.ID(t.Name)+"TopicArn", "topic for "+t.For, *topic.Topic.TopicArn())
		}
	}
	dashboard := construct.NewFunctionDashboard(scope, g, rows)
	output(scope, "DashboardUrl", "dashboard of these functions", dashboardURL(scope, *dashboard.DashboardName()))
}

// newFunction makes one function behind what triggers it.
func newFunction(scope awscdk.Stack, s stage.Settings, p construct.FunctionProps, open *doors) construct.Row {
	switch f := p.Function; {
	case f.WritesLake():
		return newAnalytics(scope, s, p)
	case f.IsQueue() && f.Event() != "":
		return construct.NewEventFunction(scope, p)
	case f.IsQueue() && f.Source() == "commercetools":
		open.commercetools = newCommercetools(scope, s, p)
		return open.commercetools
	case f.IsKafka() && f.Source() == "commercetools":
		return newTopic(scope, s, p)
	case f.IsSchedule():
		return newSchedule(scope, s, p, open)
	case f.IsHTTP():
		return newHTTP(scope, s, p)
	default:
		panic(fmt.Sprintf("function %s: nothing deploys its trigger", f.Name))
	}
}

func newHTTP(scope awscdk.Stack, s stage.Settings, p construct.FunctionProps) construct.Row {
	h := construct.NewHTTPFunction(scope, p, s.Ingress.HTTPConcurrency)
	output(scope, construct.ID(p.Function.Name)+"Url", "address of "+p.Function.Name, h.URL)
	output(scope, construct.ID(p.Function.Name)+"Arn", "ARN of the same function", *h.Lambda.FunctionArn())
	return h
}

func newCommercetools(scope awscdk.Stack, s stage.Settings, p construct.FunctionProps) *construct.Ingress {
	p.Arrivals = s.Ingress.Backfill
	silence := map[string]time.Duration{}
	for kind, minutes := range s.Ingress.SilenceMinutesByType {
		silence[kind] = time.Duration(minutes) * time.Minute
	}
	in := construct.NewIngress(scope, construct.IngressProps{
		FunctionProps: p, SNS: s.Ingress.SNS, PartnerSource: s.Ingress.EventBridge,
		Silence: time.Duration(s.Ingress.SilenceMinutes) * time.Minute, TypeSilence: silence,
	})
	output(scope, "CommercetoolsQueueUrl", "queueUrl of the commercetools subscription", *in.Queue.QueueUrl())
	output(scope, "CommercetoolsQueueArn", "ARN of the same queue", *in.Queue.QueueArn())
	if in.Topic != nil {
		output(scope, "CommercetoolsTopicArn", "topicArn of the commercetools subscription", *in.Topic.TopicArn())
	}
	return in
}

func surge(s stage.Surge) construct.Surge {
	surge := construct.Surge{Concurrency: s.Concurrency, BatchSize: s.BatchSize, Window: time.Duration(s.WindowSeconds) * time.Second}
	if s.Pollers != nil {
		surge.MinPollers, surge.MaxPollers = s.Pollers.Min, s.Pollers.Max
	}
	return surge
}

func newTopic(scope awscdk.Stack, s stage.Settings, p construct.FunctionProps) construct.Row {
	k := s.Ingress.Kafka
	p.Arrivals = s.Ingress.Backfill
	return construct.NewTopic(scope, construct.KafkaProps{
		FunctionProps: p, Topic: k.Topic, Cluster: k.Cluster, Bootstrap: k.Bootstrap, Secret: k.Secret, SecretKey: k.SecretKey,
		BatchSize: k.BatchSize, MinPollers: k.Pollers.Min, MaxPollers: k.Pollers.Max,
	})
}

func newAnalytics(scope awscdk.Stack, s stage.Settings, p construct.FunctionProps) construct.Row {
	var types []string
	for _, e := range catalog.Events {
		types = append(types, string(e.Type()))
	}
	slices.Sort(types)
	lake := construct.NewLake(scope, construct.LakeProps{Foundation: p.Foundation, Types: types, Days: s.LakeDays})
	output(scope, "LakeBucketName", "bucket of the lake", *lake.Bucket.BucketName())
	output(scope, "LakeWorkgroup", "Athena workgroup that asks the lake", lake.Workgroup)
	return construct.NewAnalytics(scope, p, lake)
}

func dashboardURL(scope awscdk.Stack, name string) string {
	return "https://" + *scope.Region() + ".console.aws.amazon.com/cloudwatch/home#dashboards/dashboard/" + name
}

func output(scope constructs.Construct, id, description, value string) {
	awscdk.NewCfnOutput(scope, &id, &awscdk.CfnOutputProps{Description: &description, Value: &value})
}
