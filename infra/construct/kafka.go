package construct

import (
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/alarm"
	"signalbox/shared/config"
)

// KafkaProps describe a topic that commercetools delivers into.
type KafkaProps struct {
	FunctionProps
	Topic string
	// Cluster is the ARN of a cluster in MSK, which the function's role opens.
	Cluster string
	// Bootstrap are the addresses of any other cluster, and Secret the ARN of the
	// secret with username and password for SASL/PLAIN, SecretKey that of its key if
	// it has one of its own.
	Bootstrap         []string
	Secret, SecretKey string
	// BatchSize is how many records an invoke gets at most, MinPollers and
	// MaxPollers are how many pollers read the topic.
	BatchSize, MinPollers, MaxPollers int
}

const (
	// kafkaPatience is how long a record that fails holds its partition, as long as
	// the bus tries to deliver an event. Then it is left out.
	kafkaPatience = 24 * time.Hour
	// kafkaAttempts is the most that a mapping may have: time decides.
	// https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
	kafkaAttempts = 10000
	// behind is how many records the function may be behind the topic.
	behind = 1000
)

// Topic is the function that opens what commercetools delivers into a Kafka topic,
// its mapping, the queue of what it could not open, and the queue that names which
// records the mapping left out.
type Topic struct {
	*Worker
	// DeadLetter holds records that the function refused, Skipped names by partition
	// and offset what the mapping gave up on.
	DeadLetter, Skipped awssqs.Queue
}

// NewTopic makes the function and its mapping. The mapping is in provisioned mode,
// without which Lambda knows neither a bound of retries nor partial failures of a
// topic.
func NewTopic(scope constructs.Construct, p KafkaProps) *Topic {
	shared := p.Foundation
	scope = constructs.NewConstruct(scope, jsii.String(ID(p.Function.Name)))
	t := &Topic{
		DeadLetter: newDeadLetterQueue(scope, "DeadLetterQueue", shared),
		Skipped:    newDeadLetterQueue(scope, "SkippedQueue", shared),
	}
	group := "signalbox-" + shared.Stage
	t.Worker = newWorker(scope, p.FunctionProps, triggerConfig{
		environment: map[string]*string{config.DLQURL: t.DeadLetter.QueueUrl()},
		statements:  append(p.access(group), allow([]string{*t.DeadLetter.QueueArn(), *t.Skipped.QueueArn()}, "sqs:SendMessage")),
	})
	mapping := &awslambda.CfnEventSourceMappingProps{
		FunctionName: t.Lambda.FunctionName(),
		Topics:       jsii.Strings(p.Topic),
		// What was written before the first deployment is opened too.
		StartingPosition:           jsii.String("TRIM_HORIZON"),
		BatchSize:                  jsii.Number(p.BatchSize),
		FunctionResponseTypes:      jsii.Strings("ReportBatchItemFailures"),
		BisectBatchOnFunctionError: jsii.Bool(true),
		MaximumRetryAttempts:       jsii.Number(kafkaAttempts),
		MaximumRecordAgeInSeconds:  jsii.Number(kafkaPatience.Seconds()),
		ProvisionedPollerConfig: awslambda.CfnEventSourceMapping_ProvisionedPollerConfigProperty{
			MinimumPollers: jsii.Number(p.MinPollers), MaximumPollers: jsii.Number(p.MaxPollers),
		},
		DestinationConfig: awslambda.CfnEventSourceMapping_DestinationConfigProperty{
			OnFailure: awslambda.CfnEventSourceMapping_OnFailureProperty{Destination: t.Skipped.QueueArn()},
		},
	}
	// The group is named, so that a mapping that is replaced goes on where it was.
	if p.Cluster != "" {
		mapping.EventSourceArn = &p.Cluster
		mapping.AmazonManagedKafkaEventSourceConfig = awslambda.CfnEventSourceMapping_AmazonManagedKafkaEventSourceConfigProperty{ConsumerGroupId: &group}
	} else {
		mapping.SelfManagedEventSource = awslambda.CfnEventSourceMapping_SelfManagedEventSourceProperty{
			Endpoints: awslambda.CfnEventSourceMapping_EndpointsProperty{KafkaBootstrapServers: jsii.Strings(p.Bootstrap...)},
		}
		mapping.SelfManagedKafkaEventSourceConfig = awslambda.CfnEventSourceMapping_SelfManagedKafkaEventSourceConfigProperty{ConsumerGroupId: &group}
		mapping.SourceAccessConfigurations = []any{
			awslambda.CfnEventSourceMapping_SourceAccessConfigurationProperty{Type: jsii.String("BASIC_AUTH"), Uri: &p.Secret},
		}
	}
	made := awslambda.NewCfnEventSourceMapping(scope, jsii.String("Mapping"), mapping)
	made.Node().AddDependency(t.Skipped)
	t.addTopicAlarms(shared)
	return t
}

// access is what the mapping needs to read the topic; it acts as the function.
func (p KafkaProps) access(group string) []awsiam.PolicyStatement {
	if p.Cluster == "" {
		statements := []awsiam.PolicyStatement{allow([]string{p.Secret}, "secretsmanager:GetSecretValue")}
		if p.SecretKey != "" {
			statements = append(statements, allow([]string{p.SecretKey}, "kms:Decrypt"))
		}
		return statements
	}
	part := func(kind, name string) string {
		return strings.Replace(p.Cluster, ":cluster/", ":"+kind+"/", 1) + "/" + name
	}
	// https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html
	return []awsiam.PolicyStatement{
		allow([]string{p.Cluster}, "kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers",
			"kafka-cluster:Connect", "kafka-cluster:DescribeClusterDynamicConfiguration"),
		allow([]string{part("topic", p.Topic)}, "kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"),
		allow([]string{part("group", group)}, "kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"),
		// The pollers live in the cluster's network, which has no resources to name
		// before they are there.
		allow([]string{"*"}, "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces",
			"ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"),
	}
}

func (t *Topic) addTopicAlarms(shared Foundation) {
	name := t.Function.Name
	addQueueAlarm(t.scope, "DeadLettersAlarm", shared, alarm.DeadLetters, name, t.DeadLetter)
	addQueueAlarm(t.scope, "SkippedAlarm", shared, alarm.Skipped, name, t.Skipped)
	shared.Alarms.Add(t.scope, "LaggingAlarm", Alarm{Kind: alarm.Lagging, Subject: name, Metric: t.lambda("OffsetLag", "Maximum"), Over: behind, Periods: 3})
}

func (t *Topic) graphs(shared Foundation) []awscloudwatch.GraphWidgetProps {
	return append(t.Worker.graphs(shared),
		graph(t.Function.Name+": records behind the topic", []awscloudwatch.IMetric{t.lambda("OffsetLag", "Maximum")}),
		graph(t.Function.Name+": dead letters", []awscloudwatch.IMetric{
			queueMetric(t.DeadLetter, "ApproximateNumberOfMessagesVisible", minute), queueMetric(t.Skipped, "ApproximateNumberOfMessagesVisible", minute),
		}))
}
