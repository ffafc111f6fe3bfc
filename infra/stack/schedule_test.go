package stack

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"signalbox/infra/alarm"
	"signalbox/infra/stage"
	"signalbox/shared/catalog"
	"signalbox/shared/config"
)

// scheduleInvariants are about functions that run on a schedule, and the
// subscription that one of them keeps.
func scheduleInvariants() []invariant {
	const backfill = "Backfill"
	rule, invocation := "AWS::Events::Rule", "AWS::Lambda::EventInvokeConfig"
	return []invariant{
		{name: "functions run on schedule as often as their entries say, and a run that fails is kept", check: schedulesRun, breaks: []change{
			{name: "another clock", apply: with(rule, backfill, "rate(1 day)", "ScheduleExpression")},
			{name: "a clock that is off", apply: with(rule, backfill, "DISABLED", "State")},
			{name: "no rule", apply: gone(rule, backfill)},
			{name: "no dead-letter queue for ticks", apply: of(rule, backfill, func(r *resource) { delete(r.value("Targets", 0).(map[string]any), "DeadLetterConfig") })},
			{name: "a rule that may not invoke", apply: gone("AWS::Lambda::Permission", backfill)},
			{name: "a permission for every rule", apply: without("AWS::Lambda::Permission", backfill, "SourceArn")},
			{name: "failed runs that vanish", apply: without(invocation, backfill, "DestinationConfig")},
			{name: "a queue of failed runs that is not there", apply: gone("AWS::SQS::Queue", backfill+"FailedRuns")},
			{name: "runs that overlap", apply: without("AWS::Lambda::Function", backfill, "ReservedConcurrentExecutions")},
			{name: "no queue to refill", apply: without("AWS::Lambda::Function", backfill, "Environment", "Variables", config.IngressQueueURL)},
			{name: "a topic's ingress that notes nothing", apply: without("AWS::Lambda::Function", "Kafka", "Environment", "Variables", config.Arrivals)},
			{name: "an ingress that notes nothing", apply: without("AWS::Lambda::Function", "Commercetools", "Environment", "Variables", config.Arrivals)},
		}},
		{name: "the stack has the subscription that its settings name, and asks for what the catalog lists", check: subscriptionIsKept, breaks: []change{
			{name: "no subscription", apply: gone("Custom::CommercetoolsSubscription", "")},
			{name: "another key", apply: withDraft("other", "key")},
			{name: "fewer messages", apply: withDraft([]any{}, "messages")},
			{name: "no changes", apply: withDraft([]any{}, "changes")},
			{name: "the queue in place of the topic", apply: withDraft(map[string]any{"type": "SQS"}, "destination")},
			{name: "another queue", variant: "prod", apply: withDraft("https://elsewhere", "destination", "queueUrl")},
			{name: "credentials in place of IAM", variant: "prod", apply: withDraft("Credentials", "destination", "authenticationMode")},
			{name: "another format", apply: withDraft("Platform", "format", "type")},
			{name: "a key of Kafka in the template", variant: "by kafka", apply: withDraft("AKIA", "destination", "apiSecret")},
			{name: "nobody behind it", apply: of("Custom::CommercetoolsSubscription", "", func(r *resource) { r.Properties["ServiceToken"] = "arn:aws:lambda:x" })},
			{name: "an hour of patience", apply: without("Custom::CommercetoolsSubscription", "", "ServiceTimeout")},
		}},
	}
}

func withDraft(value any, path ...any) func(*testing.T, assembly) {
	return with("Custom::CommercetoolsSubscription", "", value, append([]any{"Draft"}, path...)...)
}

func (a assembly) isSchedule(rule found) bool { return rule.value("ScheduleExpression") != nil }

// ruleARN is the ARN a rule acts under; one of the default bus names no bus.
func (a assembly) ruleARN(rule found) string {
	if bus := a.text(rule, "EventBusName"); bus != "" {
		return a.arn("events", "rule/"+bus+"/"+rule.id)
	}
	return a.arn("events", "rule/"+rule.id)
}

// letsInvoke judges whether a rule may invoke a function, and no other may by the
// same permission.
func (a assembly) letsInvoke(function, rule found) []string {
	for _, p := range a.all("AWS::Lambda::Permission") {
		if a.text(p, "FunctionName") == function.key() && a.text(p, "Principal") == bus && a.text(p, "Action") == "lambda:InvokeFunction" &&
			a.text(p, "SourceArn") == rule.key() {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s: no permission lets %s invoke it, and it alone", function, rule)}
}

func schedulesRun(a assembly) []string {
	var out []string
	for name, f := range a.deployed() {
		expect := func(ok bool, format string, args ...any) {
			if !ok {
				out = append(out, name+": "+fmt.Sprintf(format, args...))
			}
		}
		function, ok := a.function(name)
		if !ok {
			continue
		}
		if f.Source() == "commercetools" {
			expect((a.text(function, "Environment", "Variables", config.Arrivals) == "note") == a.settings.Ingress.Backfill,
				"notes arrivals although nobody asks, or does not although the back-fill asks")
		}
		if !f.IsSchedule() {
			continue
		}
		rules := a.rulesTo(function)
		expect(len(rules) == 1, "%d rules trigger it", len(rules))
		for _, r := range rules {
			expect(a.text(r, "ScheduleExpression") == fmt.Sprintf("rate(%d minutes)", int(f.Every().Minutes())), "its clock is %s", a.text(r, "ScheduleExpression"))
			expect(a.text(r, "State") == "ENABLED", "its clock is off")
			out = append(out, a.letsInvoke(function, r)...)
			expect(slices.Contains(a.deadLetterQueues(), a.text(r, "Targets", 0, "DeadLetterConfig", "Arn")), "ticks that do not arrive vanish")
		}
		failed, ok := a.failedRuns(function)
		expect(ok, "a run that fails in all its tries vanishes")
		if ok {
			expect(failed.number("MessageRetentionPeriod") == 14*24*3600, "failed runs are not kept for 14 days")
		}
		expect((function.number("ReservedConcurrentExecutions") == 1) == f.Alone(), "its runs may overlap, or may not although they may")
		expect(function.number("Timeout") <= f.Every().Seconds(), "a run may last until after the next one begins")
		if f.Refills() != "" {
			ingress, _ := a.function("commercetools")
			_, queue, _ := a.mapping(ingress)
			expect(a.text(function, "Environment", "Variables", config.IngressQueueURL) == queue.key() && queue.resource != nil, "it does not know the queue that it refills")
		}
	}
	return out
}

// failedRuns is the queue of a function's runs that failed.
func (a assembly) failedRuns(function found) (found, bool) {
	for _, c := range a.all("AWS::Lambda::EventInvokeConfig") {
		if a.text(c, "FunctionName") == function.key() {
			return a.find(a.text(c, "DestinationConfig", "OnFailure", "Destination"))
		}
	}
	return found{}, false
}

// alsoMay are permissions that follow from what a function is for.
func (a assembly) alsoMay(f catalog.Function) map[string][]string {
	also := map[string][]string{}
	ledger := a.all("AWS::DynamoDB::Table")[0].key()
	function, _ := a.function(f.Name)
	if f.IsSchedule() {
		if failed, ok := a.failedRuns(function); ok {
			also["sqs:SendMessage"] = append(also["sqs:SendMessage"], failed.key())
		}
	}
	if f.Refills() != "" {
		ingress, _ := a.function("commercetools")
		_, queue, _ := a.mapping(ingress)
		also["sqs:SendMessage"] = append(also["sqs:SendMessage"], queue.key())
		for _, action := range []string{"BatchGetItem", "GetItem", "PutItem"} {
			also["dynamodb:"+action] = []string{ledger}
		}
	}
	if f.Source() == "commercetools" && a.settings.Ingress.Backfill {
		also["dynamodb:PutItem"] = []string{ledger}
	}
	maps.Copy(also, a.timersMay(function, f))
	return also
}

// scheduleAlarms are the alarms of what runs on a schedule.
func (a assembly) scheduleAlarms(queue func(kind alarm.Kind, subject, metric, key string, threshold float64)) []expects {
	var wanted []expects
	for name, f := range a.deployed() {
		function, ok := a.function(name)
		if !ok || !f.IsSchedule() {
			continue
		}
		failed, _ := a.failedRuns(function)
		queue(alarm.RunFailed, name, "ApproximateNumberOfMessagesVisible", failed.key(), 0)
		wanted = append(wanted, expects{alarm.RunMissing, name, "Invocations", "FunctionName", function.key(), 1})
		counts := map[alarm.Kind][]string{}
		switch name {
		case "subscription":
			counts = map[alarm.Kind][]string{alarm.Stopped: catalog.SubscriptionStopped, alarm.Unhealthy: catalog.SubscriptionHurt}
		case "backfill":
			counts = map[alarm.Kind][]string{
				alarm.Missed: {catalog.MetricBackfillMissed}, alarm.Gaps: {catalog.MetricBackfillGaps}, alarm.Behind: {catalog.MetricBackfillBehind},
			}
		}
		for kind, names := range counts {
			for _, metric := range names {
				wanted = append(wanted, expects{kind, name, metric, catalog.DimensionFunction, name, 0})
			}
		}
	}
	for kind := range a.settings.Ingress.SilenceMinutesByType {
		wanted = append(wanted, expects{alarm.TypeSilence, "commercetools, " + kind, catalog.MetricPublished, catalog.DimensionEventType, kind, 1})
	}
	return wanted
}

func subscriptionIsKept(a assembly) []string {
	resources := a.all("Custom::CommercetoolsSubscription")
	wanted := a.settings.Ingress.Subscription
	_, shop := a.settings.Systems["commercetools"]
	if wanted.Key == "" || !shop {
		if len(resources) > 0 {
			return []string{"a subscription stands although the stage has none"}
		}
		return nil
	}
	if len(resources) != 1 {
		return []string{fmt.Sprintf("%d subscriptions stand", len(resources))}
	}
	r := resources[0]
	var out []string
	expect := func(have, want string, what string) {
		if have != want {
			out = append(out, fmt.Sprintf("%s: %s is %s, expected %s", r, what, have, want))
		}
	}
	function, _ := a.function("subscription")
	expect(a.text(r, "ServiceToken"), function.key(), "who keeps it")
	expect(a.text(function, "Environment", "Variables", "SUBSCRIPTION_KEY"), wanted.Key, "what the clock looks at")
	expect(a.text(r, "Draft", "key"), wanted.Key, "its key")
	expect(a.text(r, "Draft", "format", "type"), wanted.Format, "its format")
	if n := a.text(r, "ServiceTimeout"); n != "600" {
		out = append(out, fmt.Sprintf("%s: a deployment waits an hour for an answer that does not come", r))
	}
	var messages, changes []string
	for _, s := range catalog.Subscription {
		for _, m := range s.Messages {
			messages = append(messages, s.Resource+" "+m)
		}
		if s.Changes {
			changes = append(changes, s.Resource)
		}
	}
	var asked, told []string
	list, _ := r.value("Draft", "messages").([]any)
	for i := range list {
		types, _ := r.value("Draft", "messages", i, "types").([]any)
		for _, kind := range types {
			asked = append(asked, fmt.Sprint(a.text(r, "Draft", "messages", i, "resourceTypeId"), " ", kind))
		}
	}
	list, _ = r.value("Draft", "changes").([]any)
	for i := range list {
		told = append(told, a.text(r, "Draft", "changes", i, "resourceTypeId"))
	}
	expect(strings.Join(asked, ", "), strings.Join(messages, ", "), "what it asks for")
	expect(strings.Join(told, ", "), strings.Join(changes, ", "), "the changes it asks for")
	out = append(out, a.destinationFits(r, wanted)...)
	return out
}

func (a assembly) destinationFits(r found, wanted stage.Subscription) []string {
	ingress, _ := a.function("commercetools")
	_, queue, _ := a.mapping(ingress)
	topic := ""
	for _, s := range a.all("AWS::SNS::Subscription") {
		if a.text(s, "Endpoint") == queue.key() {
			topic = a.text(s, "TopicArn")
		}
	}
	want := map[string]map[string]string{
		stage.BySQS:         {"type": "SQS", "queueUrl": queue.key(), "region": a.region(), "authenticationMode": "IAM"},
		stage.BySNS:         {"type": "SNS", "topicArn": topic, "authenticationMode": "IAM"},
		stage.ByEventBridge: {"type": "EventBridge", "accountId": a.account(), "region": a.region()},
		stage.ByKafka:       {"type": "ConfluentCloud", "acks": "all"},
	}[wanted.Way]
	if k := a.settings.Ingress.Kafka; wanted.Way == stage.ByKafka {
		want["bootstrapServer"], want["topic"] = k.Bootstrap[0], k.Topic
	}
	have, _ := r.value("Draft", "destination").(map[string]any)
	var out []string
	for field := range have {
		if got := a.text(r, "Draft", "destination", field); got != want[field] {
			out = append(out, fmt.Sprintf("%s: its destination's %s is %s, expected %q", r, field, got, want[field]))
		}
	}
	for field := range want {
		if have[field] == nil {
			out = append(out, fmt.Sprintf("%s: its destination lacks %s", r, field))
		}
	}
	return out
}

// The stack that has commercetools deliver comes after all that take it.
func TestTheSubscriptionIsDeployedLast(t *testing.T) {
	a := synthesized(t, "prod")
	text, err := os.ReadFile(filepath.Join(a.outdir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Artifacts map[string]struct {
			Dependencies []string `json:"dependencies"`
		} `json:"artifacts"`
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	platform := manifest.Artifacts[ID("prod", "platform")]
	for _, name := range stacks() {
		if id := ID("prod", name); name != "platform" && len(deployed(a.settings, name)) > 0 && !slices.Contains(platform.Dependencies, id) {
			t.Errorf("the subscription may stand before %s, and what it brings is lost", id)
		}
	}
}
