package stack

import (
	"fmt"
	"slices"
	"strings"

	"signalbox/infra/alarm"
	"signalbox/infra/stage"
	"signalbox/shared/catalog"
)

// alarmInvariants are about who is told of what.
func alarmInvariants() []invariant {
	const crm = "OrderCreatedCrm"
	kind := "AWS::CloudWatch::Alarm"
	return []invariant{
		{name: "every alarm tells the stage's topic, says what to do and links its runbook", check: alarmsAct, breaks: []change{
			{name: "no action", apply: without(kind, crm, "AlarmActions")},
			{name: "another topic", apply: with(kind, crm, []any{"arn:aws:sns:eu-central-1:111122223333:nobody"}, "AlarmActions")},
			{name: "actions switched off", apply: with(kind, crm, false, "ActionsEnabled")},
			{name: "no runbook", apply: with(kind, crm, "order-created-crm: trouble.", "AlarmDescription")},
			{name: "a runbook that is not there", apply: with(kind, crm, "order-created-crm: trouble. Do: something. Runbook: README.md#runbook-nothing", "AlarmDescription")},
			{name: "missing data that counts as trouble", apply: with(kind, crm, "breaching", "TreatMissingData")},
			{name: "a topic that forbids CloudWatch", variant: "prod", apply: editStatements("AWS::SNS::TopicPolicy", "AlarmTopic", "PolicyDocument", mute(alarms))},
			{name: "a key that forbids CloudWatch", variant: "prod", apply: editStatements("AWS::KMS::Key", "KeysTopic", "KeyPolicy", mute(alarms))},
			{name: "an address that is not subscribed", variant: "prod", apply: gone("AWS::SNS::Subscription", "AlarmTopic")},
		}},
		{name: "everything that can go wrong has its alarm", check: alarmsComplete, breaks: []change{
			{name: "dead letters", apply: gone(kind, crm+"DeadLettersAlarm")},
			{name: "undelivered events", apply: gone(kind, crm+"UndeliveredAlarm")},
			{name: "a topic's undelivered events", apply: gone(kind, "MarketingOrdersUndeliveredAlarm")},
			{name: "lost events", apply: gone(kind, crm+"LostAlarm")},
			{name: "a late queue", apply: gone(kind, crm+"LateAlarm")},
			{name: "failures that are reported per record", apply: gone(kind, crm+"FailuresAlarm")},
			{name: "requests that are turned away", apply: gone(kind, "WebhookRefusedAlarm")},
			{name: "crashes", apply: gone(kind, crm+"ErrorsAlarm")},
			{name: "the bus", apply: gone(kind, "BusAlarm")},
			{name: "the ledger", apply: gone(kind, "LedgerAlarm")},
			{name: "silence", apply: gone(kind, "CommercetoolsSilenceAlarm")},
			{name: "dead letters counted as sent, which SQS never counts", apply: with(kind, crm+"DeadLettersAlarm", "NumberOfMessagesSent", "MetricName")},
			{name: "dead letters of another queue", apply: of(kind, crm+"DeadLettersAlarm", func(r *resource) {
				r.value("Dimensions", 0).(map[string]any)["Value"] = "other"
			})},
			{name: "failures under a name the function does not write", apply: with(kind, crm+"FailuresAlarm", "BatchItemFailures", "MetricName")},
			{name: "durations against another timeout", apply: with(kind, crm+"DurationAlarm", 30000.0, "Threshold")},
		}},
	}
}

func (a assembly) alarmTopic() string {
	if a.settings.Alarms.Topic != "" {
		return a.settings.Alarms.Topic
	}
	for _, t := range a.all("AWS::SNS::Topic") {
		if t.stack == ID(a.settings.Name, Foundation) {
			return t.key()
		}
	}
	return ""
}

func alarmsAct(a assembly) []string {
	var out []string
	topic := a.alarmTopic()
	if own, ok := a.find(topic); ok {
		if !a.lets(a.policies(own), request{alarms, "sns:Publish", a.from(a.arn("cloudwatch", "alarm:any"))}) || !a.keyLets(own, alarms, a.from(a.arn("cloudwatch", "alarm:any"))) {
			out = append(out, fmt.Sprintf("%s: CloudWatch may not publish: every alarm is silent", own))
		}
		for _, address := range a.settings.Alarms.Email {
			if !slices.ContainsFunc(a.all("AWS::SNS::Subscription"), func(s found) bool {
				return a.text(s, "TopicArn") == topic && a.text(s, "Endpoint") == address
			}) {
				out = append(out, fmt.Sprintf("%s is not told of alarms", address))
			}
		}
	}
	for _, f := range a.all("AWS::CloudWatch::Alarm") {
		if !slices.Contains(a.strings(f.stack, f.value("AlarmActions")), topic) || f.value("ActionsEnabled") == false {
			out = append(out, fmt.Sprintf("%s: tells nobody", f))
		}
		description := a.text(f, "AlarmDescription")
		_, link, _ := strings.Cut(description, " Runbook: ")
		kind := slices.IndexFunc(alarm.Kinds(), func(k alarm.Kind) bool { return link == a.settings.Alarms.Runbook+"#"+k.Anchor() })
		if kind < 0 || !strings.Contains(description, " Do: ") {
			out = append(out, fmt.Sprintf("%s: does not say what to do, with a runbook of its own: %q", f, description))
			continue
		}
		if (f.value("TreatMissingData") == "breaching") != alarm.Kinds()[kind].Missing {
			out = append(out, fmt.Sprintf("%s: stands or falls by missing data, against its kind", f))
		}
	}
	return out
}

// expects is one alarm that must be there.
type expects struct {
	kind      alarm.Kind
	subject   string
	metric    string
	dimension string
	value     string
	threshold float64
}

func alarmsComplete(a assembly) []string {
	var wanted []expects
	queue := func(kind alarm.Kind, subject, metric, key string, threshold float64) {
		wanted = append(wanted, expects{kind, subject, metric, "QueueName", strings.TrimSuffix(key, "}") + ".QueueName}", threshold})
	}
	for name, f := range a.deployed() {
		function, ok := a.function(name)
		if !ok {
			continue
		}
		_, q, _ := a.mapping(function)
		if f.IsQueue() {
			queue(alarm.DeadLetters, name, "ApproximateNumberOfMessagesVisible", a.text(q, "RedrivePolicy", "deadLetterTargetArn"), 0)
			queue(alarm.Late, name, "ApproximateAgeOfOldestMessage", q.key(), 300)
		}
		for kind, metric := range map[alarm.Kind]string{alarm.Errors: "Errors", alarm.Throttles: "Throttles"} {
			wanted = append(wanted, expects{kind, name, metric, "FunctionName", function.key(), 0})
		}
		wanted = append(wanted,
			expects{alarm.Duration, name, "Duration", "FunctionName", function.key(), 0.8 * 1000 * function.number("Timeout")},
			expects{alarm.Failures, name, catalog.MetricItemFailures, catalog.DimensionFunction, name, 0})
		if f.IsHTTP() {
			wanted = append(wanted, expects{alarm.Refused, name, catalog.MetricRefused, catalog.DimensionFunction, name, 20})
		}
		if f.IsQueue() && f.Source() != "" && a.settings.Ingress.SilenceMinutes > 0 {
			queue(alarm.Silence, name, "NumberOfMessagesSent", q.key(), 1)
		}
	}
	wanted = append(wanted, a.scheduleAlarms(queue)...)
	for _, r := range a.all("AWS::Events::Rule") {
		queue(alarm.Undelivered, "", "ApproximateNumberOfMessagesVisible", a.text(r, "Targets", 0, "DeadLetterConfig", "Arn"), 0)
		if a.isSchedule(r) {
			wanted = append(wanted,
				expects{alarm.Lost, "", "InvocationsFailedToBeSentToDlq", "RuleName", r.key(), 0},
				expects{alarm.Rule, "", "FailedInvocations", "RuleName", r.key(), 0})
			continue
		}
		wanted = append(wanted,
			expects{alarm.Lost, "", "InvocationsFailedToBeSentToDlq", "EventBusName", a.text(r, "EventBusName"), 0},
			expects{alarm.Rule, "", "FailedInvocations", "EventBusName", a.text(r, "EventBusName"), 0})
	}
	for _, s := range a.all("AWS::SNS::Subscription") {
		if a.text(s, "Protocol") == "sqs" {
			queue(alarm.Undelivered, "", "ApproximateNumberOfMessagesVisible", a.text(s, "RedrivePolicy", "deadLetterTargetArn"), 0)
		}
	}
	for _, b := range a.all("AWS::Events::EventBus") {
		if dead := a.text(b, "DeadLetterConfig", "Arn"); dead != "" {
			queue(alarm.Undelivered, "bus", "ApproximateNumberOfMessagesVisible", dead, 0)
		}
	}
	for _, t := range a.all("AWS::DynamoDB::Table") {
		wanted = append(wanted, expects{alarm.Ledger, "ledger", "WriteThrottleEvents", "TableName", t.key(), 0})
	}
	wanted = append(wanted, expects{kind: alarm.Concurrency, subject: "account", metric: "ConcurrentExecutions", threshold: 800})

	var out []string
	for _, w := range wanted {
		if a.settings.Alarms.Mode == stage.EssentialAlarms && !w.kind.Essential {
			continue
		}
		if !slices.ContainsFunc(a.all("AWS::CloudWatch::Alarm"), func(f found) bool { return a.is(f, w) }) {
			out = append(out, fmt.Sprintf("%s: no alarm %q on %s of %s: nobody learns of it", w.subject, w.kind.ID, w.metric, w.value))
		}
	}
	if lost := a.counted(alarm.Lost); lost != len(a.all("AWS::Events::Rule")) {
		out = append(out, fmt.Sprintf("%d rules have %d alarms about lost events", len(a.all("AWS::Events::Rule")), lost))
	}
	return out
}

func (a assembly) counted(kind alarm.Kind) int {
	n := 0
	for _, f := range a.all("AWS::CloudWatch::Alarm") {
		if strings.HasSuffix(a.text(f, "AlarmDescription"), "#"+kind.Anchor()) {
			n++
		}
	}
	return n
}

// is reports whether the alarm, or one metric of its sum, is what is expected.
func (a assembly) is(f found, w expects) bool {
	description := a.text(f, "AlarmDescription")
	if !strings.HasPrefix(description, w.subject) || !strings.HasSuffix(description, "#"+w.kind.Anchor()) || f.number("Threshold") != w.threshold {
		return false
	}
	fits := func(metric string, dimensions any) bool {
		if metric != w.metric {
			return false
		}
		list, _ := dimensions.([]any)
		return w.dimension == "" || slices.ContainsFunc(list, func(d any) bool {
			m := d.(map[string]any)
			return m["Name"] == w.dimension && a.render(f.stack, m["Value"]) == w.value
		})
	}
	if fits(a.text(f, "MetricName"), f.value("Dimensions")) {
		return true
	}
	metrics, _ := f.value("Metrics").([]any)
	for i := range metrics {
		if fits(a.text(f, "Metrics", i, "MetricStat", "Metric", "MetricName"), f.value("Metrics", i, "MetricStat", "Metric", "Dimensions")) {
			return true
		}
	}
	return false
}
