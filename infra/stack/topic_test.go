package stack

import (
	"fmt"
	"slices"
	"strings"

	"signalbox/shared/catalog"
)

// pollersNetwork is what a mapping of a cluster in MSK needs on every resource:
// https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html
var pollersNetwork = []string{
	"ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces",
	"ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
}

// topicInvariants are about the Kafka topic of a stage that has one.
func topicInvariants() []invariant {
	const mapping = "AWS::Lambda::EventSourceMapping"
	return []invariant{
		{name: "a topic's records are read in order, bounded, and what is given up on is told", check: topicLosesNothing, breaks: []change{
			{name: "whole batches fail", apply: without(mapping, "Kafka", "FunctionResponseTypes")},
			{name: "nobody is told", apply: without(mapping, "Kafka", "DestinationConfig")},
			{name: "a queue that is not there", apply: gone("AWS::SQS::Queue", "KafkaSkipped")},
			{name: "ten retries, as Lambda chooses", apply: without(mapping, "Kafka", "MaximumRetryAttempts")},
			{name: "a partition that is held up for ever", apply: without(mapping, "Kafka", "MaximumRecordAgeInSeconds")},
			{name: "no provisioned mode, and so no bounds", apply: without(mapping, "Kafka", "ProvisionedPollerConfig")},
			{name: "what was written before is passed over", apply: with(mapping, "Kafka", "LATEST", "StartingPosition")},
			{name: "another topic", apply: with(mapping, "Kafka", []any{"other"}, "Topics")},
			{name: "a group that is another after a replacement", apply: without(mapping, "Kafka", "SelfManagedKafkaEventSourceConfig")},
			{name: "another cluster", variant: "msk", apply: with(mapping, "Kafka", "arn:aws:kafka:eu-central-1:111122223333:cluster/other/6a7b-1", "EventSourceArn")},
			{name: "no credentials", apply: without(mapping, "Kafka", "SourceAccessConfigurations")},
			{name: "nowhere to dead-letter to", apply: without("AWS::Lambda::Function", "Kafka", "Environment", "Variables", "SIGNALBOX_DLQ_URL")},
		}},
		{name: "there is a topic where the stage has one", check: topicAsTheStageSays, breaks: []change{
			{name: "no function", apply: gone("AWS::Lambda::Function", "Kafka")},
		}},
	}
}

func topicAsTheStageSays(a assembly) []string {
	_, ok := a.function("kafka")
	_, shop := a.settings.Systems["commercetools"]
	if wanted := shop && a.settings.Ingress.Kafka != nil; ok != wanted {
		return []string{fmt.Sprintf("a function reads a topic: %v, the stage asks for it: %v", ok, wanted)}
	}
	return nil
}

// topicMapping is what feeds the function from the topic.
func (a assembly) topicMapping(function found) (found, bool) {
	for _, m := range a.all("AWS::Lambda::EventSourceMapping") {
		if a.text(m, "FunctionName") == function.key() {
			return m, true
		}
	}
	return found{}, false
}

func topicLosesNothing(a assembly) []string {
	function, ok := a.function("kafka")
	if !ok {
		return nil
	}
	m, ok := a.topicMapping(function)
	if !ok {
		return []string{"kafka: no mapping feeds it"}
	}
	var out []string
	expect := func(ok bool, sentence string) {
		if !ok {
			out = append(out, "kafka: "+sentence)
		}
	}
	k := a.settings.Ingress.Kafka
	expect(a.text(m, "Topics", 0) == k.Topic, "it reads another topic")
	expect(a.text(m, "StartingPosition") == "TRIM_HORIZON", "what was written before the first deployment is passed over")
	expect(a.text(m, "FunctionResponseTypes", 0) == "ReportBatchItemFailures", "one bad record repeats its whole batch")
	expect(m.number("MaximumRetryAttempts") == 10000 && m.number("MaximumRecordAgeInSeconds") == 24*3600, "a record is left out sooner or later than after a day")
	expect(m.value("BisectBatchOnFunctionError") == true, "a crash repeats its whole batch")
	expect(m.number("BatchSize") == float64(k.BatchSize), "its batches are not the stage's")
	expect(m.number("ProvisionedPollerConfig", "MinimumPollers") == float64(k.Pollers.Min) && m.number("ProvisionedPollerConfig", "MaximumPollers") == float64(k.Pollers.Max), "its pollers are not the stage's")
	group := "signalbox-" + a.settings.Name
	if k.Cluster != "" {
		expect(a.text(m, "EventSourceArn") == k.Cluster, "it reads another cluster")
		expect(a.text(m, "AmazonManagedKafkaEventSourceConfig", "ConsumerGroupId") == group, "a new mapping begins anew")
	} else {
		expect(slices.Equal(a.strings(m.stack, m.value("SelfManagedEventSource", "Endpoints", "KafkaBootstrapServers")), k.Bootstrap), "it reads another cluster")
		expect(a.text(m, "SelfManagedKafkaEventSourceConfig", "ConsumerGroupId") == group, "a new mapping begins anew")
		expect(a.text(m, "SourceAccessConfigurations", 0, "Type") == "BASIC_AUTH" && a.text(m, "SourceAccessConfigurations", 0, "URI") == k.Secret, "it has no credentials")
	}
	skipped, ok := a.find(a.text(m, "DestinationConfig", "OnFailure", "Destination"))
	ok = ok && skipped.Type == "AWS::SQS::Queue"
	expect(ok, "nobody is told what the mapping gives up on")
	dead, ok2 := a.find(a.text(function, "Environment", "Variables", "SIGNALBOX_DLQ_URL"))
	expect(ok2, "it has nowhere to dead-letter to")
	if ok && ok2 {
		role, _ := a.find(a.text(function, "Role"))
		may := map[string]bool{}
		for _, s := range a.statements(role.stack, role.value("Policies", 0, "PolicyDocument")) {
			if slices.Contains(s.actions, "sqs:SendMessage") {
				for _, r := range s.resources {
					may[r] = true
				}
			}
		}
		expect(may[skipped.key()] && may[dead.key()], "its role may not send to both of its queues")
	}
	return out
}

// topicWants are the actions a topic's function needs on one resource each.
func (a assembly) topicWants(name string) map[string]string {
	k := a.settings.Ingress.Kafka
	if f, _ := catalog.FunctionByName(name); !f.IsKafka() || k == nil || k.Cluster == "" {
		return nil
	}
	topic := strings.Replace(k.Cluster, ":cluster/", ":topic/", 1) + "/" + k.Topic
	group := strings.Replace(k.Cluster, ":cluster/", ":group/", 1) + "/signalbox-" + a.settings.Name
	wants := map[string]string{
		"kafka:DescribeCluster": k.Cluster, "kafka:DescribeClusterV2": k.Cluster, "kafka:GetBootstrapBrokers": k.Cluster,
		"kafka-cluster:Connect": k.Cluster, "kafka-cluster:DescribeClusterDynamicConfiguration": k.Cluster,
		"kafka-cluster:DescribeTopic": topic, "kafka-cluster:ReadData": topic,
		"kafka-cluster:AlterGroup": group, "kafka-cluster:DescribeGroup": group,
	}
	for _, action := range pollersNetwork {
		wants[action] = "*"
	}
	return wants
}

// topicMay are what else such a function may do: send to its queues, and read the
// cluster's credentials.
func (a assembly) topicMay(function found, action, resource string) bool {
	m, _ := a.topicMapping(function)
	k := a.settings.Ingress.Kafka
	switch action {
	case "sqs:SendMessage":
		return resource == a.text(m, "DestinationConfig", "OnFailure", "Destination") || resource == a.text(function, "Environment", "Variables", "SIGNALBOX_DLQ_URL")
	case "secretsmanager:GetSecretValue":
		return resource == k.Secret
	case "kms:Decrypt":
		return resource == k.SecretKey
	}
	return false
}
