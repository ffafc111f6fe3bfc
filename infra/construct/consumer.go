package construct

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/infra/alarm"
	"signalbox/shared/catalog"
	"signalbox/shared/config"
)

// ConsumerProps describe a function that reads a queue of its own.
type ConsumerProps struct {
	Ground   Ground
	Function catalog.Function
	// Environment are the values the stage gives to the function's settings.
	Environment map[string]string
	// Code is the folder that holds the function's bootstrap and nothing else.
	Code string
	// MaxMessageBytes bounds the queue's messages; 0 is the 1 MiB of SQS.
	MaxMessageBytes int
}

// Consumer is a queue with its dead-letter queue, the function that reads it and
// the alarms about all three. Who fills the queue is added by EventFunction and
// Ingress.
type Consumer struct {
	Function   catalog.Function
	Queue      awssqs.Queue
	DeadLetter awssqs.Queue
	// Delivery takes what the bus or a topic could not deliver into Queue; nil if
	// neither fills it.
	Delivery awssqs.Queue
	Lambda   awslambda.Function

	scope constructs.Construct
}

func newConsumer(scope constructs.Construct, p ConsumerProps) *Consumer {
	g, f := p.Ground, p.Function
	dead := newDeadLetterQueue(scope, "DeadLetterQueue", g)
	queue := awssqs.NewQueue(scope, jsii.String("Queue"), &awssqs.QueueProps{
		Encryption:          awssqs.QueueEncryption_KMS,
		EncryptionMasterKey: g.DataKey,
		DataKeyReuse:        duration(keyReuse),
		EnforceSSL:          jsii.Bool(true),
		RetentionPeriod:     duration(sourceRetention),
		VisibilityTimeout:   duration(f.Visibility()),
		DeadLetterQueue:     &awssqs.DeadLetterQueue{Queue: dead, MaxReceiveCount: jsii.Number(catalog.MaxReceive)},
	})
	if p.MaxMessageBytes > 0 {
		queue.Node().DefaultChild().(awssqs.CfnQueue).SetMaximumMessageSize(jsii.Number(p.MaxMessageBytes))
	}
	logs := awslogs.NewLogGroup(scope, jsii.String("Logs"), &awslogs.LogGroupProps{
		EncryptionKey: g.DataKey,
		RemovalPolicy: g.Removal,
		// The enumeration of retention periods is named by words; the number is set
		// on the resource instead.
		Retention: awslogs.RetentionDays_INFINITE,
	})
	logs.Node().DefaultChild().(awslogs.CfnLogGroup).SetRetentionInDays(jsii.Number(g.LogDays))

	function := awslambda.NewFunction(scope, jsii.String("Function"), &awslambda.FunctionProps{
		Description:           &f.Does,
		Runtime:               awslambda.Runtime_PROVIDED_AL2023(),
		Architecture:          architecture(g.ARM64),
		Handler:               jsii.String("bootstrap"),
		Code:                  awslambda.Code_FromAsset(&p.Code, nil),
		MemorySize:            jsii.Number(f.MemoryOrDefault()),
		Timeout:               duration(f.TimeoutOrDefault()),
		Role:                  newRole(scope, p, queue, dead, *logs.LogGroupArn()).WithoutPolicyUpdates(nil),
		LogGroup:              logs,
		LoggingFormat:         awslambda.LoggingFormat_JSON,
		ApplicationLogLevelV2: awslambda.ApplicationLogLevel_INFO,
		// Lambda's own start and report lines would double the log's volume; what
		// they say is in the function's metrics.
		SystemLogLevelV2: awslambda.SystemLogLevel_WARN,
		Tracing:          awslambda.Tracing_ACTIVE,
		Environment:      environment(p, queue, dead),
	})
	// SAM CLI finds a function nested this deep only by this id.
	function.Node().DefaultChild().(awscdk.CfnResource).AddMetadata(jsii.String("SamResourceId"), f.Name)

	awslambda.NewEventSourceMapping(scope, jsii.String("Mapping"), &awslambda.EventSourceMappingProps{
		Target:                  function,
		EventSourceArn:          queue.QueueArn(),
		BatchSize:               jsii.Number(catalog.BatchSize),
		MaxBatchingWindow:       duration(0),
		ReportBatchItemFailures: jsii.Bool(true),
		MaxConcurrency:          jsii.Number(f.MaxConcurrency()),
	})

	c := &Consumer{Function: f, Queue: queue, DeadLetter: dead, Lambda: function, scope: scope}
	c.watch(g)
	return c
}

// deliverFrom lets a service fill the queue, and puts what it cannot deliver
// into the delivery dead-letter queue.
func (c *Consumer) deliverFrom(g Ground, service, source string) {
	if c.Delivery == nil {
		c.Delivery = newDeadLetterQueue(c.scope, "DeliveryDeadLetterQueue", g)
		watchQueue(c.scope, "UndeliveredAlarm", g, alarm.Undelivered, c.Function.Name, c.Delivery)
	}
	letSend(c.Queue, service, source)
	letSend(c.Delivery, service, source)
}

func architecture(arm64 bool) awslambda.Architecture {
	if arm64 {
		return awslambda.Architecture_ARM_64()
	}
	return awslambda.Architecture_X86_64()
}

func environment(p ConsumerProps, queue, dead awssqs.Queue) *map[string]*string {
	env := map[string]*string{
		config.Stage:    &p.Ground.Stage,
		config.Bus:      &p.Ground.BusName,
		config.Ledger:   &p.Ground.LedgerName,
		config.QueueURL: queue.QueueUrl(),
		config.DLQURL:   dead.QueueUrl(),
	}
	for name, value := range p.Environment {
		env[name] = &value
	}
	for _, id := range p.Function.Systems() {
		if secret, ok := p.Ground.Secrets[id]; ok {
			env[config.SecretName(id)] = &secret.ID
		}
	}
	return &env
}

// newRole lists everything the function may do. The policy is part of the role
// itself, so that no invocation can come before its permissions.
func newRole(scope constructs.Construct, p ConsumerProps, queue, dead awssqs.Queue, logs string) awsiam.Role {
	g, f := p.Ground, p.Function
	statements := []awsiam.PolicyStatement{
		allow([]string{*queue.QueueArn()}, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"),
		allow([]string{*dead.QueueArn()}, "sqs:SendMessage"),
		allow([]string{*g.DataKey.KeyArn()}, "kms:Decrypt", "kms:GenerateDataKey"),
		// The ARN of a log group ends in ":*", which stands for its streams.
		allow([]string{logs}, "logs:CreateLogStream", "logs:PutLogEvents"),
		// X-Ray has no resources to name.
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
		allow([]string{"*"}, "xray:PutTraceSegments", "xray:PutTelemetryRecords"),
	}
	if f.Event != "" {
		statements = append(statements,
			allow([]string{g.LedgerARN}, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"))
	}
	if len(f.Emits) > 0 {
		put := allow([]string{g.BusARN}, "events:PutEvents")
		put.AddCondition(jsii.String("StringEquals"), map[string]any{"events:source": eventSource})
		statements = append(statements, put)
	}
	var secrets, secretKeys []string
	for _, id := range f.Systems() {
		if secret, ok := g.Secrets[id]; ok {
			secrets = append(secrets, secret.ARN)
			if secret.KeyARN != "" {
				secretKeys = append(secretKeys, secret.KeyARN)
			}
		}
	}
	if len(secrets) > 0 {
		statements = append(statements, allow(secrets, "secretsmanager:GetSecretValue"))
	}
	if len(secretKeys) > 0 {
		statements = append(statements, allow(secretKeys, "kms:Decrypt"))
	}
	return awsiam.NewRole(scope, jsii.String("Role"), &awsiam.RoleProps{
		Description: jsii.String("What " + f.Name + " may do"),
		AssumedBy:   awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"function": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements}),
		},
	})
}

// ID turns a name of the catalog into a construct's id: "order-created-crm" is
// "OrderCreatedCrm".
func ID(name string) string {
	var b strings.Builder
	for _, part := range strings.Split(name, "-") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
