package construct

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"signalbox/shared/catalog"
	"signalbox/shared/config"
)

// FunctionProps describe a function, whatever triggers it.
type FunctionProps struct {
	Foundation Foundation
	Function   catalog.Function
	// Environment are the values the stage gives to the function's settings.
	Environment map[string]string
	// Code is the folder that holds the function's bootstrap and nothing else.
	Code string
	// Ingress is the queue that the function refills; nil if it refills none.
	Ingress awssqs.IQueue
	// Arrivals allows the function to record what arrived.
	Arrivals bool

	// Surge replaces the catalog's settings of the mapping.
	Surge Surge

	// more is what the function has because of the system it writes to.
	more triggerConfig
}

// Worker is a function with its role, its log group and the alarms about it.
// What triggers it is added by those who embed it.
type Worker struct {
	Function catalog.Function
	Lambda   awslambda.Function

	scope constructs.Construct
}

// triggerConfig is what a function has because of its trigger.
type triggerConfig struct {
	environment map[string]*string
	statements  []awsiam.PolicyStatement
	// concurrency is reserved for the function and bounds it; 0 is neither.
	concurrency int
}

func newWorker(scope constructs.Construct, p FunctionProps, more triggerConfig) *Worker {
	shared, f := p.Foundation, p.Function
	maps.Copy(more.environment, p.more.environment)
	more.statements = append(more.statements, p.more.statements...)
	logs := awslogs.NewLogGroup(scope, jsii.String("Logs"), &awslogs.LogGroupProps{
		EncryptionKey: shared.DataKey,
		RemovalPolicy: shared.Removal,
		// The enumeration of retention periods is named by words; the number is set
		// on the resource instead.
		Retention: awslogs.RetentionDays_INFINITE,
	})
	logs.Node().DefaultChild().(awslogs.CfnLogGroup).SetRetentionInDays(jsii.Number(shared.LogDays))

	var reserved *float64
	if more.concurrency > 0 {
		reserved = jsii.Number(more.concurrency)
	}
	function := awslambda.NewFunction(scope, jsii.String("Function"), &awslambda.FunctionProps{
		Description:           &f.Does,
		Runtime:               awslambda.Runtime_PROVIDED_AL2023(),
		Architecture:          architecture(shared.ARM64),
		Handler:               jsii.String("bootstrap"),
		Code:                  awslambda.Code_FromAsset(&p.Code, nil),
		MemorySize:            jsii.Number(f.MemoryOrDefault()),
		Timeout:               duration(f.TimeoutOrDefault()),
		Role:                  newRole(scope, p, more.statements, *logs.LogGroupArn()).WithoutPolicyUpdates(nil),
		LogGroup:              logs,
		LoggingFormat:         awslambda.LoggingFormat_JSON,
		ApplicationLogLevelV2: awslambda.ApplicationLogLevel_INFO,
		// Lambda's own start and report lines would double the log's volume; what
		// they say is in the function's metrics.
		SystemLogLevelV2: awslambda.SystemLogLevel_WARN,
		Tracing:          awslambda.Tracing_ACTIVE,
		Environment:      environment(p, more.environment),

		ReservedConcurrentExecutions: reserved,
	})
	if f.Alone() {
		function.Node().DefaultChild().(awslambda.CfnFunction).SetReservedConcurrentExecutions(jsii.Number(1))
	}
	// SAM CLI finds a function nested this deep only by this id.
	function.Node().DefaultChild().(awscdk.CfnResource).AddMetadata(jsii.String("SamResourceId"), f.Name)
	w := &Worker{Function: f, Lambda: function, scope: scope}
	w.addAlarms(shared)
	return w
}

func (w *Worker) count(shared Foundation, name string) awscloudwatch.Metric {
	return FunctionMetric(shared.Stage, w.Function.Name, name, "Sum")
}

func (w *Worker) lambda(name, statistic string) awscloudwatch.Metric {
	return metric("AWS/Lambda", name, statistic, fiveMinutes, map[string]string{"FunctionName": *w.Lambda.FunctionName()})
}

func architecture(arm64 bool) awslambda.Architecture {
	if arm64 {
		return awslambda.Architecture_ARM_64()
	}
	return awslambda.Architecture_X86_64()
}

func environment(p FunctionProps, more map[string]*string) *map[string]*string {
	env := map[string]*string{
		config.Stage:  &p.Foundation.Stage,
		config.Bus:    &p.Foundation.BusName,
		config.Ledger: &p.Foundation.LedgerName,
	}
	maps.Copy(env, more)
	if p.Ingress != nil {
		env[config.IngressQueueURL] = p.Ingress.QueueUrl()
	}
	if p.Arrivals {
		env[config.Arrivals] = jsii.String("note")
	}
	for name, value := range p.Environment {
		env[name] = &value
	}
	for _, id := range p.Function.Systems() {
		if secret, ok := p.Foundation.Secrets[id]; ok {
			env[config.SecretName(id)] = &secret.ID
		}
	}
	return &env
}

// newRole lists everything the function may do. The policy is part of the role
// itself, so that no invocation can come before its permissions.
func newRole(scope constructs.Construct, p FunctionProps, more []awsiam.PolicyStatement, logs string) awsiam.Role {
	shared, f := p.Foundation, p.Function
	statements := append(slices.Clone(more),
		allow([]string{*shared.DataKey.KeyArn()}, "kms:Decrypt", "kms:GenerateDataKey"),
		// The ARN of a log group ends in ":*", which stands for its streams.
		allow([]string{logs}, "logs:CreateLogStream", "logs:PutLogEvents"),
		// X-Ray has no resources to name.
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
		allow([]string{"*"}, "xray:PutTraceSegments", "xray:PutTelemetryRecords"),
	)
	if p.Ingress != nil {
		statements = append(statements,
			allow([]string{*p.Ingress.QueueArn()}, "sqs:SendMessage"),
			allow([]string{shared.LedgerARN}, "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem"))
	}
	if p.Arrivals {
		statements = append(statements, allow([]string{shared.LedgerARN}, "dynamodb:PutItem"))
	}
	if f.Event() != "" {
		statements = append(statements,
			allow([]string{shared.LedgerARN}, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"))
	}
	if len(f.Emits) > 0 {
		put := allow([]string{shared.BusARN}, "events:PutEvents")
		put.AddCondition(jsii.String("StringEquals"), map[string]any{"events:source": eventSource})
		statements = append(statements, put)
	}
	var secrets, secretKeys []string
	for _, id := range f.Systems() {
		if secret, ok := shared.Secrets[id]; ok {
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
