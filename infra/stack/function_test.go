package stack

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"signalbox/infra/construct"
	"signalbox/infra/stage"
	"signalbox/shared/catalog"
	"signalbox/shared/config"
	"signalbox/shared/publisher"
)

// functionInvariants are about functions, their queues and their settings.
func functionInvariants() []invariant {
	const crm = "OrderCreatedCrm"
	lambda, mapping, rule := "AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping", "AWS::Events::Rule"
	return []invariant{
		{name: "exactly the functions of the stage's systems are deployed", check: functionsOfTheStage, breaks: []change{
			{name: "a function is missing", apply: gone(lambda, crm)},
			{name: "a function of a system the stage lacks", variant: "without fedex", apply: of(lambda, crm, func(r *resource) { r.Metadata["SamResourceId"] = "order-approved-shipping" })},
			{name: "an alarm of such a function", variant: "without fedex", apply: of("AWS::CloudWatch::Alarm", crm, func(r *resource) {
				r.Metadata["aws:cdk:path"] = "signalbox-dev-retail-order/OrderApprovedShipping/LateAlarm/Resource"
			})},
			{name: "a secret of a system the stage lacks", variant: "without fedex", apply: of("AWS::SecretsManager::Secret", "SecretsKlaviyo", func(r *resource) {
				r.Metadata["aws:cdk:path"] = "signalbox-dev-foundation/Secrets/Fedex"
			})},
			{name: "a rule to nowhere", variant: "without fedex", apply: of(rule, crm, func(r *resource) {
				r.Properties["EventPattern"] = map[string]any{"source": []any{"signalbox"}, "detail-type": []any{"order.approved"}}
			})},
		}},
		{name: "a function gets exactly its event, and reports failures per record", check: functionsAreFed, breaks: []change{
			{name: "another event", apply: of(rule, crm, func(r *resource) {
				r.Properties["EventPattern"] = map[string]any{"source": []any{"signalbox"}, "detail-type": []any{"order.approved"}}
			})},
			{name: "an event of another source", apply: of(rule, crm, func(r *resource) {
				r.Properties["EventPattern"] = map[string]any{"detail-type": []any{"order.created"}}
			})},
			{name: "a rule that is off", apply: with(rule, crm, "DISABLED", "State")},
			{name: "a cut wrapper", apply: of(rule, crm, func(r *resource) { r.value("Targets", 0).(map[string]any)["InputPath"] = "$.detail" })},
			{name: "whole batches fail", apply: without(mapping, crm, "FunctionResponseTypes")},
			{name: "more concurrency than the vendor allows", apply: with(mapping, crm, map[string]any{"MaximumConcurrency": 500.0}, "ScalingConfig")},
			{name: "no pollers in a surge", apply: without(mapping, "OrderCreatedMarketing", "ProvisionedPollerConfig")},
			{name: "pollers and a bound of concurrency", apply: of(mapping, "OrderCreatedMarketing", func(r *resource) {
				r.Properties["ScalingConfig"] = map[string]any{"MaximumConcurrency": 2.0}
			})},
			{name: "a window that outlasts the visibility", apply: with("AWS::SQS::Queue", "AnalyticsQueue", 180.0, "VisibilityTimeout")},
			{name: "a mapping that is off", apply: with(mapping, crm, false, "Enabled")},
			{name: "a slow batch", apply: with(mapping, crm, 60.0, "MaximumBatchingWindowInSeconds")},
			{name: "no mapping", apply: gone(mapping, crm)},
			{name: "visibility below six timeouts", apply: with("AWS::SQS::Queue", crm+"Queue", 60.0, "VisibilityTimeout")},
			{name: "a delay", apply: with("AWS::SQS::Queue", crm+"Queue", 60.0, "DelaySeconds")},
		}},
		{name: "a function runs as its entry and its stage say", check: functionsRun, breaks: []change{
			{name: "another timeout", apply: with(lambda, crm, 900.0, "Timeout")},
			{name: "another processor", apply: with(lambda, crm, []any{"arm64"}, "Architectures")},
			{name: "plain text logs", apply: with(lambda, crm, map[string]any{"LogFormat": "Text"}, "LoggingConfig")},
			{name: "no trace", apply: without(lambda, crm, "TracingConfig")},
			{name: "no queue to dead-letter to", apply: without(lambda, crm, "Environment", "Variables", "SIGNALBOX_DLQ_URL")},
			{name: "the queue in place of the dead-letter queue", apply: of(lambda, crm, func(r *resource) {
				v := r.value("Environment", "Variables").(map[string]any)
				v["SIGNALBOX_DLQ_URL"] = v["SIGNALBOX_QUEUE_URL"]
			})},
			{name: "a required setting is missing", apply: without(lambda, crm, "Environment", "Variables", "SALESFORCE_USERNAME")},
			{name: "a secret is missing", apply: without(lambda, crm, "Environment", "Variables", "SIGNALBOX_SECRET_SALESFORCE")},
			{name: "logs for ever", apply: without("AWS::Logs::LogGroup", crm, "RetentionInDays")},
		}},
		{name: "the ledger expires, recovers, streams and is kept as the stage says", check: ledgerIsSafe, breaks: []change{
			{name: "no expiry", apply: without("AWS::DynamoDB::Table", "Ledger", "TimeToLiveSpecification")},
			{name: "another key", apply: with("AWS::DynamoDB::Table", "Ledger", []any{map[string]any{"AttributeName": "id", "KeyType": "HASH"}}, "KeySchema")},
			{name: "no recovery", apply: without("AWS::DynamoDB::Table", "Ledger", "PointInTimeRecoverySpecification")},
			{name: "no stream", apply: without("AWS::DynamoDB::Table", "Ledger", "StreamSpecification")},
			{name: "deletable", apply: with("AWS::DynamoDB::Table", "Ledger", false, "DeletionProtectionEnabled")},
			{name: "deleted with its stack", apply: of("AWS::DynamoDB::Table", "Ledger", func(r *resource) { r.DeletionPolicy = "Delete" })},
			{name: "an archive that forgets", apply: with("AWS::Events::Archive", "Bus", 1.0, "RetentionDays")},
		}},
	}
}

func functionsOfTheStage(a assembly) []string {
	var out []string
	var have []string
	for _, f := range a.all("AWS::Lambda::Function") {
		id, _ := f.Metadata["SamResourceId"].(string)
		have = append(have, id)
	}
	slices.Sort(have)
	want := slices.Sorted(maps.Keys(a.deployed()))
	if !slices.Equal(have, want) {
		out = append(out, fmt.Sprintf("deployed are %v, the stage's systems ask for %v", have, want))
	}
	for _, r := range a.all("AWS::Events::Rule") {
		for _, f := range catalog.Functions {
			if r.value("EventPattern", "detail-type", 0) == string(f.Event()) && !a.settings.Uses(f) && len(a.consumers(f)) == 0 {
				out = append(out, fmt.Sprintf("%s: passes %s on although nothing here consumes it", r, f.Event()))
			}
		}
	}
	for _, f := range a.all() {
		path, _ := f.Metadata["aws:cdk:path"].(string)
		for _, other := range catalog.Functions {
			if !a.settings.Uses(other) && strings.Contains(path, "/"+construct.ID(other.Name)+"/") {
				out = append(out, fmt.Sprintf("%s: belongs to %s, which the stage does not deploy", f, other.Name))
			}
		}
		if id := strings.ToLower(strings.TrimPrefix(path, f.stack+"/Secrets/")); f.Type == "AWS::SecretsManager::Secret" {
			if _, uses := a.settings.Systems[id]; !uses {
				out = append(out, fmt.Sprintf("%s: costs money for a system the stage does not have", f))
			}
		}
	}
	return out
}

// consumers are the deployed functions and topics that share f's event.
func (a assembly) consumers(f catalog.Function) []string {
	var names []string
	for _, other := range catalog.Consumers(f.Event()) {
		if a.settings.Uses(other) {
			names = append(names, other.Name)
		}
	}
	for _, t := range catalog.Topics {
		if t.Event == f.Event() {
			names = append(names, t.Name)
		}
	}
	return names
}

func functionsAreFed(a assembly) []string {
	var out []string
	for name, f := range a.queued() {
		function, ok := a.function(name)
		if !ok {
			continue
		}
		m, queue, ok := a.mapping(function)
		if !ok {
			out = append(out, fmt.Sprintf("%s: no queue feeds it", name))
			continue
		}
		expect := func(ok bool, sentence string) {
			if !ok {
				out = append(out, name+": "+sentence)
			}
		}
		expect(a.text(m, "FunctionResponseTypes", 0) == "ReportBatchItemFailures", "one bad record repeats its whole batch")
		surge := a.settings.Surge[name]
		expect(m.number("BatchSize") == float64(cmp.Or(surge.BatchSize, catalog.BatchSize)), "its batches are neither the catalog's nor the stage's")
		if surge.Pollers != nil {
			expect(m.number("ProvisionedPollerConfig", "MinimumPollers") == float64(surge.Pollers.Min) && m.number("ProvisionedPollerConfig", "MaximumPollers") == float64(surge.Pollers.Max), "its pollers are not the stage's")
			expect(m.value("ScalingConfig") == nil, "it has pollers and a bound of concurrency: it cannot be created")
		} else {
			expect(m.number("ScalingConfig", "MaximumConcurrency") == float64(cmp.Or(surge.Concurrency, f.MaxConcurrency())), "its concurrency is neither what the vendor's rate allows nor the stage's")
			expect(m.value("ProvisionedPollerConfig") == nil, "it has pollers nobody asked for")
		}
		expect(m.number("MaximumBatchingWindowInSeconds") == float64(surge.WindowSeconds), "events wait for a batch to fill")
		expect(m.value("Enabled") != false, "its mapping is off")
		expect(queue.number("VisibilityTimeout") >= 6*function.number("Timeout")+m.number("MaximumBatchingWindowInSeconds"), "its events come back while they are handled")
		expect(queue.number("DelaySeconds") == 0, "its events are delayed")
		expect(queue.number("MessageRetentionPeriod") == 4*24*3600, "its queue does not keep events for four days")
		if f.Source() != "" {
			continue
		}
		rules := a.rulesTo(queue)
		if len(rules) != 1 {
			out = append(out, fmt.Sprintf("%s: %d rules feed it", name, len(rules)))
			continue
		}
		pattern := a.render(rules[0].stack, rules[0].value("EventPattern"))
		want := `{"detail-type":["` + string(f.Event()) + `"],"source":["` + publisher.Source + `"]}`
		if f.Event() == catalog.AnyEvent {
			want = `{"source":["` + publisher.Source + `"]}`
		}
		expect(pattern == want, "its rule matches "+pattern)
		expect(a.text(rules[0], "State") == "ENABLED", "its rule is off")
		expect(rules[0].value("Targets", 0, "InputPath") == nil && rules[0].value("Targets", 0, "InputTransformer") == nil, "its rule cuts the wrapper that tells a replay")
	}
	return out
}

func (a assembly) rulesTo(queue found) []found {
	var rules []found
	for _, r := range a.all("AWS::Events::Rule") {
		if a.text(r, "Targets", 0, "Arn") == queue.key() {
			rules = append(rules, r)
		}
	}
	return rules
}

func functionsRun(a assembly) []string {
	var out []string
	arch := map[stage.Arch]string{stage.ARM64: "arm64", stage.AMD64: "x86_64"}[a.settings.Arch]
	for name, f := range a.deployed() {
		function, ok := a.function(name)
		if !ok {
			continue
		}
		expect := func(have, want any, what string) {
			if have != want {
				out = append(out, fmt.Sprintf("%s: %s is %v, expected %v", name, what, have, want))
			}
		}
		_, queue, _ := a.mapping(function)
		expect(a.text(function, "Runtime"), "provided.al2023", "runtime")
		expect(a.text(function, "Architectures", 0), arch, "processor")
		expect(function.number("Timeout"), f.TimeoutOrDefault().Seconds(), "timeout")
		expect(function.number("MemorySize"), float64(f.MemoryOrDefault()), "memory")
		expect(a.text(function, "TracingConfig", "Mode"), "Active", "tracing")
		expect(a.text(function, "LoggingConfig", "LogFormat"), "JSON", "log format")
		group, _ := a.find(a.text(function, "LoggingConfig", "LogGroup"))
		if group.resource == nil || group.number("RetentionInDays") != float64(a.settings.LogDays) {
			out = append(out, name+": its logs are not kept as long as the stage says")
		}
		variable := func(name string) string { return a.text(function, "Environment", "Variables", name) }
		expect(variable(config.Stage), a.settings.Name, config.Stage)
		if f.IsQueue() {
			expect(variable(config.QueueURL), queue.key(), config.QueueURL)
			expect(variable(config.DLQURL), a.text(queue, "RedrivePolicy", "deadLetterTargetArn"), config.DLQURL)
		}
		for _, name := range []string{config.Bus, config.Ledger} {
			if _, ok := a.find(variable(name)); !ok {
				out = append(out, fmt.Sprintf("%s: %s names nothing of the templates", f.Name, name))
			}
		}
		settings := f.AllSettings()
		for _, id := range f.Systems() {
			system, _ := catalog.SystemByID(id)
			settings = append(slices.Clone(settings), system.Settings...)
			if len(system.Secret) > 0 && variable(config.SecretName(id)) == "" {
				out = append(out, fmt.Sprintf("%s: is not told where the keys of %s are", name, id))
			}
		}
		for _, s := range settings {
			if s.Required && variable(s.Name) == "" {
				out = append(out, fmt.Sprintf("%s: lacks %s and will not start", name, s.Name))
			}
		}
	}
	return out
}

func ledgerIsSafe(a assembly) []string {
	var out []string
	tables := a.all("AWS::DynamoDB::Table")
	if len(tables) != 1 {
		return []string{fmt.Sprintf("there are %d ledgers", len(tables))}
	}
	ledger := tables[0]
	expect := func(ok bool, sentence string) {
		if !ok {
			out = append(out, "ledger: "+sentence)
		}
	}
	retain := a.settings.Removal == stage.Retain
	policy := map[bool]string{true: "Retain", false: "Delete"}[retain]
	expect(a.text(ledger, "KeySchema", 0, "AttributeName") == catalog.LedgerKey, "its key is not what the store writes")
	expect(a.text(ledger, "TimeToLiveSpecification", "AttributeName") == catalog.LedgerTTL, "it grows for ever")
	expect(ledger.value("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") == true, "it cannot be recovered")
	expect(a.text(ledger, "StreamSpecification", "StreamViewType") == "NEW_AND_OLD_IMAGES", "it has no stream of both images")
	expect(ledger.value("DeletionProtectionEnabled") == retain, "its deletion protection is not as the stage says")
	expect(strings.EqualFold(ledger.DeletionPolicy, policy), "it does not outlive its stack as the stage says")
	for _, archive := range a.all("AWS::Events::Archive") {
		expect(archive.number("RetentionDays") == float64(a.settings.ArchiveDays), "the archive keeps events for another time than the stage says")
	}
	return out
}
