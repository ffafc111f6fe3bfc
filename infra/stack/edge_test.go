package stack

import (
	"fmt"
	"slices"
	"strings"
)

const (
	bus    = "events.amazonaws.com"
	topics = "sns.amazonaws.com"
	alarms = "cloudwatch.amazonaws.com"
)

// edgeInvariants are about events on their way from one resource to the next.
func edgeInvariants() []invariant {
	return []invariant{
		{name: "a rule's target takes its events, and what it does not take is dead-lettered", check: rulesLoseNothing, breaks: []change{
			{name: "no dead-letter queue", apply: of("AWS::Events::Rule", "OrderCreatedCrm", func(r *resource) {
				delete(r.value("Targets", 0).(map[string]any), "DeadLetterConfig")
			})},
			{name: "a dead-letter queue that is not there", apply: gone("AWS::SQS::Queue", "OrderCreatedCrmDeliveryDeadLetterQueue")},
			{name: "a target's policy that forbids", apply: editStatements("AWS::SQS::QueuePolicy", "OrderCreatedCrmQueuePolicy", "PolicyDocument", mute(bus))},
			{name: "a dead-letter queue's policy that forbids", apply: editStatements("AWS::SQS::QueuePolicy", "OrderCreatedCrmDeliveryDeadLetterQueuePolicy", "PolicyDocument", mute(bus))},
			{name: "a policy for another bus's rules", apply: editStatements("AWS::SQS::QueuePolicy", "OrderCreatedCrmQueuePolicy", "PolicyDocument", func(s map[string]any) {
				if s["Effect"] == "Allow" {
					s["Condition"].(map[string]any)["ArnLike"].(map[string]any)["aws:SourceArn"] = "arn:aws:events:eu-central-1:111122223333:rule/other/*"
				}
			})},
			{name: "a policy for another account", apply: editStatements("AWS::SQS::QueuePolicy", "OrderCreatedCrmQueuePolicy", "PolicyDocument", func(s map[string]any) {
				if s["Effect"] == "Allow" {
					s["Condition"].(map[string]any)["StringEquals"].(map[string]any)["aws:SourceAccount"] = "999900001111"
				}
			})},
			{name: "a key that forbids the bus", apply: editStatements("AWS::KMS::Key", "KeysData", "KeyPolicy", mute(bus))},
			{name: "a topic's key that forbids the bus", apply: editStatements("AWS::KMS::Key", "KeysTopic", "KeyPolicy", mute(bus))},
			{name: "a topic's key that asks EventBridge for its account, which it does not tell", apply: editStatements("AWS::KMS::Key", "KeysTopic", "KeyPolicy", func(s map[string]any) {
				if fmt.Sprint(s["Principal"]) == "map[Service:events.amazonaws.com]" {
					s["Condition"] = map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": "111122223333"}}
				}
			})},
			{name: "a topic's policy that forbids", apply: editStatements("AWS::SNS::TopicPolicy", "MarketingOrdersTopicPolicy", "PolicyDocument", mute(bus))},
			{name: "a rule that stands before the policies", apply: of("AWS::Events::Rule", "OrderCreatedCrm", func(r *resource) { r.DependsOn = nil })},
			{name: "a partner's rule without a dead-letter queue", apply: of("AWS::Events::Rule", "CommercetoolsPartnerRule", func(r *resource) {
				delete(r.value("Targets", 0).(map[string]any), "DeadLetterConfig")
			})},
		}},
		{name: "a subscription's queue takes its messages, and what it does not take is dead-lettered", check: subscriptionsLoseNothing, breaks: []change{
			{name: "no dead-letter queue", apply: without("AWS::SNS::Subscription", "Commercetools", "RedrivePolicy")},
			{name: "a queue's policy that forbids", apply: editStatements("AWS::SQS::QueuePolicy", "CommercetoolsQueuePolicy", "PolicyDocument", mute(topics))},
			{name: "a dead-letter queue's policy that forbids", apply: editStatements("AWS::SQS::QueuePolicy", "CommercetoolsDeliveryDeadLetterQueuePolicy", "PolicyDocument", mute(topics))},
			{name: "a key that forbids topics", apply: editStatements("AWS::KMS::Key", "KeysData", "KeyPolicy", mute(topics))},
			{name: "a subscription that stands before the policies", apply: of("AWS::SNS::Subscription", "Commercetools", func(r *resource) { r.DependsOn = nil })},
		}},
		{name: "the bus dead-letters what it cannot encrypt or decrypt", check: busesLoseNothing, breaks: []change{
			{name: "no dead-letter queue", apply: without("AWS::Events::EventBus", "Bus", "DeadLetterConfig")},
			{name: "a policy that forbids", apply: editStatements("AWS::SQS::QueuePolicy", "BusDeliveryDeadLetterQueuePolicy", "PolicyDocument", mute(bus))},
			{name: "a key that forbids", apply: editStatements("AWS::KMS::Key", "KeysData", "KeyPolicy", mute(bus))},
		}},
		{name: "every queue redrives to a dead-letter queue that keeps longer, or is one", check: queuesRedrive, breaks: []change{
			{name: "no redrive policy", apply: without("AWS::SQS::Queue", "OrderCreatedCrmQueue", "RedrivePolicy")},
			{name: "a dead-letter queue that is not there", apply: gone("AWS::SQS::Queue", "OrderCreatedCrmDeadLetterQueue")},
			{name: "a dead-letter queue that forgets sooner", apply: with("AWS::SQS::Queue", "OrderCreatedCrmDeadLetterQueue", 345600.0, "MessageRetentionPeriod")},
			{name: "a dead letter after few receives", apply: of("AWS::SQS::Queue", "OrderCreatedCrmQueue", func(r *resource) {
				r.value("RedrivePolicy").(map[string]any)["maxReceiveCount"] = 1.0
			})},
		}},
		{name: "commercetools may deliver by each way the stage has", check: commercetoolsMayDeliver, breaks: []change{
			{name: "a queue's policy without it", apply: editStatements("AWS::SQS::QueuePolicy", "CommercetoolsQueuePolicy", "PolicyDocument", muteCommercetools)},
			{name: "a topic's policy without it", apply: editStatements("AWS::SNS::TopicPolicy", "CommercetoolsTopicPolicy", "PolicyDocument", muteCommercetools)},
			{name: "a key without it", apply: editStatements("AWS::KMS::Key", "KeysData", "KeyPolicy", muteCommercetools)},
			{name: "a topic's key without it", apply: editStatements("AWS::KMS::Key", "KeysTopic", "KeyPolicy", muteCommercetools)},
			{name: "a queue of another message size", apply: without("AWS::SQS::Queue", "CommercetoolsQueue", "MaximumMessageSize")},
			{name: "a partner bus that takes no source", apply: without("AWS::Events::EventBus", "CommercetoolsPartnerBus", "EventSourceName")},
		}},
	}
}

const sender = "arn:aws:iam::362576667341:user/subscriptions"

func muteCommercetools(s map[string]any) {
	if p, ok := s["Principal"].(map[string]any); ok && p["AWS"] == sender {
		s["Effect"] = "Deny"
	}
}

// policyIDs are the logical ids of the policies of a resource.
func (a assembly) policyIDs(f found) []string {
	var ids []string
	for _, p := range a.all("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy") {
		if slices.Contains(slices.Concat(a.strings(p.stack, p.value("Queues")), a.strings(p.stack, p.value("Topics"))), f.key()) {
			ids = append(ids, p.id)
		}
	}
	return ids
}

// takes judges one end of an edge: the receiver's policy and its key.
func (a assembly) takes(receiver found, service, source string) []string {
	var out []string
	action := "sqs:SendMessage"
	if receiver.Type == "AWS::SNS::Topic" {
		action = "sns:Publish"
	}
	if !a.lets(a.policies(receiver), request{service, action, a.from(source)}) {
		out = append(out, fmt.Sprintf("%s: its policy does not let %s send for %s: events are refused", receiver, service, source))
	}
	if !a.keyLets(receiver, service, a.from(source)) {
		out = append(out, fmt.Sprintf("%s: its key does not let %s encrypt: events are refused", receiver, service))
	}
	return out
}

func rulesLoseNothing(a assembly) []string {
	var out []string
	for _, rule := range a.all("AWS::Events::Rule") {
		source := a.ruleARN(rule)
		targets, _ := rule.value("Targets").([]any)
		for i := range targets {
			for end, name := range map[string]string{
				"target": a.text(rule, "Targets", i, "Arn"), "dead-letter queue": a.text(rule, "Targets", i, "DeadLetterConfig", "Arn"),
			} {
				receiver, ok := a.find(name)
				if !ok {
					out = append(out, fmt.Sprintf("%s: its %s is not in the templates: events are lost", rule, end))
					continue
				}
				if receiver.Type == "AWS::Lambda::Function" {
					out = append(out, a.letsInvoke(receiver, rule)...)
					continue
				}
				out = append(out, a.takes(receiver, bus, source)...)
				for _, id := range a.policyIDs(receiver) {
					if receiver.stack == rule.stack && !slices.Contains(rule.DependsOn, id) {
						out = append(out, fmt.Sprintf("%s: may stand before %s does: events in between are refused", rule, id))
					}
				}
			}
		}
	}
	return out
}

func subscriptionsLoseNothing(a assembly) []string {
	var out []string
	for _, s := range a.all("AWS::SNS::Subscription") {
		if a.text(s, "Protocol") != "sqs" {
			continue
		}
		for end, name := range map[string]string{"queue": a.text(s, "Endpoint"), "dead-letter queue": a.text(s, "RedrivePolicy", "deadLetterTargetArn")} {
			receiver, ok := a.find(name)
			if !ok {
				out = append(out, fmt.Sprintf("%s: its %s is not in the templates: messages are lost", s, end))
				continue
			}
			out = append(out, a.takes(receiver, topics, a.text(s, "TopicArn"))...)
			for _, id := range a.policyIDs(receiver) {
				if !slices.Contains(s.DependsOn, id) {
					out = append(out, fmt.Sprintf("%s: may stand before %s does: messages in between are refused", s, id))
				}
			}
		}
	}
	return out
}

func busesLoseNothing(a assembly) []string {
	var out []string
	for _, b := range a.all("AWS::Events::EventBus") {
		if b.value("EventSourceName") != nil {
			continue // A partner's bus has AWS's key, with which nothing fails.
		}
		queue, ok := a.find(a.text(b, "DeadLetterConfig", "Arn"))
		if !ok {
			out = append(out, fmt.Sprintf("%s: no dead-letter queue: what fails at its key is lost", b))
			continue
		}
		out = append(out, a.takes(queue, bus, b.key())...)
		if !a.keyLets(b, bus, a.from(b.key())) {
			out = append(out, fmt.Sprintf("%s: its key forbids the bus", b))
		}
	}
	return out
}

func queuesRedrive(a assembly) []string {
	var out []string
	dead := a.deadLetterQueues()
	for _, q := range a.all("AWS::SQS::Queue") {
		target := a.text(q, "RedrivePolicy", "deadLetterTargetArn")
		if target == "" {
			if !slices.Contains(dead, q.key()) {
				out = append(out, fmt.Sprintf("%s: neither redrives nor is a dead-letter queue: a poison message returns for ever", q))
			}
			continue
		}
		d, ok := a.find(target)
		if !ok {
			out = append(out, fmt.Sprintf("%s: its dead-letter queue is not in the templates", q))
			continue
		}
		if d.number("MessageRetentionPeriod") <= q.number("MessageRetentionPeriod") {
			out = append(out, fmt.Sprintf("%s: keeps no longer than its source: a dead letter keeps its age and may vanish at once", d))
		}
		if q.number("RedrivePolicy", "maxReceiveCount") < 5 {
			out = append(out, fmt.Sprintf("%s: a short outage dead-letters everything", q))
		}
	}
	for _, key := range dead {
		if d, ok := a.find(key); ok && d.number("MessageRetentionPeriod") != 14*24*3600 {
			out = append(out, fmt.Sprintf("%s: keeps dead letters for less than the 14 days SQS allows", d))
		}
	}
	return out
}

// deadLetterQueues are the queues that a queue, rule, subscription, bus or
// function with an address dead-letters to.
func (a assembly) deadLetterQueues() []string {
	var keys []string
	add := func(key string) {
		if key != "" {
			keys = append(keys, key)
		}
	}
	for _, f := range a.all("AWS::SQS::Queue", "AWS::SNS::Subscription") {
		add(a.text(f, "RedrivePolicy", "deadLetterTargetArn"))
	}
	for _, f := range a.all("AWS::Lambda::EventSourceMapping") {
		add(a.text(f, "DestinationConfig", "OnFailure", "Destination"))
	}
	for _, f := range a.all("AWS::Lambda::Function") {
		add(a.text(f, "Environment", "Variables", "SIGNALBOX_TIMER_DLQ"))
		// What a topic triggers has a dead-letter queue without a queue before it.
		if a.text(f, "Environment", "Variables", "SIGNALBOX_QUEUE_URL") == "" {
			add(a.text(f, "Environment", "Variables", "SIGNALBOX_DLQ_URL"))
		}
	}
	for _, f := range a.all("AWS::Events::EventBus") {
		add(a.text(f, "DeadLetterConfig", "Arn"))
	}
	for _, f := range a.all("AWS::Lambda::EventInvokeConfig") {
		add(a.text(f, "DestinationConfig", "OnFailure", "Destination"))
	}
	for _, f := range a.all("AWS::Events::Rule") {
		targets, _ := f.value("Targets").([]any)
		for i := range targets {
			add(a.text(f, "Targets", i, "DeadLetterConfig", "Arn"))
		}
	}
	return keys
}

func commercetoolsMayDeliver(a assembly) []string {
	function, ok := a.function("commercetools")
	if !ok {
		if _, uses := a.settings.Systems["commercetools"]; uses {
			return []string{"the ingress is not deployed"}
		}
		return nil
	}
	_, queue, ok := a.mapping(function)
	if !ok {
		return []string{fmt.Sprintf("%s: no queue feeds it", function)}
	}
	out := a.takesFromCommercetools(queue, "sqs")
	if queue.number("MaximumMessageSize") != 256*1024 {
		out = append(out, fmt.Sprintf("%s: commercetools refuses a queue whose message size is not 256 KB", queue))
	}
	fed := map[string]bool{}
	for _, s := range a.all("AWS::SNS::Subscription") {
		if a.text(s, "Endpoint") == queue.key() {
			topic, _ := a.find(a.text(s, "TopicArn"))
			fed["sns"] = true
			out = append(out, a.takesFromCommercetools(topic, "sns")...)
		}
	}
	for _, b := range a.all("AWS::Events::EventBus") {
		if source := a.text(b, "EventSourceName"); source != "" {
			fed[source] = a.text(b, "Name") == source
		}
	}
	if fed["sns"] != a.settings.Ingress.SNS {
		out = append(out, "the topic for commercetools is not as the stage says")
	}
	if source := a.settings.Ingress.EventBridge; source != "" && !fed[source] {
		out = append(out, "the partner event source is not taken into use: AWS discards its events")
	}
	return out
}

func (a assembly) takesFromCommercetools(f found, service string) []string {
	var out []string
	action := map[string]string{"sqs": "sqs:SendMessage", "sns": "sns:Publish"}[service]
	if f.resource == nil || !a.lets(a.policies(f), request{sender, action, nil}) {
		return []string{fmt.Sprintf("%s: its policy does not let commercetools in: the subscription cannot be created", f)}
	}
	if !a.keyLets(f, sender, map[string]string{"kms:ViaService": strings.Join([]string{service, a.region(), "amazonaws.com"}, ".")}) {
		out = append(out, fmt.Sprintf("%s: its key does not let commercetools encrypt: deliveries fail", f))
	}
	return out
}
